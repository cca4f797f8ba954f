// Binary cross-entropy of one step from logits: l = -1/K Σ (v log σ(y) + (1 - v) log(1 - σ(y))), dl/dy =
// (σ(y) - v)/K.
#pragma once

#include "loss/step.h"

namespace carousel::loss {

/// `v(i)` is the target of output i in [0, 1]; a label is right when y and v lie on the same side of σ(y) = v
/// = 1/2. `weight` is dL/dl of this step; dy is left alone where it is null.
template <class T, class Target>
StepLoss binary_cross_entropy(const T* y, Target v, int k, double weight, T* dy, double* scratch) {
  // -v log σ(y) - (1 - v) log(1 - σ(y)) = max(y, 0) - v y + log(1 + exp(-|y|)), which neither overflows nor
  // cancels.
  double *small = scratch, *rest = scratch + k;  // exp(-|y|), log(1 + exp(-|y|))
  const std::span<double> all(small, static_cast<std::size_t>(k));
  for (int i = 0; i < k; ++i) small[i] = y[i] < T(0) ? static_cast<double>(y[i]) : -static_cast<double>(y[i]);
  kernels::exp(all, all);
  kernels::log1p(all, {rest, all.size()});
  const double share = weight / k;
  int right = 0;
  if (dy)
    for (int i = 0; i < k; ++i) {
      const double sigmoid = (y[i] < T(0) ? small[i] : 1.0) / (1.0 + small[i]);
      dy[i] = static_cast<T>(share * (sigmoid - v(i)));
    }
  for (int i = 0; i < k; ++i) right += (y[i] > T(0)) == (v(i) > 0.5);
  const double sum = kernels::sum_of(k, [=](int i) {
    const double logit = static_cast<double>(y[i]);
    return (logit < 0 ? 0.0 : logit) - v(i) * logit + rest[i];
  });
  return {sum / k, k, right};
}

}  // namespace carousel::loss
