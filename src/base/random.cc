// Philox4x32-10 from Random123 behind Random.
#include "base/random.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace carousel {

Random::Random(std::uint64_t seed, Use use, std::uint32_t a, std::uint32_t b)
    : place_{{static_cast<std::uint32_t>(seed) ^ (static_cast<std::uint32_t>(use) << 27),
              static_cast<std::uint32_t>(seed >> 32)},
             {a, b}} {}

void Random::block(std::uint64_t block, std::uint32_t out[4]) const {
  const r123::Philox4x32 generator;
  const r123::Philox4x32::ctr_type counter = {{static_cast<std::uint32_t>(block),
                                               static_cast<std::uint32_t>(block >> 32), place_.high[0],
                                               place_.high[1]}};
  const r123::Philox4x32::key_type key = {{place_.key[0], place_.key[1]}};
  const auto words = generator(counter, key);
  for (int i = 0; i < 4; ++i) out[i] = words[i];
}

std::uint32_t Random::bits(std::uint64_t index) const {
  std::uint32_t words[4];
  block(index / 4, words);
  return words[index % 4];
}

float Random::uniform(std::uint64_t index) const {
  return static_cast<float>(bits(index) >> 8) * 0x1p-24f;
}

double Random::uniform_double(std::uint64_t index) const {
  std::uint32_t words[4];
  block(index, words);
  const std::uint64_t wide = (std::uint64_t{words[0]} << 32) | words[1];
  return static_cast<double>(wide >> 11) * 0x1p-53;
}

double Random::normal(std::uint64_t index) const {
  std::uint32_t words[4];
  block(index, words);
  const double u = (static_cast<double>(words[0]) + 0.5) * 0x1p-32;
  const double v = (static_cast<double>(words[1]) + 0.5) * 0x1p-32;
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

void Random::permutation(std::span<std::int64_t> order) const {
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size(); i-- > 1;) {
    const auto j = static_cast<std::size_t>(uniform_double(i) * static_cast<double>(i + 1));
    std::swap(order[i], order[j]);
  }
}

}  // namespace carousel
