// Parity: whether the ones of a bit string up to each step are odd in number.
//
// As Minsky & Papert 1969 took it for what no perceptron of small order sees; as a task for recurrent
// networks in Hochreiter & Schmidhuber 1997 and Schmidhuber, Gagliolo, Wierstra & Gomez 2005. One feature, 0
// or 1 with equal chance; the class at every step is the exclusive or of all bits so far, so that each single
// bit, the first too, decides the last class. `carousel train --loss-at last` asks for that one alone, which
// is much harder to learn.
#include "data/synth.h"

namespace carousel::data {
namespace {

void make(const SynthSize& size, Synthetic& out) {
  begin(out, size, size.length, 1);
  out.classes = 2;
  out.every_step = true;
  out.loss = "cross_entropy";
  for (int i = 0; i < size.sequences; ++i) {
    Draws draws("parity", size.seed, static_cast<std::uint32_t>(i));
    int parity = 0;
    for (int t = 0; t < size.length; ++t) {
      const int bit = draws.below(2);
      parity ^= bit;
      x_at(out, i, t)[0] = static_cast<float>(bit);
      out.labels.push_back(parity);
    }
  }
  out.scores = {{"perfect", "accuracy", 1.0}, {"either class, always", "accuracy", 0.5}};
}

}  // namespace

Generator synth_parity() {
  return {{.name = "parity",
           .summary = "whether the ones of a bit string up to each step are odd in number",
           .source = "Minsky & Papert 1969; Hochreiter & Schmidhuber 1997",
           .length = "T: bits",
           .sequences = 5000,
           .default_length = 20,
           .flags = "--units 16 --rate 0.01 --epochs 5"},
          make};
}

}  // namespace carousel::data
