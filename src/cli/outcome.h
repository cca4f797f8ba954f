// Outcome: what stands at the end of a run: scores, predictions, forecast, report, and the next command.
#pragma once

#include <string>

#include "carousel/train.h"
#include "cli/source.h"

namespace carousel::cli {

/// Scores `trainer`'s model on the test part (else the validation part), writes predictions.csv, forecast.csv
/// and report.html into `folder`, and says the verdict and what to type next. `seconds`: of the training.
void conclude(const Source& source, const Trainer& trainer, const std::string& folder, double seconds,
              Terminal& terminal);

/// Runs the trainer with progress and signals; concludes when it came to its end. Returns the exit status.
int run_to_end(Trainer& trainer, const Source& source, const std::string& folder, Terminal& terminal);

}  // namespace carousel::cli
