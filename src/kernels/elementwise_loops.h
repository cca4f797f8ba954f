// Loops that the compiler turns into vectors of each target: exp and log of doubles, random words, dropout.
// From + - * / that are never fused, so that the bits are the same on every target and with every libm.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/table.h"
#include "kernels/vec.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

/// e^x to 2 ULP; 0 below -708, infinite above 709, NaN for NaN. y may be x.
inline void exp_all(const double* x, double* y, std::size_t count) {
  constexpr double kShift = 6755399441055744.0;  // 1.5 · 2^52: adding it rounds, and leaves n in the low bits
  constexpr double kLog2e = 1.4426950408889634, kLn2High = 0.693147180369123816490,
                   kLn2Low = 1.90821492927058770e-10, kInfinity = __builtin_inf();
  for (std::size_t i = 0; i < count; ++i) {
    const double v = x[i], shifted = v * kLog2e + kShift, n = shifted - kShift;
    const double r = (v - n * kLn2High) - n * kLn2Low;  // |r| <= ln2/2; n · kLn2High is exact
    double p = 1.0 / 6227020800;                        // Taylor to r^13: the rest is below 2^-57
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 1.0 / 2;
    p = p * r + 1.0;
    p = p * r + 1.0;
    const double power = __builtin_bit_cast(
        double, (__builtin_bit_cast(std::uint64_t, shifted) << 52) + (std::uint64_t{1023} << 52));
    const double e = p * power;
    y[i] = v < -708.0 ? 0.0 : v > 709.0 ? kInfinity : e;
  }
}

// log(num / den) + n ln2 with num / den = (1 + z) / (1 - z), |z| <= 0.1716.
CAROUSEL_INLINE double log_ratio(double num, double den, double n) {
  const double z = num / den, s = z * z;
  double p = 1.0 / 21;  // 2 artanh z; the next term is below 2^-60 of the sum
  p = p * s + 1.0 / 19;
  p = p * s + 1.0 / 17;
  p = p * s + 1.0 / 15;
  p = p * s + 1.0 / 13;
  p = p * s + 1.0 / 11;
  p = p * s + 1.0 / 9;
  p = p * s + 1.0 / 7;
  p = p * s + 1.0 / 5;
  p = p * s + 1.0 / 3;
  p = p * s + 1.0;
  return n * 0.693147180369123816490 + (2.0 * z * p + n * 1.90821492927058770e-10);
}

// x = m 2^n with m in (√½, √2]
struct Split2 {
  double m, n;
};
CAROUSEL_INLINE Split2 split_power(double x) {
  constexpr double kWhole = 4503599627370496.0;  // 2^52: its low bits count
  const auto bits = __builtin_bit_cast(std::uint64_t, x);
  const double one = __builtin_bit_cast(double, (bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
  const double n = __builtin_bit_cast(double, (bits >> 52) | 0x4330000000000000ULL) - (kWhole + 1023.0);
  const bool large = one > 1.4142135623730951;
  return {large ? one * 0.5 : one, large ? n + 1.0 : n};
}

/// log x to 4 ULP, for x >= 1; x itself where it is infinite or NaN. y may be x.
inline void log_all(const double* x, double* y, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const double v = x[i];
    const Split2 split = split_power(v);
    const double log = log_ratio(split.m - 1.0, split.m + 1.0, split.n);
    y[i] = v <= 1.7976931348623157e308 ? log : v;
  }
}

/// log(1 + x) to 4 ULP, for x in [0, 1]; NaN for NaN. y may be x.
inline void log1p_all(const double* x, double* y, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const double v = x[i];
    const Split2 split = split_power(1.0 + v);
    const bool direct = v < 0.41;
    const double log =
        log_ratio(direct ? v : split.m - 1.0, direct ? 2.0 + v : split.m + 1.0, direct ? 0.0 : split.n);
    y[i] = v <= 1.0 ? log : v;
  }
}

inline constexpr int kRandomBlocks = 8;

// Counters in the low halves of 64 bits, so that a product of halves needs no other lane.
using Words = std::uint64_t __attribute__((vector_size(8 * kRandomBlocks)));

/// The words of kRandomBlocks blocks from counter `first` on: Philox4x32-10 of Salmon et al. 2011, as
/// base/random.h numbers them.
CAROUSEL_INLINE void philox(const RandomStream& stream, std::uint64_t first, std::uint32_t* words) {
  constexpr std::uint64_t kM0 = 0xD2511F53, kM1 = 0xCD9E8D57, kLow = 0xffffffff;
  constexpr std::uint32_t kW0 = 0x9E3779B9, kW1 = 0xBB67AE85;
  Words a, b;
  for (int i = 0; i < kRandomBlocks; ++i) a[i] = first + static_cast<std::uint64_t>(i);
  b = a >> 32;
  Words c = Words{} + stream.high[0], d = Words{} + stream.high[1];
  std::uint32_t k0 = stream.key[0], k1 = stream.key[1];
  for (int round = 0; round < 10; ++round, k0 += kW0, k1 += kW1) {
    const Words p = (a & kLow) * kM0, q = (c & kLow) * kM1;
    a = (q >> 32) ^ b ^ k0;
    c = (p >> 32) ^ d ^ k1;
    b = q;
    d = p;
  }
  for (int i = 0; i < kRandomBlocks; ++i) {
    words[4 * i] = static_cast<std::uint32_t>(a[i]), words[4 * i + 1] = static_cast<std::uint32_t>(b[i]);
    words[4 * i + 2] = static_cast<std::uint32_t>(c[i]), words[4 * i + 3] = static_cast<std::uint32_t>(d[i]);
  }
}

/// y = x · scale where the word of that place is at least the threshold, else 0; word i is of the block first
/// + i / 4. y may be x.
template <class T>
void dropout(const RandomStream& stream, std::uint64_t first, std::uint32_t threshold, T scale, const T* x,
             T* y, std::size_t count) {
  constexpr std::size_t kWords = 4 * kRandomBlocks;
  std::uint32_t words[kWords];
  for (std::size_t i = 0; i < count; i += kWords, first += kRandomBlocks) {
    philox(stream, first, words);
    const std::size_t numbers = count - i < kWords ? count - i : kWords;
    for (std::size_t j = 0; j < numbers; ++j) {
      const T scaled = x[i + j] * scale;
      y[i + j] = words[j] < threshold ? T(0) : scaled;
    }
  }
}

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
