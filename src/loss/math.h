// exp and log of doubles from + - * / alone, so that a loss has the same bits on every machine and from every
// libm.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace carousel::loss {

/// e^x to 2 ULP; 0 below -708, infinite above 709, NaN for NaN.
inline double exp(double x) {
  if (x != x) return x;
  if (x < -708.0) return 0.0;
  if (x > 709.0) return std::numeric_limits<double>::infinity();
  constexpr double kShift = 6755399441055744.0;  // 1.5 · 2^52: adding it rounds to a whole number
  constexpr double kLog2e = 1.4426950408889634, kLn2High = 0.693147180369123816490,
                   kLn2Low = 1.90821492927058770e-10;
  const double n = (x * kLog2e + kShift) - kShift;
  const double r = (x - n * kLn2High) - n * kLn2Low;  // |r| <= ln2/2; n · kLn2High is exact
  // Taylor to r^13: the rest is below 2^-57.
  constexpr double kTaylor[] = {
      1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
      1.0 / 720,        1.0 / 120,       1.0 / 24,       1.0 / 6,       1.0 / 2,      1.0,         1.0};
  double p = 0.0;
  for (const double term : kTaylor) p = p * r + term;
  return p * std::bit_cast<double>(static_cast<std::uint64_t>(static_cast<std::int64_t>(n) + 1023) << 52);
}

/// 2 artanh z = log((1 + z) / (1 - z)) for |z| <= 0.1716.
inline double log_ratio(double z) {
  const double s = z * z;
  // The next term is below 2^-60 of the sum.
  constexpr double kTerms[] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                               1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
  double p = 0.0;
  for (const double term : kTerms) p = p * s + term;
  return 2.0 * z * p;
}

/// log x to 4 ULP, for x >= 1; x itself where it is infinite or NaN.
inline double log(double x) {
  if (!(x <= std::numeric_limits<double>::max())) return x;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.4142135623730951) m *= 0.5, ++exponent;
  const double n = exponent;
  return n * 0.693147180369123816490 + (log_ratio((m - 1.0) / (m + 1.0)) + n * 1.90821492927058770e-10);
}

/// log(1 + x) to 4 ULP, for x in [0, 1].
inline double log1p(double x) {
  return x < 0.41 ? log_ratio(x / (2.0 + x)) : log(1.0 + x);
}

}  // namespace carousel::loss
