// From the norms of single sequences to a curve over the lag, and the exponential that fits it.
#pragma once

#include <vector>

#include "carousel/gradflow.h"

namespace carousel::training {

/// points, fit and reaches of norms [sequence][lag]; a sequence ends where its lags do.
Flow flow_of(std::string state, const std::vector<std::vector<double>>& norms);

/// The line through (from, ln y[0]), (from + 1, ln y[1]), ...: y > 0, at least two.
FlowFit fit_exponential(int from, const std::vector<double>& y);

}  // namespace carousel::training
