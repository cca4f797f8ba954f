// StepLoss: what the loss of one step of one row is, as the files of the losses compute it.
#pragma once

#include "kernels/reduce.h"

namespace carousel::loss {

/// Everything is summed in double, whatever the network computes in.
struct StepLoss {
  double loss = 0.0;
  int judged = 0;  ///< classes (labels) that were compared with the target's
  int right = 0;   ///< of these, the right ones
};

}  // namespace carousel::loss
