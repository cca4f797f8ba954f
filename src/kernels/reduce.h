// Sums along a row: 16 fixed partial sums and a fixed tree, the one home of their order.
#pragma once

#include <cstddef>
#include <span>

namespace carousel::kernels {

/// Σ f(i) for i in [0, n), in double: term i joins partial sum i mod 16, the 16 are added as a tree.
template <class F>
double sum_of(int n, F&& f) {
  double partial[16] = {};
  int i = 0;
  for (; i + 16 <= n; i += 16)
    for (int j = 0; j < 16; ++j) partial[j] += f(i + j);
  for (int j = 0; i + j < n; ++j) partial[j] += f(i + j);
  for (int half = 8; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) partial[j] += partial[j + half];
  return partial[0];
}

/// The largest |x|; NaN when one is NaN or infinite.
float largest(std::span<const float> x);
double largest(std::span<const double> x);

}  // namespace carousel::kernels
