// The one error type of the library: a stable code, where it happened, what was expected and got, and a hint.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace carousel {

/// What kind of thing was wrong; its number is the program's exit status.
enum class Role { check = 1, usage = 2, data = 3, model = 4, resource = 5 };

/// Stable numbers of errors, printed as E104. 1xx data, 2xx usage and settings, 3xx model files,
/// 4xx resources, 5xx numbers and checks. src/base/codes.cc holds title and explanation of each.
enum class Code : int {
  // data
  data_missing_file = 101,
  data_empty = 102,
  data_ragged_row = 103,
  data_not_a_number = 104,
  data_missing_value = 105,
  data_unknown_column = 106,
  data_bad_quote = 107,
  data_too_short = 108,
  data_bad_format = 109,
  data_shape = 110,
  data_out_of_order = 111,
  // usage and settings
  usage_unknown_word = 201,
  usage_bad_value = 202,
  usage_missing = 203,
  usage_conflict = 204,
  usage_syntax = 205,
  usage_shape = 206,
  // model files
  model_missing_file = 301,
  model_bad_format = 302,
  model_version = 303,
  model_mismatch = 304,
  // resources
  resource_io = 401,
  resource_memory = 402,
  // numbers and checks
  check_not_finite = 501,
  check_failed = 502,
};

/// Everything an Error says, in parts, so that programs need not parse text.
struct ErrorInfo {
  std::string where;     ///< the function, file or setting, e.g. "read_csv" or "train.batch"
  std::string what;      ///< one clause, e.g. "'oops' is not a number"
  std::string expected;  ///< may be empty
  std::string got;       ///< may be empty
  std::string hint;      ///< may be empty
  std::string file;      ///< for data: the file
  long row = 0;          ///< for data: 1-based line of the file, 0 = none
  std::string column;    ///< for data: the column's name or number
  std::string source;    ///< for data: the line as it stands in the file, for display with a caret
  int caret = -1;        ///< for data: 0-based position in `source`, -1 = none
};

/// Thrown by the library at its public face; the library never prints, aborts or exits.
class Error : public std::exception {
 public:
  Error(Code code, ErrorInfo info);
  Error(Code code, Role role, ErrorInfo info);

  Code code() const noexcept { return code_; }
  Role role() const noexcept { return role_; }
  const ErrorInfo& info() const noexcept { return info_; }
  /// One line: "E104 sales.csv:27, column 'sales': 'oops' is not a number; expected ...; got ...; hint: ...".
  const char* what() const noexcept override { return text_.c_str(); }
  /// The same error with another role: a bad array file is data (3) or a model (4) by what it was given as.
  Error as(Role role) const { return Error(code_, role, info_); }

 private:
  Code code_;
  Role role_;
  ErrorInfo info_;
  std::string text_;
};

/// What `carousel explain-code` knows about a code.
struct CodeText {
  Code code;
  Role role;
  std::string_view title;
  std::string_view explanation;
};

/// The entry of a code number such as 104, or nullptr. Every Code has one.
const CodeText* explain_code(int number) noexcept;
/// All codes, ascending.
const std::vector<CodeText>& all_codes();

}  // namespace carousel
