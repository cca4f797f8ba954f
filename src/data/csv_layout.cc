// Guesses from the first rows: delimiter, decimal point, header, columns of numbers, time column, order of
// rows.
#include "data/csv_layout.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "base/nearest.h"
#include "base/text.h"
#include "data/number.h"

namespace carousel::data {
namespace {

constexpr std::size_t kSampleRecords = 1000;
using Record = std::vector<CsvField>;

struct Delimiter {
  std::string_view name;
  char character;
};
// In the order of preference where several cut the file equally well.
constexpr Delimiter kDelimiters[] = {{"tab", '\t'}, {";", ';'}, {"pipe", '|'}, {",", ','}, {"space", ' '}};

std::string shown(char delimiter) {
  if (delimiter == '\t') return "tab";
  return fmt::format("'{}'", delimiter);
}

std::vector<Record> sample_of(std::string_view text, char delimiter, std::size_t limit) {
  std::vector<Record> records;
  RecordReader reader(text, delimiter, false);
  Record record;
  while (records.size() < limit && reader.next(record) == RecordReader::Result::record)
    records.push_back(record);
  return records;
}

// The share of records that have the commonest number of fields, 0 when that is one field.
double evenness(const std::vector<Record>& records) {
  std::map<std::size_t, std::size_t> counts;
  for (const Record& record : records) ++counts[record.size()];
  std::size_t fields = 0, best = 0;
  for (const auto& [size, count] : counts)
    if (count > best) fields = size, best = count;
  return fields < 2 ? 0.0 : static_cast<double>(best) / static_cast<double>(records.size());
}

bool is_number(const CsvField& field, char decimal) {
  float value;
  const Parsed parsed = read_number(field.raw, decimal, &value);
  return parsed == Parsed::number || parsed == Parsed::too_large;
}

bool is_missing(const CsvField& field, char decimal) {
  float value;
  return read_number(field.raw, decimal, &value) == Parsed::missing;
}

class Guesser {
 public:
  Guesser(CsvText& source, const CsvOptions& options) : source_(source), options_(options) {}

  CsvLayout find() {
    if (source_.text.empty())
      throw Error(Code::data_empty,
                  {.what = source_.name == "-" ? "nothing came" : "the file is empty",
                   .expected = "a CSV: a line of names, and rows of numbers",
                   .hint = source_.name == "-" ? "pipe a CSV in, or name a file in place of -" : "",
                   .file = source_.name});
    find_delimiter();
    find_decimal();
    records_ = sample_of(source_.text, layout_.delimiter, kSampleRecords);
    if (records_.size() < 2) {  // perhaps a bad quote cut the sample short: let the reader say where
      RecordReader reader(source_.text, layout_.delimiter, false);
      Record record;
      for (std::size_t i = 0; i < records_.size() + 1; ++i)
        if (reader.next(record) == RecordReader::Result::bad_quote)
          throw source_.error(Code::data_bad_quote, reader.start(), "a quoted field is not closed");
    }
    find_header();
    find_time();
    find_columns();
    find_order();
    source_.settings = text_of(layout_.guesses);
    return std::move(layout_);
  }

 private:
  void confess(std::string what, std::string value, bool guessed, std::string flag) {
    layout_.guesses.push_back({std::move(what), std::move(value), guessed, std::move(flag)});
    source_.settings = text_of(layout_.guesses);
  }
  [[noreturn]] static void bad_option(const char* name, const std::string& got,
                                      const std::vector<std::string>& known) {
    throw Error(Code::usage_bad_value, {.where = fmt::format("data.{}", name),
                                        .what = "this setting cannot have that value",
                                        .expected = fmt::format("{}", fmt::join(known, " | ")),
                                        .got = fmt::format("\"{}\"", got),
                                        .hint = base::did_you_mean(got, known)});
  }
  // The records below the header.
  std::size_t first_row() const { return layout_.header ? 1 : 0; }

  void find_delimiter() {
    const std::string& set = options_.delimiter;
    if (set != "auto") {
      const auto known =
          std::find_if(std::begin(kDelimiters), std::end(kDelimiters), [&](const Delimiter& d) {
            return set == d.name || set == std::string(1, d.character) ||
                   (set == "\\t" && d.character == '\t');
          });
      if (known == std::end(kDelimiters))
        bad_option("delimiter", set, {"auto", ",", ";", "tab", "pipe", "space"});
      layout_.delimiter = known->character;
      confess("delimiter", shown(layout_.delimiter), false, "--delimiter");
      return;
    }
    double best = 0.5;  // more than half of the records must agree
    bool found = false;
    for (const Delimiter& candidate : kDelimiters) {
      const double even = evenness(sample_of(source_.text, candidate.character, 200));
      if (even > best) best = even, layout_.delimiter = candidate.character, found = true;
    }
    confess("delimiter", found ? shown(layout_.delimiter) : "',' (one column)", true, "--delimiter");
  }

  void find_decimal() {
    const std::string& set = options_.decimal;
    if (set != "auto" && set != "." && set != ",") bad_option("decimal", set, {"auto", ".", ","});
    if (set == "," && layout_.delimiter == ',')
      throw Error(Code::usage_conflict, {.where = "data.decimal",
                                         .what = "the comma cannot be both delimiter and decimal point",
                                         .hint = "set delimiter"});
    if (set != "auto") {
      layout_.decimal = set[0];
      confess("decimal", shown(layout_.decimal), false, "--decimal");
      return;
    }
    if (layout_.delimiter == ',') return;  // it can be nothing but the point
    int points = 0, commas = 0;
    for (const Record& record : sample_of(source_.text, layout_.delimiter, 200))
      for (const CsvField& field : record) {
        points += field.raw.find('.') != std::string_view::npos && is_number(field, '.');
        commas += field.raw.find(',') != std::string_view::npos && is_number(field, ',');
      }
    if (commas > points) layout_.decimal = ',';
    confess("decimal", shown(layout_.decimal), true, "--decimal");
  }

  bool guess_header() const {
    const Record& first = records_.front();
    bool informative = false;
    for (std::size_t c = 0; c < first.size(); ++c) {
      std::size_t numbers = 0, rows = 0;
      for (std::size_t r = 1; r < records_.size(); ++r)
        if (c < records_[r].size() && !is_missing(records_[r][c], layout_.decimal)) {
          ++rows;
          numbers += is_number(records_[r][c], layout_.decimal);
        }
      const bool below = rows > 0 && 2 * numbers >= rows;
      informative |= below;
      if (below && !is_number(first[c], layout_.decimal) && !is_missing(first[c], layout_.decimal))
        return true;
    }
    if (informative) return false;
    return std::none_of(first.begin(), first.end(), [&](const CsvField& f) {
      return is_number(f, layout_.decimal) || f.raw.empty() || TimeFormat::find({f.value()});
    });
  }

  void find_header() {
    const std::string& set = options_.header;
    if (set != "auto" && set != "yes" && set != "no") bad_option("header", set, {"auto", "yes", "no"});
    layout_.header = set == "auto" ? guess_header() : set == "yes";
    confess("header", layout_.header ? "yes" : "no", set == "auto", "--header");
    layout_.body = source_.text;
    if (layout_.header) {
      RecordReader reader(source_.text, layout_.delimiter, false);
      Record record;
      reader.next(record);
      layout_.body = source_.text.substr(static_cast<std::size_t>(reader.position() - source_.text.data()));
    }
    const std::string_view body = layout_.body;
    layout_.plain = layout_.delimiter != ' ' && (body.empty() || !std::memchr(body.data(), '"', body.size()));
    if (layout_.header)
      for (const CsvField& field : records_.front()) check_utf8(field.raw);
    std::set<std::string> used;
    for (std::size_t c = 0; c < records_.front().size(); ++c) {
      std::string name = layout_.header ? records_.front()[c].value() : "";
      if (name.empty()) name = fmt::format("{}", c + 1);
      if (!used.insert(name).second) {
        int copy = 2;
        while (!used.insert(fmt::format("{}.{}", name, copy)).second) ++copy;
        name = fmt::format("{}.{}", name, copy);
        layout_.warnings.push_back(
            fmt::format("two columns have the same name: column {} is called '{}' here", c + 1, name));
      }
      layout_.fields.push_back(name);
    }
    if (records_.size() <= first_row())
      throw Error(Code::data_empty, {.what = "there are no rows under the header",
                                     .hint = "read with " + source_.settings,
                                     .file = source_.name});
  }

  // Names go into model files and reports, which are UTF-8.
  void check_utf8(std::string_view name) const {
    const std::size_t bad = first_not_utf8(name);
    if (bad == std::string_view::npos) return;
    throw source_.error(Code::data_bad_format, name.data() + bad,
                        fmt::format("byte {} of this name is not UTF-8", bad + 1), "", "text in UTF-8",
                        fmt::format("the byte 0x{:02X}", static_cast<unsigned char>(name[bad])),
                        "iconv -f ISO-8859-1 -t UTF-8 " + base::shell_word(source_.name));
  }

  int field_of(const std::string& name) const {
    const auto found = std::find(layout_.fields.begin(), layout_.fields.end(), name);
    if (found != layout_.fields.end()) return static_cast<int>(found - layout_.fields.begin());
    throw Error(Code::data_unknown_column,
                {.what = fmt::format("there is no column '{}'", name),
                 .hint = base::suggest(name, layout_.fields) + "; read with " + source_.settings,
                 .file = source_.name,
                 .column = name});
  }

  // The labels of a field in the sample; empty when one is missing.
  std::vector<std::string> labels_of(std::size_t field) const {
    std::vector<std::string> labels;
    for (std::size_t r = first_row(); r < records_.size(); ++r) {
      if (field >= records_[r].size()) continue;  // a ragged row is reported by the reader
      if (records_[r][field].raw.empty()) return {};
      labels.push_back(records_[r][field].value());
    }
    return labels;
  }

  bool wanted_as_number(const std::string& name) const {
    const auto in = [&](const Names& names) {
      return std::find(names.list().begin(), names.list().end(), name) != names.list().end();
    };
    return in(options_.columns) || in(options_.needed);
  }

  void use_time(std::size_t field, const std::vector<std::string>& labels, std::optional<TimeFormat> format,
                bool guessed) {
    layout_.time_field = static_cast<int>(field);
    std::string text = fmt::format("'{}'", layout_.fields[field]);
    if (format) {
      std::vector<Moment> moments;
      for (const std::string& label : labels) moments.push_back(*format->read(label));
      layout_.step = find_step(moments, format->is_index());
      // By the most of the steps: a row out of order is then named by the check of all rows.
      std::int64_t rising = 0;
      for (std::size_t i = 1; i < moments.size(); ++i)
        rising += (moments[i] > moments[i - 1]) - (moments[i] < moments[i - 1]);
      falling_ = rising < 0;
      text += ", " + text_of(layout_.step);
      if (!format->note().empty()) text += ", " + format->note();
    } else {
      text += ", not read as a time";
    }
    layout_.time_format = std::move(format);
    confess("time column", text, guessed, "--time");
  }

  void find_time() {
    if (options_.time == "none") {
      confess("time column", "none", false, "--time");
      return;
    }
    if (options_.time != "auto") {
      const auto field = static_cast<std::size_t>(field_of(options_.time));
      const std::vector<std::string> labels = labels_of(field);
      use_time(field, labels, TimeFormat::find(labels), false);
      return;
    }
    for (std::size_t field = 0; field < layout_.fields.size() && layout_.fields.size() > 1; ++field) {
      if (wanted_as_number(layout_.fields[field])) continue;
      const std::vector<std::string> labels = labels_of(field);
      std::optional<TimeFormat> format = TimeFormat::find(labels);
      if (!format) continue;
      std::vector<Moment> moments;
      for (const std::string& label : labels) moments.push_back(*format->read(label));
      const bool plain = labels.front().find_first_not_of("0123456789-") == std::string::npos &&
                         labels.front().find('-', 1) == std::string::npos;
      // Whole numbers are a time only as the first column, and when they rise (or fall) evenly.
      if (plain) {
        const Step step = find_step(moments, format->is_index());
        const bool sorted = std::is_sorted(moments.begin(), moments.end()) ||
                            std::is_sorted(moments.rbegin(), moments.rend());
        if (field > 0 || labels.size() < 3 || !sorted || step.spacing == Spacing::irregular ||
            step.uneven > 0)
          continue;
      }
      use_time(field, labels, std::move(format), true);
      return;
    }
    confess("time column", "none", true, "--time");
  }

  void find_columns() {
    const auto add = [&](const std::string& name) {
      const int field = field_of(name);
      if (std::find(layout_.columns.begin(), layout_.columns.end(), field) == layout_.columns.end())
        layout_.columns.push_back(field);
    };
    for (const std::string& name : options_.columns.list()) add(name);
    std::vector<std::string> texts, empty;
    if (options_.columns.empty()) {
      for (std::size_t c = 0; c < layout_.fields.size(); ++c) {
        if (static_cast<int>(c) == layout_.time_field) continue;
        std::size_t numbers = 0, rows = 0;
        for (std::size_t r = first_row(); r < records_.size(); ++r)
          if (c < records_[r].size() && !is_missing(records_[r][c], layout_.decimal)) {
            ++rows;
            numbers += is_number(records_[r][c], layout_.decimal);
          }
        // Most fields must be numbers; the odd one that is not is then an error that is shown, not a column
        // lost.
        if (rows > 0 && 2 * numbers >= rows)
          layout_.columns.push_back(static_cast<int>(c));
        else if (!wanted_as_number(layout_.fields[c]))
          (rows > 0 ? texts : empty).push_back(layout_.fields[c]);
      }
    }
    for (const std::string& name : options_.needed.list()) add(name);
    std::string left_out;
    if (!texts.empty())
      left_out = fmt::format("{}: text, write {} as numbers to use {}", base::listed(texts),
                             texts.size() == 1 ? "it" : "them", texts.size() == 1 ? "it" : "them");
    if (!empty.empty())
      left_out += fmt::format("{}{}: without any value", left_out.empty() ? "" : "; ", base::listed(empty));
    if (!left_out.empty() && !layout_.columns.empty()) confess("left out", left_out, true, "--features");
    if (layout_.columns.empty()) refuse_columns();
  }

  // No column holds numbers: shows the first field that should have been one.
  [[noreturn]] void refuse_columns() const {
    const bool comment = source_.text.starts_with('#');
    const std::string hint = comment ? "line 1 looks like a comment: leave it out" : "";
    for (std::size_t r = first_row(); r < records_.size() && !comment; ++r)
      for (std::size_t c = 0; c < std::min(records_[r].size(), layout_.fields.size()); ++c)
        if (static_cast<int>(c) != layout_.time_field && !is_missing(records_[r][c], layout_.decimal))
          throw source_.error(
              Code::data_not_a_number, records_[r][c].raw.data(),
              fmt::format("no column holds numbers: '{}' is not a number", records_[r][c].raw.substr(0, 60)),
              layout_.fields[c], "", "", hint_without_signs(records_[r][c].raw, layout_.decimal));
    throw source_.error(Code::data_not_a_number, source_.text.data(), "no column holds numbers", "", "", "",
                        hint);
  }

  void find_order() {
    const bool set = options_.order != RowOrder::automatic;
    layout_.newest_first = set ? options_.order == RowOrder::newest : falling_;
    confess("order", layout_.newest_first ? "newest first, reversed" : "oldest first", !set, "--order");
  }

  CsvText& source_;
  const CsvOptions& options_;
  CsvLayout layout_;
  std::vector<Record> records_;
  bool falling_ = false;
};

}  // namespace

CsvLayout find_layout(CsvText& source, const CsvOptions& options) {
  return Guesser(source, options).find();
}

}  // namespace carousel::data
