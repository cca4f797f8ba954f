// Binary cross-entropy of one step from logits: l = -1/K Σ (v log σ(y) + (1 - v) log(1 - σ(y))), dl/dy =
// (σ(y) - v)/K.
#pragma once

#include <cmath>

#include "loss/math.h"
#include "loss/step.h"

namespace carousel::loss {

/// `v(i)` is the target of output i in [0, 1]; a label is right when y and v lie on the same side of σ(y) = v
/// = 1/2. `weight` is dL/dl of this step; dy is left alone where it is null.
template <class T, class Target>
StepLoss binary_cross_entropy(const T* y, Target v, int k, double weight, T* dy) {
  StepLoss step{0.0, k, 0};
  for (int i = 0; i < k; ++i) {
    const double logit = static_cast<double>(y[i]);
    if (dy) dy[i] = static_cast<T>(weight / k * (1.0 / (1.0 + exp(-logit)) - v(i)));
    if ((logit > 0) == (v(i) > 0.5)) ++step.right;
  }
  // -v log σ(y) - (1 - v) log(1 - σ(y)) = max(y, 0) - v y + log(1 + exp(-|y|)), which neither overflows nor
  // cancels.
  step.loss =
      kernels::sum_of(k,
                      [=](int i) {
                        const double logit = static_cast<double>(y[i]);
                        return (logit < 0 ? 0.0 : logit) - v(i) * logit + log1p(exp(-std::abs(logit)));
                      }) /
      k;
  return step;
}

}  // namespace carousel::loss
