// The estimate of a training step.
#include "train/threads.h"

namespace carousel::training {

int default_threads(const model::Network<float>& network, int rows, int steps, int lanes, int cores) {
  constexpr double kTiny = 300e3;  // nanoseconds
  double flop = 0;
  for (std::size_t i = 0; i < network.layer_count(); ++i)
    flop += network.layer(i).flop_per_step() * (network.flow_into(i).sequence ? steps : 1);
  return 3 * flop * rows / (4 * lanes) <= kTiny ? 1 : cores;
}

}  // namespace carousel::training
