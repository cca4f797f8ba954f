// The page of a run: its verdict, scores, charts and settings as a report.
#pragma once

#include <string>

#include "carousel/forecast.h"
#include "carousel/train.h"
#include "cli/score.h"
#include "cli/source.h"
#include "report/page.h"

namespace carousel::cli {

struct RunFacts {
  const Forecast* ahead = nullptr;  ///< null where there is none
  std::string scored;               ///< "42 windows"
  double seconds = 0;               ///< of training, since the run began or was resumed
};

report::Page page_of(const Source& source, const Trainer& trainer, const Model& model, const Verdict& verdict,
                     const Predicted& predicted, const RunFacts& run);

}  // namespace carousel::cli
