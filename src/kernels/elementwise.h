// exp and logarithms of many doubles, and dropout, on the active target.
#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"

namespace carousel::kernels {

/// y = e^x to 2 ULP; 0 below -708, infinite above 709, NaN for NaN. From + - * / alone: the same bits on
/// every target and from every libm. y, of x's size, may be x.
void exp(std::span<const double> x, std::span<double> y);
/// y = log(1 + x) to 4 ULP, for x in [0, 1]; likewise.
void log1p(std::span<const double> x, std::span<double> y);
/// log x to 4 ULP, for x >= 1; x itself where it is infinite or NaN; likewise.
double log(double x);

/// y = x / (1 - rate) where word 4 · first + i of `random`, out of 2^32, is at least rate · 2^32, else 0. y,
/// of x's size, may be x.
void dropout(const Random& random, std::uint64_t first, float rate, std::span<const float> x,
             std::span<float> y);
void dropout(const Random& random, std::uint64_t first, float rate, std::span<const double> x,
             std::span<double> y);

}  // namespace carousel::kernels
