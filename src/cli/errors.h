// Errors as people read them: code, place, the source line with a caret, and a hint.
#pragma once

#include <string>

#include "base/fields_json.h"

namespace carousel::cli {

/// Several lines, ending with a newline:
///   E104 sales.csv:27, column 'sales': 'oops' is not a number
///     27 | 2020-03,oops
///        |         ^
///     hint: ...
std::string error_text(const Error& error);

/// The same in parts, for --json.
Json error_json(const Error& error);

}  // namespace carousel::cli
