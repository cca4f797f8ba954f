// The text of a CSV file: cut into records and fields, and errors that point into it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "carousel/error.h"
#include "files/mapped_file.h"

namespace carousel::data {

/// The text with its owner, and what messages need.
struct CsvText {
  std::string name;
  std::string_view text;   ///< without byte order mark and without blank lines at the end
  std::string_view whole;  ///< as it stands in the file, for line numbers
  std::string settings;    ///< how it is read, for hints
  std::shared_ptr<const files::MappedFile> file;
  std::string memory;

  /// An error at a place of the text.
  Error error(Code code, const char* at, std::string what, std::string column = "", std::string expected = "",
              std::string got = "", std::string hint = "") const;
  /// The 1-based line of a place.
  long line_of(const char* at) const;
};

/// Opens path ("-": standard input; gzip is inflated) or takes text in memory. Refuses what is no text.
std::shared_ptr<CsvText> open_csv_text(const std::string& path);
std::shared_ptr<CsvText> csv_text_of(std::string_view text, const std::string& name);

struct CsvField {
  std::string_view raw;  ///< without the quotes and the spaces around them
  bool quoted = false;

  /// With doubled quotes made single.
  std::string value() const;
};

/// Cuts records from a text. Blank lines are skipped, unless `keep_blank` (files of one column).
class RecordReader {
 public:
  enum class Result { record, end, bad_quote };

  RecordReader(std::string_view text, char delimiter, bool keep_blank)
      : at_(text.data()), end_(text.data() + text.size()), delimiter_(delimiter), keep_blank_(keep_blank) {}

  Result next(std::vector<CsvField>& fields);
  /// Where the last record began, or where its bad quote stands.
  const char* start() const { return start_; }
  /// Where the next one begins.
  const char* position() const { return at_; }

 private:
  const char* at_;
  const char* end_;
  const char* start_ = nullptr;
  char delimiter_;
  bool keep_blank_;
};

/// The place of the first byte that is not UTF-8, npos for none.
std::size_t first_not_utf8(std::string_view text);
/// Whether [begin, end) holds nothing but spaces, tabs and carriage returns.
bool is_blank(const char* begin, const char* end);
/// The end of the line that begins at `at`: the position of '\n', or `end`.
const char* line_end(const char* at, const char* end);

}  // namespace carousel::data
