// Decimal text to float. The fast way (Clinger 1990): a mantissa below 2^53 times or over a power of ten up
// to 10^22 is one exactly rounded operation in double; rounding that double to float is exact too, unless it
// lies in the middle between two floats. A longer mantissa adds a second rounding, so that the double must
// then be 2 units away from it.
#include "data/number.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

namespace carousel::data {
namespace {

constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int kMaxPower = 22;
constexpr int kMaxDigits = 19;  // always fit 64 bits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_missing(std::string_view field) {
  if (field.size() > 4) return false;
  std::string word(field);
  std::transform(word.begin(), word.end(), word.begin(), lower);
  return word.empty() || word == "na" || word == "n/a" || word == "nan" || word == "null" || word == "none" ||
         word == "?" || word == "-";
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

const char* read_fast(const char* at, const char* end, char decimal, float* value) {
  const char* p = at;
  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  std::uint64_t mantissa = 0;
  const char* first = p;
  while (p != end && is_digit(*p)) mantissa = 10 * mantissa + static_cast<std::uint64_t>(*p++ - '0');
  std::int64_t digits = p - first;
  std::int64_t exponent = 0;
  if (p != end && *p == decimal) {
    const char* fraction = ++p;
    while (p != end && is_digit(*p)) mantissa = 10 * mantissa + static_cast<std::uint64_t>(*p++ - '0');
    exponent = fraction - p;
    digits -= exponent;
  }
  if (digits == 0 || digits > kMaxDigits) return at;
  if (p != end && (*p == 'e' || *p == 'E')) {
    const char* q = p + 1;
    const bool down = q != end && *q == '-';
    if (q != end && (*q == '-' || *q == '+')) ++q;
    if (q == end || !is_digit(*q)) return at;
    int written = 0;
    while (q != end && is_digit(*q)) {
      if (written < 10000) written = 10 * written + (*q - '0');
      ++q;
    }
    exponent += down ? -written : written;
    p = q;
  }
  double result = static_cast<double>(mantissa);
  if (exponent < -kMaxPower || exponent > kMaxPower) return at;
  result = exponent < 0 ? result / kPowers[-exponent] : result * kPowers[exponent];
  const auto bits = std::bit_cast<std::uint64_t>(result);
  constexpr std::uint64_t kBelowFloat = (std::uint64_t{1} << 29) - 1;
  const auto to_middle = static_cast<std::int64_t>(bits & kBelowFloat) - static_cast<std::int64_t>(1 << 28);
  const bool middle = std::abs(to_middle) <= (mantissa > (std::uint64_t{1} << 53) ? 2 : 0);
  const bool plain = result == 0.0 || (result >= static_cast<double>(std::numeric_limits<float>::min()) &&
                                       result <= static_cast<double>(std::numeric_limits<float>::max()));
  if (middle || !plain) return at;
  *value = static_cast<float>(negative ? -result : result);
  return p;
}

std::string hint_without_signs(std::string_view field, char decimal) {
  const char separator = decimal == '.' ? ',' : '.';
  const auto digit = [&](std::size_t i) { return i < field.size() && field[i] >= '0' && field[i] <= '9'; };
  std::string bare;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const char c = field[i];
    if (c == separator || c == '\'' || (c == ' ' && digit(i + 1) && !bare.empty())) {
      if (!digit(i + 1) || !digit(i + 2) || !digit(i + 3) || digit(i + 4)) return "";  // no thousands
    } else if (static_cast<unsigned char>(c) < 128 &&
               std::string_view("$% ").find(c) == std::string_view::npos) {
      bare += c;
    }
  }
  float value;
  if (bare.size() == field.size() || read_number(bare, decimal, &value) != Parsed::number) return "";
  return "write " + bare + ", without signs around it and between thousands";
}

Parsed read_number(std::string_view field, char decimal, float* value) {
  field = trim(field);
  const char* end = field.data() + field.size();
  if (is_missing(field)) return Parsed::missing;
  if (read_fast(field.data(), end, decimal, value) == end) return Parsed::number;

  std::string text(field.front() == '+' ? field.substr(1) : field);
  if (field.starts_with("+-")) return Parsed::text;
  if (decimal != '.') {
    if (text.find('.') != std::string::npos) return Parsed::text;
    std::replace(text.begin(), text.end(), decimal, '.');
  }
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string::npos || text.front() == '+') {
    std::string word = text;
    std::transform(word.begin(), word.end(), word.begin(), lower);
    if (word.starts_with('-')) word.erase(0, 1);
    return word == "inf" || word == "infinity" ? Parsed::too_large : Parsed::text;
  }
  const char* last = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), last, *value);
  if (stop != last || error == std::errc::invalid_argument) return Parsed::text;
  if (error == std::errc::result_out_of_range) {
    // Too large or too small for a float: the sign of the decimal exponent tells.
    double wide = 0.0;
    const auto [wide_stop, wide_error] = std::from_chars(text.data(), last, wide);
    if (wide_error == std::errc::result_out_of_range) {
      const std::size_t e = text.find_first_of("eE");
      if (e == std::string::npos || text.find('-', e) == std::string::npos) return Parsed::too_large;
      wide = 0.0;
    }
    if (std::fabs(wide) > 1.0) return Parsed::too_large;
    *value = static_cast<float>(wide);
  }
  return Parsed::number;
}

}  // namespace carousel::data
