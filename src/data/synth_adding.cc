// The adding problem: two numbers of a long sequence are marked; their sum is asked for at its end.
//
// Hochreiter & Schmidhuber 1997, Long short-term memory, experiment 4. A sequence has a random length from T
// to T + T/10. A step is a pair: a number of [-1, 1) and a marker. One of the first ten pairs is marked with
// 1, then one of the first T/2 - 1 pairs that are not yet marked. The markers of the first and of the last
// pair are -1, all others 0; where the first pair is drawn, its number counts as 0 (X = 0, and its marker
// stays -1). The target is 0.5 + (X1 + X2) / 4. Their criterion: a sequence is right when the absolute error
// is below 0.04.
#include <cmath>

#include "data/synth.h"

namespace carousel::data {
namespace {

constexpr int kFirst = 10;  // the first mark lies among so many

// The variance of the target: X is 0 where the first pair was drawn, and has variance 1/3 elsewhere. The
// second mark can be the first pair only where the first mark is not.
double trivial_mse(int length) {
  const double first = 1.0 / kFirst, second = (1.0 - first) / (length / 2 - 1);
  return ((1.0 - first) + (1.0 - second)) / 3.0 / 16.0;
}

void make(const SynthSize& size, Synthetic& out) {
  begin(out, size, size.length + size.length / 10, 2);
  out.outputs = 1;
  out.loss = "mse";
  for (int i = 0; i < size.sequences; ++i) {
    Draws draws("adding", size.seed, static_cast<std::uint32_t>(i));
    const int length = size.length + draws.below(size.length / 10 + 1);
    for (int t = 0; t < length; ++t) x_at(out, i, t)[0] = static_cast<float>(draws.between(-1, 1));
    const int first = draws.below(kFirst);
    int second = draws.below(size.length / 2 - 1);
    second += second >= first;
    float sum = 0.0f;
    for (const int marked : {first, second}) {
      float* const pair = x_at(out, i, marked);
      if (marked == 0) pair[0] = 0.0f;
      pair[1] = 1.0f;
      sum += pair[0];
    }
    x_at(out, i, 0)[1] = x_at(out, i, length - 1)[1] = -1.0f;
    out.lengths.push_back(length);
    out.values.push_back(0.5f + sum / 4.0f);
  }
  out.scores = {{"perfect", "rmse", 0.0},
                {"0.5 for every sequence", "rmse", std::sqrt(trivial_mse(size.length))}};
}

}  // namespace

Generator synth_adding() {
  return {{.name = "adding",
           .summary = "the sum of two marked numbers of a long sequence, asked for at its end",
           .source = "Hochreiter & Schmidhuber 1997, experiment 4",
           .length = "T: sequences of T to T + T/10 steps, the marks in the first half",
           .sequences = 5000,
           .default_length = 30,
           .shortest = 2 * kFirst,
           .flags = "--units 16 --rate 0.005 --clip-norm 1 --epochs 30"},
          make};
}

}  // namespace carousel::data
