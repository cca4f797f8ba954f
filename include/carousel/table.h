// Table: columns of numbers over time, as read from a CSV file, with every guess that the reading made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carousel {

/// One thing that was not said by the user and had to be found out, or that was said (`guessed` is false
/// then).
struct Guess {
  std::string what;     ///< e.g. "delimiter"
  std::string value;    ///< e.g. "','"
  bool guessed = true;  ///< false: set by the user
  std::string flag;     ///< the flag that sets it, e.g. "--delimiter"
};

/// "delimiter ',' (guessed)  time column 'Month', monthly (guessed)": one line for people.
std::string text_of(const std::vector<Guess>& guesses);

/// Names of columns; one name, a list in braces, or a vector.
class Names {
 public:
  Names() = default;
  Names(const char* name) : names_{std::string(name)} {}
  Names(std::string name) : names_{std::move(name)} {}
  Names(std::vector<std::string> names) : names_(std::move(names)) {}
  Names(std::initializer_list<const char*> names) : names_(names.begin(), names.end()) {}
  const std::vector<std::string>& list() const { return names_; }
  bool empty() const { return names_.empty(); }

 private:
  std::vector<std::string> names_;
};

/// What is done where a number is missing (empty, NA, N/A, NaN, null, none, ?).
enum class Missing {
  error,    ///< stop, naming row and column
  forward,  ///< the last number of the column is repeated (the first known one before it)
  linear,   ///< a straight line between the neighbours in time
  mask,     ///< windows that touch the row are left out
};

/// Which end of a file is the newest.
enum class RowOrder {
  automatic,  ///< by the time column; oldest first when there is none
  oldest,     ///< the first row is the oldest
  newest,     ///< the first row is the newest: the rows are reversed
};

/// How a CSV file is read; "auto" is guessed from the file, and the guess is confessed in Table::guesses().
struct CsvOptions {
  std::string delimiter = "auto";  ///< auto | , | ; | tab | pipe | space
  std::string decimal = "auto";  ///< auto | . | , (a comma is only thought of where the delimiter is not one)
  std::string header = "auto";   ///< auto | yes | no
  std::string time = "auto";     ///< auto | none | name of the time column
  RowOrder order = RowOrder::automatic;
  Missing missing = Missing::error;
  Names columns;  ///< the columns to read, in this order; empty: every column that holds numbers
  Names needed;   ///< columns that must be numbers although they may not look like it, beside the found ones
};

/// The distance in time from one row to the next.
enum class Spacing {
  none,
  irregular,
  seconds,
  minutely,
  hourly,
  daily,
  business,
  weekly,
  monthly,
  quarterly,
  yearly,
  index
};

/// The word of a spacing, e.g. "monthly".
std::string_view name_of(Spacing spacing);

/// Numbers [rows, columns] in the order of time, oldest first. A cheap handle to const data: copies share it.
class Table {
 public:
  /// A table from numbers in memory: `values` is [rows, names.size()], row-major, finite.
  /// Throws usage_shape when the numbers do not fill at least one row, data_not_a_number for one that is not
  /// finite.
  Table(std::vector<std::string> names, std::vector<float> values, std::string file = "");

  /// The file it was read from, "-" for standard input, "" for memory.
  const std::string& file() const;
  std::int64_t rows() const;
  int columns() const;
  const std::vector<std::string>& names() const;
  /// Position of a column; throws data_unknown_column with the nearest name.
  int column(std::string_view name) const;
  /// All numbers, [rows, columns]; a number that is missing under Missing::mask is NaN.
  std::span<const float> values() const;
  /// Preconditions, here and below: row in [0, rows()), column in [0, columns()).
  std::span<const float> row(std::int64_t row) const;
  float at(std::int64_t row, int column) const;
  /// False where a number of the row is missing (Missing::mask only).
  bool complete(std::int64_t row) const;

  /// Name of the time column, "" when there is none.
  const std::string& time_name() const;
  Spacing spacing() const;
  /// Steps of a year, week or day that `spacing` suggests as a season: 12 for monthly, 24 for hourly, ...; 1
  /// = none.
  int calendar_season() const;
  /// The row's time as it stands in the file, or its number (from 1) when there is no time column.
  std::string label(std::int64_t row) const;
  /// The labels that follow the last row, in the file's own format; numbers, where the spacing is irregular.
  std::vector<std::string> next_labels(int count) const;
  /// The 1-based line of the file on which the row stands; 0 for tables from memory.
  long line(std::int64_t row) const;

  const std::vector<Guess>& guesses() const;
  /// What is odd about the times of the rows: some repeat, or are missing between others.
  const std::vector<std::string>& warnings() const;

  struct Data;
  explicit Table(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

 private:
  std::shared_ptr<const Data> data_;
};

/// Reads a CSV file, or standard input for "-". Errors: data_* with file, line, column, the source line and a
/// caret; the hint lists every reading setting with (guessed) or (set).
Table read_csv(const std::string& path, const CsvOptions& options = {});

/// The same from text in memory; `name` stands in messages.
Table parse_csv(std::string_view text, const CsvOptions& options = {}, const std::string& name = "text");

}  // namespace carousel
