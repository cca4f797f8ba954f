// Error sections: how forecasts err by step, over time and against the truth, as parts of the run's page.
#pragma once

#include <vector>

#include "carousel/data.h"
#include "cli/score.h"
#include "report/page.h"

namespace carousel::cli {

inline constexpr std::size_t kTargetsOnPage = 4;  ///< the first targets are drawn

/// RMSE and MAE of the network and of each baseline by step of the horizon; without charts where the verdict
/// knows none.
report::Section step_section(const Verdict& verdict, const Prepared& data);

/// Of windows of a table: what is left of the first step, over time and against itself, and predicted against
/// true. Of arrays, and of a few windows, the latter alone. `truth` is as `predicted.values`. Without charts
/// where nothing is known.
report::Section residual_section(const Prepared& data, const Predicted& predicted,
                                 const std::vector<double>& truth);

}  // namespace carousel::cli
