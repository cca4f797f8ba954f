// Reads a CSV file: layout, then two passes over the text, each split over two or more threads: count rows,
// read numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/text.h"
#include "carousel/error.h"
#include "carousel/table.h"
#include "data/csv_layout.h"
#include "data/csv_text.h"
#include "data/in_parts.h"
#include "data/number.h"
#include "data/table_data.h"
#include "data/time_check.h"

namespace carousel {
namespace data {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

struct Chunk {
  std::string_view text;
  std::int64_t rows = 0;
  std::int64_t first_row = 0;
  std::int64_t missing = 0;
};

class Reader {
 public:
  Reader(const CsvText& source, const CsvLayout& layout, const CsvOptions& options, Table::Data& table)
      : source_(source),
        layout_(layout),
        options_(options),
        table_(table),
        column_of_(layout.fields.size(), -1) {
    for (std::size_t c = 0; c < layout.columns.size(); ++c)
      column_of_[static_cast<std::size_t>(layout.columns[c])] = static_cast<int>(c);
  }

  /// Returns the number of missing values.
  std::int64_t read() {
    std::vector<Chunk> chunks = cut();
    in_parts(chunks.size(), [&](std::size_t i) { count(chunks[i]); });
    for (Chunk& chunk : chunks) {
      chunk.first_row = table_.rows;
      table_.rows += chunk.rows;
    }
    if (table_.rows == 0)
      throw Error(
          Code::data_empty,
          {.what = "there are no rows", .hint = "read with " + source_.settings, .file = source_.name});
    table_.values.resize(static_cast<std::size_t>(table_.rows) * layout_.columns.size());
    table_.marks.resize(
        static_cast<std::size_t>((table_.rows + Table::Data::kMarkEvery - 1) / Table::Data::kMarkEvery));
    in_parts(chunks.size(),
             [&](std::size_t i) { layout_.plain ? read_lines(chunks[i]) : read_records(chunks[i]); });
    std::int64_t missing = 0;
    for (const Chunk& chunk : chunks) missing += chunk.missing;
    return missing;
  }

 private:
  std::vector<Chunk> cut() const {
    constexpr std::size_t kLeast = std::size_t{1} << 21;  // a thread is not worth less
    const std::string_view body = layout_.body;
    const std::size_t count = layout_.plain ? parts_of(body.size(), kLeast) : 1;
    std::vector<Chunk> chunks;
    std::size_t at = 0;
    for (std::size_t i = 1; i <= count; ++i) {
      std::size_t end = body.size();
      if (i < count) {
        const std::size_t newline = body.find('\n', std::max(at, body.size() / count * i));
        if (newline != std::string_view::npos) end = newline + 1;
      }
      chunks.push_back({.text = body.substr(at, end - at)});
      at = end;
    }
    return chunks;
  }

  void count(Chunk& chunk) const {
    if (!layout_.plain) {
      RecordReader reader(chunk.text, layout_.delimiter, layout_.one_column());
      std::vector<CsvField> fields;
      for (;;) {
        const auto result = reader.next(fields);
        if (result == RecordReader::Result::end) return;
        if (result == RecordReader::Result::bad_quote)
          throw source_.error(
              Code::data_bad_quote, reader.start(),
              *reader.start() == '"' ? "this quote is not closed" : "there is text behind a closing quote",
              "", "", "", "a quote inside a quoted field is written twice");
        ++chunk.rows;
      }
    }
    const char* at = chunk.text.data();
    const char* const end = at + chunk.text.size();
    while (at != end) {
      const char* stop = line_end(at, end);
      if (layout_.one_column() || !is_blank(at, stop)) ++chunk.rows;
      at = stop == end ? end : stop + 1;
    }
  }

  float* place(std::int64_t row, const char* start) const {
    if (row % Table::Data::kMarkEvery == 0)
      table_.marks[static_cast<std::size_t>(row / Table::Data::kMarkEvery)] = start;
    const std::int64_t in_time = layout_.newest_first ? table_.rows - 1 - row : row;
    return table_.values.data() + static_cast<std::size_t>(in_time) * layout_.columns.size();
  }

  // A field that is not simply a number: missing, or an error.
  float odd_field(Chunk& chunk, std::string_view field, std::size_t column, const char* at) const {
    const std::string& name = layout_.fields[static_cast<std::size_t>(layout_.columns[column])];
    float value = 0.0f;
    switch (read_number(field, layout_.decimal, &value)) {
      case Parsed::number:
        return value;
      case Parsed::missing:
        if (options_.missing == Missing::error)
          throw source_.error(Code::data_missing_value, at, "a value is missing", name, "a number",
                              field.empty() ? "an empty field" : fmt::format("'{}'", trim(field)),
                              "--missing forward, linear or mask reads on");
        ++chunk.missing;
        return kMissing;
      case Parsed::too_large:
        throw source_.error(Code::data_not_a_number, at,
                            fmt::format("'{}' is not a finite 32-bit number", trim(field)), name,
                            "at most 3.4e38 in size");
      case Parsed::text:
        break;
    }
    std::string hint = "leave the column out of target and features, if it is not meant to be numbers";
    if (const std::string bare = hint_without_signs(field, layout_.decimal); !bare.empty()) hint = bare;
    const char other = layout_.decimal == '.' ? ',' : '.';
    if (layout_.delimiter != other && read_number(field, other, &value) == Parsed::number)
      hint = fmt::format("--decimal {} would read it", other);
    throw source_.error(Code::data_not_a_number, at,
                        fmt::format("'{}' is not a number", trim(field).substr(0, 60)), name, "", "", hint);
  }

  [[noreturn]] void ragged(const char* at, std::size_t got) const {
    const std::size_t expected = layout_.fields.size();
    throw source_.error(Code::data_ragged_row, at,
                        got < expected ? "the row has too few fields" : "the row has too many fields", "",
                        fmt::format("{} as in the {}", expected, layout_.header ? "header" : "first row"),
                        fmt::format("{}", got),
                        expected == 1 && got == 2 && layout_.delimiter == ','
                            ? "--delimiter ';' where the comma is the decimal point"
                            : "");
  }

  void read_lines(Chunk& chunk) const {
    const char* at = chunk.text.data();
    const char* const end = at + chunk.text.size();
    const char delimiter = layout_.delimiter;
    const std::size_t fields = layout_.fields.size();
    const auto blank = [&](char c) { return c == ' ' || (c == '\t' && delimiter != '\t'); };
    std::int64_t row = chunk.first_row;
    while (at != end) {
      const char* const line = at;
      const char* stop = line_end(at, end);
      at = stop == end ? end : stop + 1;
      if (!layout_.one_column() && is_blank(line, stop)) continue;
      while (stop != line && stop[-1] == '\r') --stop;
      float* const out = place(row++, line);
      const char* p = line;
      for (std::size_t field = 0; field < fields; ++field) {
        const int column = column_of_[field];
        const char* const field_start = p;
        if (column >= 0) {
          while (p != stop && blank(*p)) ++p;
          const char* const number_end = read_fast(p, stop, layout_.decimal, out + column);
          const bool read = number_end != p;
          p = number_end;
          while (p != stop && blank(*p)) ++p;
          if (!read || (p != stop && *p != delimiter)) {
            p = find_delimiter(field_start, stop);
            out[column] = odd_field(chunk, {field_start, static_cast<std::size_t>(p - field_start)},
                                    static_cast<std::size_t>(column), field_start);
          }
        } else {
          p = find_delimiter(p, stop);
        }
        if (field + 1 < fields) {
          if (p == stop) ragged(p, field + 1);
          ++p;
        } else if (p != stop) {
          ragged(p, fields + 1 + static_cast<std::size_t>(std::count(p + 1, stop, delimiter)));
        }
      }
    }
  }

  const char* find_delimiter(const char* at, const char* stop) const {
    while (at != stop && *at != layout_.delimiter) ++at;
    return at;
  }

  void read_records(Chunk& chunk) const {
    RecordReader reader(chunk.text, layout_.delimiter, layout_.one_column());
    std::vector<CsvField> fields;
    std::int64_t row = chunk.first_row;
    while (reader.next(fields) == RecordReader::Result::record) {
      float* const out = place(row++, reader.start());
      if (fields.size() != layout_.fields.size()) ragged(reader.start(), fields.size());
      for (std::size_t c = 0; c < layout_.columns.size(); ++c) {
        const std::string_view raw = fields[static_cast<std::size_t>(layout_.columns[c])].raw;
        const char* const end = raw.data() + raw.size();
        if (raw.empty() || read_fast(raw.data(), end, layout_.decimal, out + c) != end)
          out[c] = odd_field(chunk, raw, c, raw.data());
      }
    }
  }

  const CsvText& source_;
  const CsvLayout& layout_;
  const CsvOptions& options_;
  Table::Data& table_;
  std::vector<int> column_of_;  // of each field: its column in the table, or -1
};

void mark_incomplete(Table::Data& table) {
  const std::size_t width = table.names.size();
  table.incomplete.assign((static_cast<std::size_t>(table.rows) + 63) / 64, 0);
  for (std::size_t i = 0; i < table.values.size(); ++i)
    if (std::isnan(table.values[i])) table.incomplete[i / width / 64] |= std::uint64_t{1} << (i / width % 64);
}

// Fills the missing numbers of each column from their neighbours in time.
void fill(Table::Data& table, Missing how) {
  const std::size_t width = table.names.size();
  const auto rows = static_cast<std::size_t>(table.rows);
  for (std::size_t c = 0; c < width; ++c) {
    const auto at = [&](std::size_t row) -> float& { return table.values[row * width + c]; };
    std::size_t known = rows;  // the last known row, `rows` for none yet
    for (std::size_t row = 0; row <= rows; ++row) {
      if (row < rows && std::isnan(at(row))) continue;
      const std::size_t first = known == rows ? 0 : known + 1;
      if (row == rows && known == rows)
        throw Error(
            Code::data_missing_value,
            {.what = "every value of the column is missing", .file = table.file, .column = table.names[c]});
      for (std::size_t i = first; i < row; ++i) {
        if (known == rows)
          at(i) = at(row);
        else if (how == Missing::forward || row == rows)
          at(i) = at(known);
        else
          at(i) = static_cast<float>(at(known) + (static_cast<double>(at(row)) - at(known)) *
                                                     static_cast<double>(i - known) /
                                                     static_cast<double>(row - known));
      }
      known = row;
    }
  }
}

Table read(std::shared_ptr<CsvText> source, const CsvOptions& options) {
  const CsvLayout layout = find_layout(*source, options);
  auto table = std::make_shared<Table::Data>();
  table->file = source->name;
  for (const int field : layout.columns)
    table->names.push_back(layout.fields[static_cast<std::size_t>(field)]);
  if (layout.time_field >= 0) table->time_name = layout.fields[static_cast<std::size_t>(layout.time_field)];
  table->time_format = layout.time_format;
  table->step = layout.step;
  table->time_field = layout.time_field;
  table->delimiter = layout.delimiter;
  table->one_column = layout.one_column();
  table->reversed = layout.newest_first;
  table->guesses = layout.guesses;
  table->warnings = layout.warnings;
  const std::int64_t missing = Reader(*source, layout, options, *table).read();
  if (layout.time_format) check_times(*source, layout, options.order != RowOrder::automatic, *table);
  if (missing > 0) {
    constexpr const char* kHow[] = {"error", "forward", "linear", "mask"};
    table->guesses.push_back(
        {"missing",
         fmt::format("{}, {}", base::counted(missing, "value"), kHow[static_cast<int>(options.missing)]),
         false, "--missing"});
    if (options.missing == Missing::mask)
      mark_incomplete(*table);
    else
      fill(*table, options.missing);
  }
  table->source = std::move(source);
  return Table(std::shared_ptr<const Table::Data>(std::move(table)));
}

}  // namespace
}  // namespace data

Table read_csv(const std::string& path, const CsvOptions& options) {
  return data::read(data::open_csv_text(path), options);
}

Table parse_csv(std::string_view text, const CsvOptions& options, const std::string& name) {
  return data::read(data::csv_text_of(text, name), options);
}

}  // namespace carousel
