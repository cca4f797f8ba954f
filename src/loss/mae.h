// Mean absolute error of one step: l = 1/K Σ |y - v|, dl/dy = sign(y - v)/K, 0 where y = v.
#pragma once

#include <cmath>

#include "loss/step.h"

namespace carousel::loss {

/// `weight` is dL/dl of this step; dy is left alone where it is null.
template <class T>
StepLoss mae(const T* y, const float* v, int k, double weight, T* dy) {
  const T slope = static_cast<T>(weight / k);
  if (dy)
    for (int i = 0; i < k; ++i) {
      const T d = y[i] - static_cast<T>(v[i]);
      dy[i] = d > 0 ? slope : d < 0 ? -slope : d;  // d itself: 0, or not a number, which must not be hidden
    }
  return {kernels::sum_of(k, [=](int i) { return std::abs(static_cast<double>(y[i]) - v[i]); }) / k};
}

}  // namespace carousel::loss
