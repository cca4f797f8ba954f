// The Feistel network, and the batches of an epoch cut from it.
#include "data/permutation.h"

#include <algorithm>
#include <bit>

#include "carousel/data.h"

namespace carousel {
namespace data {
namespace {

constexpr std::int64_t kStored = 4096;
constexpr int kRounds = 4;

}  // namespace

Permutation::Permutation(const Random& random, std::int64_t count)
    : random_(random), count_(static_cast<std::uint64_t>(count)) {
  if (count <= kStored)
    stored_.resize(count_);
  else
    half_ = (std::bit_width(count_ - 1) + 1) / 2;
  reseed(random);
}

void Permutation::reseed(const Random& random) {
  random_ = random;
  random_.permutation(stored_);
}

std::int64_t Permutation::operator()(std::int64_t index) const {
  if (!stored_.empty()) return stored_[static_cast<std::size_t>(index)];
  const std::uint64_t mask = (std::uint64_t{1} << half_) - 1;
  auto number = static_cast<std::uint64_t>(index);
  do {
    std::uint64_t left = number >> half_, right = number & mask;
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      const std::uint64_t mixed = left ^ (random_.bits((round << 40) | right) & mask);
      left = right;
      right = mixed;
    }
    number = left << half_ | right;
  } while (number >= count_);
  return static_cast<std::int64_t>(number);
}

}  // namespace data

BatchOrder::BatchOrder(std::uint64_t seed, std::uint32_t epoch, std::int64_t count, int batch)
    : order_(std::make_unique<data::Permutation>(Random(seed, Random::Use::shuffle, epoch), count)),
      seed_(seed),
      count_(count),
      batch_(batch) {}

BatchOrder::BatchOrder(BatchOrder&&) noexcept = default;
BatchOrder& BatchOrder::operator=(BatchOrder&&) noexcept = default;
BatchOrder::~BatchOrder() = default;

void BatchOrder::set_epoch(std::uint32_t epoch) {
  order_->reseed(Random(seed_, Random::Use::shuffle, epoch));
}

void BatchOrder::indices(std::int64_t number, std::vector<std::int64_t>& out) const {
  const std::int64_t first = number * batch_;
  const std::int64_t last = std::min(count_, first + batch_);
  out.clear();
  for (std::int64_t i = first; i < last; ++i) out.push_back((*order_)(i));
}

}  // namespace carousel
