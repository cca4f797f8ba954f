// Outcome: what stands at the end of a run: scores, predictions, forecast, report, and the next command.
#pragma once

#include <string>

#include "carousel/forecaster.h"
#include "cli/made.h"
#include "cli/source.h"

namespace carousel::cli {

/// Runs the trainer with progress and signals. When it came to its end: scores what it made on the test part
/// (else the validation part), writes predictions.csv, forecast.csv and report.html into `folder`, and says
/// the verdict and what to type next. Returns the exit status; `require_skill` asks for one of a check that
/// failed where no baseline is beaten.
int run_to_end(Trainer& trainer, const Source& source, const std::string& folder, Terminal& terminal,
               bool require_skill);
/// The same of a forecaster.
int run_to_end(ForecasterTrainer& trainer, const Source& source, const std::string& folder,
               Terminal& terminal, bool require_skill);

}  // namespace carousel::cli
