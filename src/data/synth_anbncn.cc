// a^n b^n c^n, a language that no finite automaton and no stack knows: which symbols may come next.
//
// Gers & Schmidhuber 2001, LSTM recurrent networks learn simple context-free and context-sensitive languages.
// A string of 3n + 1 steps: the start S, then n times a, b and c, one-hot in that order; n from 1 to N, each
// equally often, in a drawn order. The target at every step: 1 for each of a, b, c and the end T that may
// come next, 0 for the others. After S that is a; after an a it is a or b, since n is not known yet; after a
// b the next b, or c after the n-th; after a c the next c, or T after the n-th. Their criterion: a string is
// accepted when every output of every step is on the right side of the threshold; and how far beyond N that
// holds.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/synth.h"

namespace carousel::data {
namespace {

constexpr int kSymbols = 4;  // read: S a b c; asked for: a b c T

// Sequence i of the rounds in which each n of 1 ... N comes once.
class Counts {
 public:
  Counts(std::uint64_t seed, int most) : seed_(seed), round_of_(static_cast<std::size_t>(most)) {}
  int of(int i) {
    const int most = static_cast<int>(round_of_.size());
    if (i % most == 0) {
      std::iota(round_of_.begin(), round_of_.end(), 1);
      Draws draws("anbncn", seed_, static_cast<std::uint32_t>(i / most));
      for (int last = most - 1; last > 0; --last)
        std::swap(round_of_[static_cast<std::size_t>(last)],
                  round_of_[static_cast<std::size_t>(draws.below(last + 1))]);
    }
    return round_of_[static_cast<std::size_t>(i % most)];
  }

 private:
  std::uint64_t seed_;
  std::vector<int> round_of_;
};

// Who sees the last symbol alone does best to say after a b, for "c comes", the share p of those that are the
// last, and after a c likewise; two of four outputs are unsure there. Rows count alike, and of a row each
// step.
double loss_without_counting(int most) {
  double last = 0.0, all = 0.0;
  for (int n = 1; n <= most; ++n) {
    last += 1.0 / (3 * n + 1);
    all += n / (3.0 * n + 1.0);
  }
  const double p = last / all, q = 1.0 - p;
  return all / most * -(p * std::log(p) + (q > 0.0 ? q * std::log(q) : 0.0));
}

void make(const SynthSize& size, Synthetic& out) {
  begin(out, size, 3 * size.length + 1, kSymbols);
  out.outputs = kSymbols;
  out.every_step = true;
  out.loss = "binary_cross_entropy";
  out.values.assign(out.x.size(), 0.0f);
  Counts counts(size.seed, size.length);
  for (int i = 0; i < size.sequences; ++i) {
    const int n = counts.of(i);
    for (int t = 0; t <= 3 * n; ++t) {
      const int symbol = (t + n - 1) / n;  // 0 for S, then 1, 2, 3, n times each
      const bool last = t % n == 0;        // of its run, S too
      float* const next = out.values.data() + kSymbols * place(out, i, t);
      x_at(out, i, t)[symbol] = 1.0f;
      if (t == 0)
        next[0] = 1.0f;
      else if (symbol == 1)
        next[0] = next[1] = 1.0f;
      else
        next[last ? symbol : symbol - 1] = 1.0f;
    }
    out.lengths.push_back(3 * n + 1);
  }
  out.scores = {{"perfect", "loss", 0.0},
                {"sees the last symbol alone", "loss", loss_without_counting(size.length)}};
}

}  // namespace

Generator synth_anbncn() {
  return {{.name = "anbncn",
           .summary = "a^n b^n c^n: which symbols may come next, by counting",
           .source = "Gers & Schmidhuber 2001",
           .length = "N: n from 1 to N, each equally often; 3n + 1 steps",
           .sequences = 1000,
           .default_length = 10,
           .longest = 100'000,
           .flags = "--units 16 --rate 0.01 --epochs 20"},
          make};
}

}  // namespace carousel::data
