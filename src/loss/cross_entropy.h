// Softmax cross-entropy of one step from logits: l = -Σ q log p, p = softmax(y), dl/dy = p Σ q - q.
#pragma once

#include <algorithm>

#include "loss/step.h"

namespace carousel::loss {

/// log p = y - largest - log_sum; the largest y, and log Σ exp(y - largest), so that exp never overflows.
struct LogSoftmax {
  double largest, log_sum;
  double sum;  ///< Σ exp(y - largest)
  int where;   ///< of the largest
};

template <class T>
int arg_max(const T* v, int k) {
  return static_cast<int>(std::max_element(v, v + k) - v);
}

/// Leaves exp(y - largest) in `powers`.
template <class T>
LogSoftmax log_softmax(const T* y, int k, double* powers) {
  const int where = arg_max(y, k);
  const double largest = static_cast<double>(y[where]);
  for (int i = 0; i < k; ++i) powers[i] = static_cast<double>(y[i]) - largest;
  const std::span<double> all(powers, static_cast<std::size_t>(k));
  kernels::exp(all, all);
  const double sum = kernels::sum_of(k, [=](int i) { return powers[i]; });
  return {largest, kernels::log(sum), sum, where};
}

/// q is 1 for class `c`, 0 for the others. `weight` is dL/dl of this step; dy is left alone where it is null.
template <class T>
StepLoss cross_entropy(const T* y, std::int32_t c, int k, double weight, T* dy, double* scratch) {
  const LogSoftmax s = log_softmax(y, k, scratch);
  if (dy) {
    const double share = weight / s.sum;
    for (int i = 0; i < k; ++i) dy[i] = static_cast<T>(share * scratch[i]);
    dy[c] = static_cast<T>(share * scratch[c] - weight);
  }
  return {s.log_sum - (static_cast<double>(y[c]) - s.largest), 1, s.where == c ? 1 : 0};
}

/// q [K] are the probabilities of the classes; the right class is the likeliest.
template <class T>
StepLoss cross_entropy(const T* y, const float* q, int k, double weight, T* dy, double* scratch) {
  const LogSoftmax s = log_softmax(y, k, scratch);
  const double total = kernels::sum_of(k, [=](int i) { return static_cast<double>(q[i]); });
  if (dy) {
    const double share = total / s.sum;
    for (int i = 0; i < k; ++i)
      dy[i] = static_cast<T>(weight * (share * scratch[i] - static_cast<double>(q[i])));
  }
  const double loss = kernels::sum_of(k, [=](int i) {
    return static_cast<double>(q[i]) * (s.log_sum - (static_cast<double>(y[i]) - s.largest));
  });
  return {loss, 1, s.where == arg_max(q, k) ? 1 : 0};
}

}  // namespace carousel::loss
