// Permutation: a shuffled order of 0 ... n-1 that is computed, not stored.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"

namespace carousel::data {

/// Four Feistel rounds over Philox on the next power of four, walking until the number is below n (Black &
/// Rogaway 2002). Up to 4,096 numbers are shuffled and stored instead: a network of so few bits reaches too
/// few of the orders. An order of 8 bytes a row would take twice the memory of a table of one column.
class Permutation {
 public:
  Permutation(const Random& random, std::int64_t count);
  /// Another order of as many numbers; takes no memory.
  void reseed(const Random& random);
  std::int64_t operator()(std::int64_t index) const;

 private:
  Random random_;
  std::uint64_t count_;
  int half_ = 1;  // bits of a half
  std::vector<std::int64_t> stored_;
};

}  // namespace carousel::data
