// Outcome: what stands at the end of a run: scores, predictions, forecast, report, and the next command.
#pragma once

#include <string>

#include "carousel/forecaster.h"
#include "cli/made.h"
#include "cli/source.h"

namespace carousel::cli {

/// What a run was asked for beside the model.
struct Wishes {
  bool plots = false;          ///< each chart of the page as a file too
  bool require_skill = false;  ///< the exit status of a check that failed where a baseline is not beaten
  bool resumed = false;        ///< how long the training took is not known then
};

/// By the flags. Throws usage_conflict for --require-skill where nothing is kept apart to show it on.
Wishes wishes_of(const Arguments& args, const Prepared& data);

/// The part that scores a run, by what is there, and its name.
struct Part {
  const Dataset* data;
  std::string name;
};
Part scored_part(const Prepared& data);

/// Runs the trainer with progress and signals. When it came to its end: scores what it made on the test part
/// (else the validation part), writes predictions.csv, forecast.csv, scores.json and report.html into
/// `folder`, and says the verdict and what to type next. Returns the exit status.
int run_to_end(Trainer& trainer, const Source& source, const std::string& folder, const Wishes& wishes,
               Terminal& terminal);
/// The same of a forecaster.
int run_to_end(ForecasterTrainer& trainer, const Source& source, const std::string& folder,
               const Wishes& wishes, Terminal& terminal);

}  // namespace carousel::cli
