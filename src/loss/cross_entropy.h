// Softmax cross-entropy of one step from logits: l = -Σ q log p, p = softmax(y), dl/dy = p Σ q - q.
#pragma once

#include <algorithm>

#include "loss/math.h"
#include "loss/step.h"

namespace carousel::loss {

/// m and log Σ exp(y - m) with m the largest y: log p = y - m - log_sum, and exp never overflows.
struct LogSoftmax {
  double largest, log_sum;
};

template <class T>
LogSoftmax log_softmax(const T* y, int k) {
  const double m = static_cast<double>(*std::max_element(y, y + k));
  return {m, log(kernels::sum_of(k, [=](int i) { return exp(static_cast<double>(y[i]) - m); }))};
}

template <class T>
int arg_max(const T* v, int k) {
  return static_cast<int>(std::max_element(v, v + k) - v);
}

/// q is 1 for class `c`, 0 for the others. `weight` is dL/dl of this step; dy is left alone where it is null.
template <class T>
StepLoss cross_entropy(const T* y, std::int32_t c, int k, double weight, T* dy) {
  const auto [m, log_sum] = log_softmax(y, k);
  if (dy)
    for (int i = 0; i < k; ++i)
      dy[i] = static_cast<T>(weight * (exp(static_cast<double>(y[i]) - m - log_sum) - (i == c ? 1.0 : 0.0)));
  return {log_sum - (static_cast<double>(y[c]) - m), 1, arg_max(y, k) == c ? 1 : 0};
}

/// q [K] are the probabilities of the classes; the right class is the likeliest.
template <class T>
StepLoss cross_entropy(const T* y, const float* q, int k, double weight, T* dy) {
  const LogSoftmax s = log_softmax(y, k);
  const double total = kernels::sum_of(k, [=](int i) { return static_cast<double>(q[i]); });
  if (dy)
    for (int i = 0; i < k; ++i)
      dy[i] = static_cast<T>(weight * (exp(static_cast<double>(y[i]) - s.largest - s.log_sum) * total -
                                       static_cast<double>(q[i])));
  const double loss = kernels::sum_of(k, [=](int i) {
    return static_cast<double>(q[i]) * (s.log_sum - (static_cast<double>(y[i]) - s.largest));
  });
  return {loss, 1, arg_max(y, k) == arg_max(q, k) ? 1 : 0};
}

}  // namespace carousel::loss
