// Generating timed spikes: say "now" at intervals that only the network's own memory measures.
//
// Gers, Schraudolph & Schmidhuber 2002, Learning precise timing with LSTM recurrent networks (JMLR 3), the
// task GTS. Spike n is due T(n) = T(n-1) + F + I(n) steps after the start, T(0) = 0, with I(n) = 0 or 1, each
// equally often by chance. The input at a step is the I(n) of the spike that comes next; nothing else is fed
// in, neither a start nor the spikes that were due. The target is 1 at the steps of spikes, 0 elsewhere. A
// sequence ends with its last spike; it has 1 to 5 of them, each number equally often by chance, so that what
// is learnt first (one interval) is seen alone. Their criterion: at every step of a stream the output is less
// than 0.49 away from the target; a network that does so for a fresh stream of 1,000 spikes has solved it.
#include <cmath>

#include "data/synth.h"

namespace carousel::data {
namespace {

constexpr int kMostSpikes = 5;

// The loss of who says at every step the same: the entropy of the mean share of steps that are spikes, where
// rows count alike. Of n intervals k are a step longer, with k of the binomial distribution.
double trivial_loss(int interval) {
  double share = 0.0;
  for (int n = 1; n <= kMostSpikes; ++n) {
    double ways = std::pow(0.5, n);
    for (int k = 0; k <= n; ways *= static_cast<double>(n - k) / (k + 1), ++k)
      share += ways * n / (n * interval + k) / kMostSpikes;
  }
  return -share * std::log(share) - (1 - share) * std::log(1 - share);
}

void make(const SynthSize& size, Synthetic& out) {
  begin(out, size, kMostSpikes * (size.length + 1), 1);
  out.outputs = 1;
  out.every_step = true;
  out.loss = "binary_cross_entropy";
  out.values.assign(out.x.size(), 0.0f);
  for (int i = 0; i < size.sequences; ++i) {
    Draws draws("timing", size.seed, static_cast<std::uint32_t>(i));
    const int spikes = 1 + draws.below(kMostSpikes);
    int t = 0;
    for (int n = 0; n < spikes; ++n) {
      const int delay = draws.below(2);
      for (const int due = t + size.length + delay; t < due; ++t)
        x_at(out, i, t)[0] = static_cast<float>(delay);
      out.values[place(out, i, t - 1)] = 1.0f;
    }
    out.lengths.push_back(t);
  }
  out.scores = {{"perfect", "loss", 0.0}, {"the same at every step", "loss", trivial_loss(size.length)}};
}

}  // namespace

Generator synth_timing() {
  return {{.name = "timing",
           .summary = "spikes at intervals that nothing but the network's own memory measures",
           .source = "Gers, Schraudolph & Schmidhuber 2002, generating timed spikes",
           .length = "F: a spike every F or F + 1 steps, as the input says",
           .sequences = 500,
           .default_length = 10,
           .shortest = 2,
           .longest = 1000,
           .flags = "--cell peephole-lstm --units 8 --rate 0.01 --clip-norm 0.1 --epochs 300"},
          make};
}

}  // namespace carousel::data
