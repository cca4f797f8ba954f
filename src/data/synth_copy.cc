// Copy memory: ten symbols are shown, then nothing for T steps; then they are to be repeated in order.
//
// The form of Arjovsky, Shah & Bengio 2016, Unitary evolution recurrent neural networks, section 4.1, after
// Hochreiter & Schmidhuber 1997. Ten categories a0 ... a9, one-hot. The input of T + 20 steps: ten symbols
// drawn from a0 ... a7, T - 1 blanks a8, the delimiter a9, ten blanks. The target at every step: T + 10
// blanks, then the ten symbols. Who remembers nothing says the blank T + 10 times and one of eight symbols
// ten times: a cross-entropy of 10 ln 8 / (T + 20).
#include <cmath>

#include "data/synth.h"

namespace carousel::data {
namespace {

constexpr int kShown = 10, kSymbols = 8, kBlank = 8, kDelimiter = 9;

void make(const SynthSize& size, Synthetic& out) {
  const int steps = size.length + 2 * kShown;
  begin(out, size, steps, kSymbols + 2);
  out.classes = kSymbols + 1;  // the delimiter is never asked for
  out.every_step = true;
  out.loss = "cross_entropy";
  out.labels.assign(static_cast<std::size_t>(out.rows) * static_cast<std::size_t>(steps), kBlank);
  for (int i = 0; i < size.sequences; ++i) {
    Draws draws("copy", size.seed, static_cast<std::uint32_t>(i));
    for (int t = 0; t < steps; ++t) {
      const int symbol = t < kShown                      ? draws.below(kSymbols)
                         : t == kShown + size.length - 1 ? kDelimiter
                                                         : kBlank;
      x_at(out, i, t)[symbol] = 1.0f;
      if (t < kShown) out.labels[place(out, i, t + size.length + kShown)] = symbol;
    }
  }
  const double asked = static_cast<double>(kShown) / steps;  // share of the steps that ask for a symbol
  out.scores = {{"perfect", "accuracy", 1.0},
                {"no memory: the blank, then any symbol", "accuracy", 1.0 - asked + asked / kSymbols},
                {"perfect", "loss", 0.0},
                {"no memory: the blank, then any symbol", "loss", asked * std::log(kSymbols)}};
}

}  // namespace

Generator synth_copy() {
  return {{.name = "copy",
           .summary = "ten symbols, repeated in order after T steps of nothing",
           .source = "Arjovsky, Shah & Bengio 2016, section 4.1",
           .length = "T: steps from the last symbol to the delimiter; sequences of T + 20 steps",
           .sequences = 5000,
           .default_length = 5,
           .longest = 100'000,
           .flags = "--units 128 --rate 0.005 --batch 16 --clip-norm 1 --epochs 20"},
          make};
}

}  // namespace carousel::data
