// Gate pictures: the gates and states of a sequence as heat maps, units x time, and a page of them.
#pragma once

#include <string>
#include <vector>

#include "carousel/activations.h"
#include "carousel/data.h"
#include "report/heat_map.h"
#include "report/page.h"

namespace carousel::cli {

/// "layer 1, gru, backward".
std::string name_of(const LayerActivations& layer);

/// All numbers of a trace in five.
struct TraceSummary {
  double mean;
  float lowest, highest;
  /// Shares at the ends of the range: of gates below 0.1 and above 0.9, of candidates and h below -0.9 and
  /// above 0.9; NaN for c, and where an activation puts out more than 1: these have no ends.
  double low_share, high_share;
};
TraceSummary summary_of(const Trace& trace);

/// Units as rows, longest memory on top, steps as columns. Gates in [0, 1]; candidates and h from -1 to 1,
/// and c as far as it goes, with 0 in the colour of the paper. Numbers beyond these limits widen them.
report::HeatMap heat_map_of(const LayerActivations& layer, const Trace& trace);

/// Columns gate, mean, lowest, highest, and the shares at the two ends in per cent.
report::Table gate_table(const LayerActivations& layer);

/// A unit with its memory, "unit 3 (41 steps)".
std::string memory_text(const LayerActivations& layer, int unit);

/// What went in, and of every layer its table and its heat maps. `x` is [steps, features] as the network saw
/// it.
report::Page gate_page(const std::vector<LayerActivations>& layers, const std::string& title,
                       const std::vector<float>& x, const std::vector<std::string>& features);

}  // namespace carousel::cli
