// Traces: what a training run remembers of its steps and epochs, as parts of the run's page and as a CSV.
#pragma once

#include <string>

#include "carousel/train.h"
#include "report/page.h"

namespace carousel::cli {

/// The gradient norm over the steps, and which were clipped.
report::Section gradient_section(const TrainingRecord& record);

/// How weights and gradients were spread, epoch by epoch; without heat maps where nobody asked for them.
report::Section histogram_section(const TrainingRecord& record);

/// step,steps,mean,lowest,highest,clipped: a row for each point of Trainer::gradient_norms.
std::string gradients_csv(const TrainingRecord& record);

}  // namespace carousel::cli
