// Class sections: what was taken for what, and the worst mistakes with their pictures, as parts of the run's
// page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "carousel/data.h"
#include "cli/score.h"
#include "report/page.h"

namespace carousel::cli {

/// The confusion matrix: a table, or a heat map and the commonest mistakes where classes are many. `truth`
/// has one class a line of `predicted`, negative = unknown.
report::Section confusion_section(const Predicted& predicted, const std::vector<std::int32_t>& truth,
                                  const std::vector<std::string>& classes);

/// The lines whose true class got the least probability, each with what the network saw. `part` is what was
/// predicted. Without cards where every class is unknown.
report::Section worst_section(const Prepared& data, const Dataset& part, const Predicted& predicted,
                              const std::vector<std::int32_t>& truth,
                              const std::vector<std::string>& classes);

}  // namespace carousel::cli
