// Charts of how a model errs: errors by step, residuals, their autocorrelation, predicted against true.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/chart.h"

namespace carousel::report {

struct NamedLine {
  std::string name;
  std::vector<double> values;
};

/// The error of each step of a horizon, from 1: a line for the model, which comes first, and for each that it
/// is compared with. `measure` names the error, such as "RMSE".
Chart errors_by_step(std::string measure, const std::vector<NamedLine>& lines);

/// Measured minus predicted, around a line at 0. `x` are rows, from 0, that `names` names (may be empty).
Chart residuals(std::vector<double> x, std::vector<double> values, std::vector<std::string> names);

/// Bounds that about 95 % of the autocorrelations of `count` independent numbers lie within: 1.96 / √count.
double independence_bound(std::int64_t count);

/// Autocorrelations of lags 1, 2, ... as stems, with the band of `independence_bound`.
Chart autocorrelation_stems(const std::vector<double>& values, std::int64_t count);

/// A dot for each pair, and the diagonal on which they should lie; NaN is left out. `labels` names the pairs.
Chart predicted_against_true(const std::vector<double>& truth, const std::vector<double>& predicted,
                             const std::vector<std::string>& labels);

}  // namespace carousel::report
