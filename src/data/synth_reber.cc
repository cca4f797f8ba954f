// The embedded Reber grammar: the last but one symbol of a string is its second one, all between is noise.
//
// Smith & Zipser 1989; here as in Hochreiter & Schmidhuber 1997, experiment 1. A string is B, one of T and P,
// a string of the Reber grammar, the same of T and P again, E. Where the grammar branches, both ways are
// equally likely. Seven symbols B T P S X V E, one-hot; the target at every step is the next symbol, so that
// a string of n symbols has n - 1 steps. The mask counts the four steps whose next symbol the string so far
// decides: B after the second symbol, the inner E, the T or P after it, the last E. Who forgets the second
// symbol guesses one of the four. Without the mask no predictor of the next symbol is right at every step: at
// a branch there are two.
#include <array>
#include <string_view>

#include "data/synth.h"

namespace carousel::data {
namespace {

constexpr std::string_view kSymbols = "BTPSXVE";

struct Arc {
  char symbol;
  int to;
};
// The graph of the Reber grammar behind its B; node 5 is the one before its E.
constexpr std::array<std::array<Arc, 2>, 5> kGraph = {{
    {{{'T', 1}, {'P', 2}}},
    {{{'S', 1}, {'X', 3}}},
    {{{'T', 2}, {'V', 4}}},
    {{{'X', 2}, {'S', 5}}},
    {{{'P', 3}, {'V', 5}}},
}};
constexpr int kEnd = 5;

std::string draw(Draws& draws, int most) {
  for (;;) {
    const char second = draws.below(2) == 0 ? 'T' : 'P';
    std::string text = {'B', second, 'B'};
    for (int node = 0; node != kEnd && std::ssize(text) <= most;) {
      const Arc& arc = kGraph[static_cast<std::size_t>(node)][static_cast<std::size_t>(draws.below(2))];
      text += arc.symbol;
      node = arc.to;
    }
    text += {'E', second, 'E'};
    if (std::ssize(text) - 1 <= most) return text;
  }
}

void make(const SynthSize& size, Synthetic& out) {
  begin(out, size, size.length, static_cast<int>(kSymbols.size()));
  out.classes = static_cast<int>(kSymbols.size());
  out.every_step = true;
  out.loss = "cross_entropy";
  out.labels.assign(place(out, size.sequences, 0), 0);
  out.mask.assign(out.labels.size(), 0.0f);
  for (int i = 0; i < size.sequences; ++i) {
    Draws draws("reber", size.seed, static_cast<std::uint32_t>(i));
    const std::string text = draw(draws, size.length);
    const int steps = static_cast<int>(text.size()) - 1;
    for (int t = 0; t < steps; ++t) {
      x_at(out, i, t)[kSymbols.find(text[static_cast<std::size_t>(t)])] = 1.0f;
      out.labels[place(out, i, t)] =
          static_cast<std::int32_t>(kSymbols.find(text[static_cast<std::size_t>(t + 1)]));
      out.mask[place(out, i, t)] = t == 1 || t >= steps - 3;
    }
    out.lengths.push_back(steps);
  }
  out.scores = {{"perfect", "accuracy", 1.0},
                {"knows the grammar, forgets the second symbol", "accuracy", 0.875}};
}

}  // namespace

Generator synth_reber() {
  return {{.name = "reber",
           .summary = "the embedded Reber grammar: the second symbol decides the last but one",
           .source = "Smith & Zipser 1989; Hochreiter & Schmidhuber 1997, experiment 1",
           .length = "most steps of a string, of 8; longer ones are drawn again",
           .sequences = 2000,
           .default_length = 40,
           .shortest = 8,
           .longest = 1000,
           .flags = "--units 16 --rate 0.01 --epochs 10"},
          make};
}

}  // namespace carousel::data
