// Counter-based random numbers: draw `index` of a named stream of a seed, the same for any order, thread or
// resume.
#pragma once

#include <cstdint>
#include <span>

namespace carousel {

/// A stream of draws. `stream` separates uses (initialisation of tensor n, dropout of layer n at step s,
/// shuffling of epoch e); draw i of it is a pure function of (seed, stream, i): Philox4x32-10 of Salmon et
/// al. 2011.
class Random {
 public:
  /// What a stream is for; the 32-bit `a` and `b` tell its instances apart (layer, epoch, step, ...).
  enum class Use : std::uint32_t { initialise = 1, dropout = 2, shuffle = 3, split = 4, synth = 5, test = 6 };

  Random(std::uint64_t seed, Use use, std::uint32_t a = 0, std::uint32_t b = 0);

  /// 32 random bits at position `index`.
  std::uint32_t bits(std::uint64_t index) const;
  /// Four consecutive words: bits(4 * block) ... bits(4 * block + 3), at a quarter of the cost.
  void block(std::uint64_t block, std::uint32_t out[4]) const;
  /// In [0, 1), 24 bits.
  float uniform(std::uint64_t index) const;
  /// In [0, 1), 53 bits.
  double uniform_double(std::uint64_t index) const;
  /// Standard normal (Box-Muller in double).
  double normal(std::uint64_t index) const;
  /// Fills `order` with a permutation of 0 ... n-1 (Fisher-Yates).
  void permutation(std::span<std::int64_t> order) const;

  /// What the generator is given beside the number of a block, which is the low half of its counter.
  struct Place {
    std::uint32_t key[2], high[2];
  };
  const Place& place() const { return place_; }

 private:
  Place place_;
};

}  // namespace carousel
