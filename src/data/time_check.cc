// Goes through the labels in the order of the file, on two or more threads, and keeps the first of each
// oddity.
#include "data/time_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "data/in_parts.h"
#include "data/number.h"

namespace carousel::data {
namespace {

// How often something was seen, and where first.
struct Seen {
  std::int64_t count = 0;
  const char* at = nullptr;  // the label
  std::string label;
  std::int64_t rows = 0;  // that are missing there

  void add(const char* where, std::string_view text, std::int64_t missing = 0) {
    if (count++ == 0) at = where, label = text, rows = missing;
  }
  void join(const Seen& later) {
    if (count == 0) at = later.at, label = later.label, rows = later.rows;
    count += later.count;
  }
};

// What one thread saw of its marks.
struct Findings {
  Seen backward, set_back, repeated, unread, gaps;
  std::int64_t missing = 0;
  std::string before;  // the label before the first backward one
};

class Checker {
 public:
  Checker(const CsvText& source, const CsvLayout& layout, const Table::Data& table)
      : source_(source),
        layout_(layout),
        table_(table),
        gaps_(layout.step.spacing != Spacing::none && layout.step.spacing != Spacing::irregular) {}

  Findings check() const {
    constexpr std::size_t kLeast = 64;  // marks: a thread is not worth less
    const std::size_t marks = table_.marks.size(), count = parts_of(marks, kLeast);
    std::vector<Findings> parts(count);
    in_parts(count, [&](std::size_t i) { look(marks * i / count, marks * (i + 1) / count, parts[i]); });
    Findings all;
    for (const Findings& part : parts) {
      if (all.backward.count == 0) all.before = part.before;
      all.backward.join(part.backward);
      all.set_back.join(part.set_back);
      all.repeated.join(part.repeated);
      all.unread.join(part.unread);
      all.gaps.join(part.gaps);
      all.missing += part.missing;
    }
    return all;
  }

 private:
  // The rows of the marks [first, end), and the first row behind them.
  void look(std::size_t first, std::size_t end, Findings& out) const {
    const std::string_view text = source_.text;
    const char* at = table_.marks[first];
    const std::int64_t own = static_cast<std::int64_t>(end) * Table::Data::kMarkEvery;
    const std::int64_t rows = std::min<std::int64_t>(table_.rows, own + 1);
    RecordReader reader(text.substr(static_cast<std::size_t>(at - text.data())), layout_.delimiter,
                        layout_.one_column());
    std::vector<CsvField> fields;
    std::string kept[2];  // this label and the last, where they cannot be views into the text
    int turn = 0;
    std::string_view last_label;
    std::optional<Moment> last;
    for (std::int64_t row = static_cast<std::int64_t>(first) * Table::Data::kMarkEvery; row < rows; ++row) {
      CsvField field;
      if (layout_.plain) {
        field.raw = field_of_line(at);
      } else {
        reader.next(fields);
        field = fields[static_cast<std::size_t>(layout_.time_field)];
      }
      std::string_view label = field.raw;
      if (field.quoted) label = kept[turn] = field.value();
      const std::optional<Moment> moment = layout_.time_format->read(label);
      if (!moment) {
        if (row < own) out.unread.add(field.raw.data(), label);
        continue;
      }
      if (last) compare(*last, last_label, *moment, label, field.raw.data(), out);
      last = moment;
      last_label = label;
      turn = 1 - turn;
    }
  }

  // The time's field of the next line that is not blank; moves `at` behind that line.
  std::string_view field_of_line(const char*& at) const {
    const char* const end = layout_.body.data() + layout_.body.size();
    const char* stop = line_end(at, end);
    while (is_blank(at, stop) && stop != end && !layout_.one_column()) {
      at = stop + 1;
      stop = line_end(at, end);
    }
    const char* p = at;
    for (int skip = layout_.time_field; skip > 0; --skip) p = std::find(p, stop, layout_.delimiter) + 1;
    const char* const begin = p;
    p = std::find(p, stop, layout_.delimiter);
    at = stop == end ? end : stop + 1;
    return trim({begin, static_cast<std::size_t>(p - begin)});
  }

  void compare(Moment last, std::string_view last_label, Moment moment, std::string_view label,
               const char* at, Findings& out) const {
    const TimeFormat& format = *layout_.time_format;
    const Moment from = layout_.newest_first ? moment : last, to = layout_.newest_first ? last : moment;
    if (from == to) {
      if (!format.has_fractions()) out.repeated.add(at, label);
    } else if (from > to) {
      // Local time is set back by an hour at the end of summer.
      if (format.has_hours() && from - to <= 3600) {
        out.set_back.add(at, label);
      } else {
        if (out.backward.count == 0) out.before = last_label;
        out.backward.add(at, label);
      }
    } else if (gaps_) {
      const std::int64_t missing = steps_between(from, to, layout_.step) - 1;
      if (missing < 1) return;
      out.gaps.add(at, layout_.newest_first ? label : last_label, missing);
      out.missing += missing;
    }
  }

  const CsvText& source_;
  const CsvLayout& layout_;
  const Table::Data& table_;
  bool gaps_;
};

std::string times(std::int64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

}  // namespace

void check_times(const CsvText& source, const CsvLayout& layout, bool order_said, Table::Data& table) {
  const Findings found = Checker(source, layout, table).check();
  const std::string& name = layout.fields[static_cast<std::size_t>(layout.time_field)];
  if (found.backward.count > 0)
    throw source.error(
        Code::data_out_of_order, found.backward.at,
        fmt::format("the time '{}' follows '{}', although the {} row should come first", found.backward.label,
                    found.before, layout.newest_first ? "newest" : "oldest"),
        name, "", "",
        order_said ? fmt::format("--order {} or auto; --time none takes the rows as they stand",
                                 layout.newest_first ? "oldest" : "newest")
                   : "sort the rows by time (several series in one file: one file each), or --time none "
                     "takes them as they stand");
  const auto where = [&](const Seen& seen) {
    return fmt::format("'{}' (line {})", seen.label, source.line_of(seen.at));
  };
  if (found.repeated.count > 0)
    table.warnings.push_back(
        fmt::format("the time of a row is that of the row before {}, first {}; each row counts as a step",
                    times(found.repeated.count), where(found.repeated)));
  if (found.set_back.count > 0)
    table.warnings.push_back(fmt::format("the clock is set back {}, first to {}", times(found.set_back.count),
                                         where(found.set_back)));
  if (found.unread.count > 0)
    table.warnings.push_back(fmt::format("column '{}' is not a time {}, first {}", name,
                                         times(found.unread.count), where(found.unread)));
  if (found.gaps.count > 0) {
    std::string_view noun = noun_of(layout.step);
    if (found.missing == 1) noun.remove_suffix(1);
    table.warnings.push_back(
        fmt::format("{} {} {} missing {} '{}' (line {}){}; the rows around count as neighbours",
                    base::grouped(found.missing), noun, found.missing == 1 ? "is" : "are",
                    found.gaps.count == 1 ? "after" : "in all, the first after", found.gaps.label,
                    source.line_of(found.gaps.at) - (layout.newest_first ? 0 : 1),
                    layout.step.spacing == Spacing::business ? ", as on holidays" : ""));
  }
}

}  // namespace carousel::data
