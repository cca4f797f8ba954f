// The distance from a true value in ULP, and the bounds that docs/architecture.md states.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace carousel::testing {

/// |got - truth| in units of the last place of the float next to truth.
inline double ulp_error(float got, double truth) {
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(static_cast<float>(truth)) & 0x7f800000;
  const double unit = static_cast<double>(std::bit_cast<float>(exponent ? exponent : 0x00800000)) * 0x1p-23;
  return std::abs(got - truth) / unit;
}

/// The figures of "How exact exp, σ and tanh are", rounded up in the last digit: found where products are
/// fused, kept by every target.
inline constexpr double kPositiveSigmoidUlp = 1.50, kSigmoidUlp = 2.49, kTanhUlp = 2.57, kExpUlp = 0.93;

}  // namespace carousel::testing
