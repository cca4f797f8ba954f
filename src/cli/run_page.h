// The page of a run: its verdict, scores, charts and settings as a report.
#pragma once

#include <string>

#include "carousel/forecast.h"
#include "cli/made.h"
#include "cli/score.h"
#include "cli/source.h"
#include "report/page.h"

namespace carousel::cli {

struct RunFacts {
  const Forecast* ahead = nullptr;          ///< null where there is none
  std::string scored;                       ///< "42 windows"
  const Dataset& part;                      ///< what was scored
  const std::vector<double>& values;        ///< its targets, as `predicted.values`; empty for classes
  const std::vector<std::int32_t>& labels;  ///< its classes, one a line of `predicted`
};

report::Page page_of(const Source& source, const Made& made, const Verdict& verdict,
                     const Predicted& predicted, const RunFacts& run);

}  // namespace carousel::cli
