// Table: access to numbers and labels.
#include "carousel/table.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/nearest.h"
#include "base/text.h"
#include "carousel/error.h"
#include "data/table_data.h"

namespace carousel {
namespace {

// The record of a row: from the mark before it.
std::vector<data::CsvField> record_of(const Table::Data& table, std::int64_t row, const char** start) {
  const std::int64_t in_file = table.reversed ? table.rows - 1 - row : row;
  const char* mark = table.marks[static_cast<std::size_t>(in_file / Table::Data::kMarkEvery)];
  const std::string_view text = table.source->text;
  data::RecordReader reader(text.substr(static_cast<std::size_t>(mark - text.data())), table.delimiter,
                            table.one_column);
  std::vector<data::CsvField> fields;
  for (std::int64_t i = 0; i <= in_file % Table::Data::kMarkEvery; ++i) reader.next(fields);
  *start = reader.start();
  return fields;
}

}  // namespace

std::string text_of(const std::vector<Guess>& guesses) {
  std::string text;
  for (const Guess& guess : guesses)
    text += fmt::format("{}{} {} ({})", text.empty() ? "" : "  ", guess.what, guess.value,
                        guess.guessed ? "guessed" : "set");
  return text;
}

std::string_view name_of(Spacing spacing) {
  switch (spacing) {
    case Spacing::none:
      return "none";
    case Spacing::irregular:
      return "irregular";
    case Spacing::seconds:
      return "every second";
    case Spacing::minutely:
      return "every minute";
    case Spacing::hourly:
      return "hourly";
    case Spacing::daily:
      return "daily";
    case Spacing::business:
      return "business days";
    case Spacing::weekly:
      return "weekly";
    case Spacing::monthly:
      return "monthly";
    case Spacing::quarterly:
      return "quarterly";
    case Spacing::yearly:
      return "yearly";
    case Spacing::index:
      return "numbered";
  }
  return "?";
}

Table::Table(std::vector<std::string> names, std::vector<float> values, std::string file) {
  if (names.empty() || values.empty() || values.size() % names.size() != 0)
    throw Error(Code::usage_shape,
                {.where = "Table",
                 .what = "the numbers do not fill rows of these columns",
                 .expected = fmt::format("a multiple of {}, at least one row", names.size()),
                 .got = base::counted(std::ssize(values), "number")});
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw Error(Code::data_not_a_number, {.where = "Table",
                                            .what = fmt::format("row {}, column '{}' is not a finite number",
                                                                i / names.size(), names[i % names.size()]),
                                            .expected = "finite numbers; read_csv knows missing ones"});
  auto data = std::make_shared<Data>();
  data->rows = static_cast<std::int64_t>(values.size() / names.size());
  data->names = std::move(names);
  data->values = std::move(values);
  data->file = std::move(file);
  data_ = std::move(data);
}

const std::string& Table::file() const {
  return data_->file;
}
std::int64_t Table::rows() const {
  return data_->rows;
}
int Table::columns() const {
  return static_cast<int>(data_->names.size());
}
const std::vector<std::string>& Table::names() const {
  return data_->names;
}
std::span<const float> Table::values() const {
  return data_->values;
}
const std::string& Table::time_name() const {
  return data_->time_name;
}
Spacing Table::spacing() const {
  return data_->step.spacing;
}
int Table::calendar_season() const {
  return data::calendar_season(data_->step);
}
const std::vector<Guess>& Table::guesses() const {
  return data_->guesses;
}
const std::vector<std::string>& Table::warnings() const {
  return data_->warnings;
}

int Table::column(std::string_view name) const {
  for (std::size_t i = 0; i < data_->names.size(); ++i)
    if (data_->names[i] == name) return static_cast<int>(i);
  throw Error(Code::data_unknown_column, {.where = "table",
                                          .what = fmt::format("there is no column '{}'", name),
                                          .hint = base::suggest(name, data_->names),
                                          .file = data_->file});
}

std::span<const float> Table::row(std::int64_t row) const {
  const auto width = data_->names.size();
  return values().subspan(static_cast<std::size_t>(row) * width, width);
}

float Table::at(std::int64_t row, int column) const {
  return data_
      ->values[static_cast<std::size_t>(row) * data_->names.size() + static_cast<std::size_t>(column)];
}

bool Table::complete(std::int64_t row) const {
  const auto at = static_cast<std::size_t>(row);
  return data_->incomplete.empty() || !(data_->incomplete[at / 64] >> (at % 64) & 1);
}

std::string Table::label(std::int64_t row) const {
  if (data_->time_field < 0) return fmt::format("{}", row + 1);
  const char* start;
  return record_of(*data_, row, &start)[static_cast<std::size_t>(data_->time_field)].value();
}

long Table::line(std::int64_t row) const {
  if (!data_->source) return 0;
  const char* start;
  record_of(*data_, row, &start);
  return data_->source->line_of(start);
}

std::vector<std::string> Table::next_labels(int count) const {
  std::vector<std::string> labels;
  const bool regular =
      data_->time_format && data_->step.spacing != Spacing::none && data_->step.spacing != Spacing::irregular;
  const std::string last = regular ? label(data_->rows - 1) : "";
  const auto moment = regular ? data_->time_format->read(last) : std::nullopt;
  for (int i = 1; i <= count; ++i)
    labels.push_back(moment ? data_->time_format->write(data::after(*moment, data_->step, i), last)
                            : fmt::format("{}", data_->rows + i));
  return labels;
}

}  // namespace carousel
