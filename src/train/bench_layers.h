// bench_layers: times several recurrent layers, both directions, ragged rows, as `carousel bench` prints
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/bench.h"

namespace carousel::training {

/// What stands around one recurrent layer of one direction over full rows.
struct LayersForm {
  int layers = 1;
  bool both_ways = false;                    ///< each layer in both directions, their outputs side by side
  std::vector<std::int32_t> lengths;         ///< of the rows; empty = all full
  float dropout = 0, recurrent_dropout = 0;  ///< inside the cells, in training
};

/// Lengths of `rows` rows, spread evenly so that about `share` of all rows * steps frames are within them, in
/// no order: from (2 share - 1) * steps to steps, below a half from 1 to 2 share * steps. share in (0, 1].
std::vector<std::int32_t> ragged_lengths(int steps, int rows, double share);

/// As kernels::bench_recurrent, of whole layers that put out every step.
kernels::BenchResult bench_layers(cells::Kind cell, kernels::BenchWork work, const kernels::BenchShape& shape,
                                  const LayersForm& form, double seconds, Team& team);

}  // namespace carousel::training
