// StepLoss: what the loss of one step of one row is, as the files of the losses compute it.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/elementwise.h"
#include "kernels/reduce.h"

namespace carousel::loss {

/// Everything is summed in double, whatever the network computes in.
struct StepLoss {
  double loss = 0.0;
  int judged = 0;  ///< classes (labels) that were compared with the target's
  int right = 0;   ///< of these, the right ones
};

/// Numbers of scratch that the loss of a step with k outputs may use.
inline std::size_t scratch_of(int k) {
  return 2 * static_cast<std::size_t>(k);
}

}  // namespace carousel::loss
