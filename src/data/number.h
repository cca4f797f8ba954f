// Numbers in text: decimal text to the nearest float, fast where the exact answer is cheap.
#pragma once

#include <string>
#include <string_view>

namespace carousel::data {

enum class Parsed {
  number,
  missing,    ///< empty, NA, N/A, NaN, null, none, ? or -
  text,       ///< anything else
  too_large,  ///< infinite, or beyond the largest float
};

/// Reads a number at the start of [at, end): [+-] digits [decimal digits] [e [+-] digits]. Returns the
/// position behind it, or `at` where there is none that can be read fast and exactly; read_number() then
/// decides.
const char* read_fast(const char* at, const char* end, char decimal, float* value);

/// A hint for a field that is a number among signs for people, such as "$1,234" or "5 %": the number to write
/// in its place. "" for any other.
std::string hint_without_signs(std::string_view field, char decimal);

/// What a whole field (without quotes; spaces around it are ignored) holds; exactly rounded to nearest even.
Parsed read_number(std::string_view field, char decimal, float* value);

/// `text` without spaces, tabs and carriage returns around it.
std::string_view trim(std::string_view text);

}  // namespace carousel::data
