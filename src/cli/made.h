// Made: what a run ends with.
#pragma once

#include <optional>
#include <vector>

#include "carousel/forecaster.h"

namespace carousel::cli {

struct Made {
  Model model;                           ///< of a forecaster the first member
  std::optional<Forecaster> forecaster;  ///< where the run makes one
  std::vector<TrainingRecord> records;   ///< of the network, or of each member
  std::optional<double> seconds;         ///< of training, where it is known
};

}  // namespace carousel::cli
