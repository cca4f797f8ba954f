// Mean squared error of one step: l = 1/K Σ (y - v)², dl/dy = 2/K (y - v).
#pragma once

#include "loss/step.h"

namespace carousel::loss {

/// `weight` is dL/dl of this step; dy is left alone where it is null.
template <class T>
StepLoss mse(const T* y, const float* v, int k, double weight, T* dy) {
  const T scale = static_cast<T>(2.0 / k * weight);
  if (dy)
    for (int i = 0; i < k; ++i) dy[i] = scale * (y[i] - static_cast<T>(v[i]));
  return {kernels::sum_of(k,
                          [=](int i) {
                            const double d = static_cast<double>(y[i]) - v[i];
                            return d * d;
                          }) /
          k};
}

}  // namespace carousel::loss
