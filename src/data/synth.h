// Generators: what a file of a synthetic task gives, and what it draws and writes with.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "carousel/synth.h"

namespace carousel::data {

/// One random number after another, of one sequence.
class Draws {
 public:
  Draws(std::string_view task, std::uint64_t seed, std::uint32_t sequence);
  /// In [0, 1).
  double uniform() { return random_.uniform_double(next_++); }
  /// In [low, high).
  double between(double low, double high) { return low + (high - low) * uniform(); }
  /// A whole number in [0, count).
  int below(int count) { return static_cast<int>(uniform() * count); }
  /// Standard normal.
  double normal() { return random_.normal(next_++); }

 private:
  Random random_;
  std::uint64_t next_ = 0;
};

/// What was asked for, with the defaults filled in and in range.
struct SynthSize {
  int sequences, length;
  std::uint64_t seed;
};

/// A task and what makes it. `make` calls `begin` first, and fills everything else but `task`.
struct Generator {
  SynthTask task;
  void (*make)(const SynthSize&, Synthetic&);
};

/// Sets rows, steps and features, and x to zeros. Throws usage_bad_value for more than 2³⁰ numbers.
void begin(Synthetic& out, const SynthSize& size, int steps, int features);

/// x of sequence i at step t, [F].
inline float* x_at(Synthetic& s, int i, int t) {
  return s.x.data() +
         (static_cast<std::size_t>(i) * static_cast<std::size_t>(s.steps) + static_cast<std::size_t>(t)) *
             static_cast<std::size_t>(s.features);
}
/// Where step t of sequence i stands in labels and mask, [N, T].
inline std::size_t place(const Synthetic& s, int i, int t) {
  return static_cast<std::size_t>(i) * static_cast<std::size_t>(s.steps) + static_cast<std::size_t>(t);
}

}  // namespace carousel::data
