// Counts numbers into buckets by the bits of a float, and keeps the counts of some epochs.
#include "train/distribution.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "carousel/error.h"

namespace carousel::training {
namespace {

constexpr int kShift = 20;      // leaves sign, exponent and three bits of a float: 8 an octave
constexpr int kSmallest = -40;  // exponent of the first bucket
constexpr int kFirst = (127 + kSmallest) * 8;
constexpr std::int64_t kMostNumbers = 1'000'000'000'000'000;  // of one bucket; more, no memory holds
constexpr int kBuckets = 255 * 8 - kFirst;                    // on each side, up to the largest float

int index_of(std::uint32_t size_bits) {
  return std::max(static_cast<int>(size_bits >> kShift) - kFirst + 1, 0);
}

}  // namespace

int bucket_of(float x) {
  const auto size_bits = std::bit_cast<std::uint32_t>(x) & 0x7fffffffu;
  if (!std::signbit(x)) return index_of(size_bits);
  return size_bits == 0 ? 0 : -index_of(size_bits - 1);  // an edge belongs to the bucket above it
}

double edge_of(int bucket) {
  const int from = bucket > 0 ? bucket : 1 - bucket;
  const double size = std::ldexp(1 + (from - 1) % 8 / 8.0, kSmallest + (from - 1) / 8);
  return bucket > 0 ? size : -size;
}

Distribution distribution_of(std::span<const float> numbers) {
  Distribution all;
  if (numbers.empty()) return all;
  std::vector<std::int64_t> counts(2 * kBuckets + 1);
  all.low = all.high = static_cast<double>(numbers[0]);
  all.count = static_cast<std::int64_t>(numbers.size());
  for (const float x : numbers) {
    const double v = x;
    ++counts[static_cast<std::size_t>(bucket_of(x) + kBuckets)];
    all.low = std::min(all.low, v), all.high = std::max(all.high, v);
    all.sum += v, all.squares += v * v;
  }
  for (int i = 0; i < 2 * kBuckets + 1; ++i)
    if (const std::int64_t count = counts[static_cast<std::size_t>(i)])
      all.buckets.push_back({i - kBuckets, count});
  return all;
}

Json to_json(const Distribution& distribution) {
  Json buckets = Json::array();
  for (const auto& [index, count] : distribution.buckets) buckets.push_back(index), buckets.push_back(count);
  return object_of({{"low", distribution.low},
                    {"high", distribution.high},
                    {"sum", distribution.sum},
                    {"squares", distribution.squares},
                    {"buckets", std::move(buckets)}});
}

Distribution distribution_from_json(const Json& json) {
  Distribution all{.low = json.at("low").get<double>(),
                   .high = json.at("high").get<double>(),
                   .sum = json.at("sum").get<double>(),
                   .squares = json.at("squares").get<double>()};
  const Json& buckets = json.at("buckets");
  bool good = buckets.size() % 2 == 0;
  for (std::size_t i = 0; good && i < buckets.size(); i += 2) {
    const auto index = buckets.at(i).get<std::int64_t>(), count = buckets.at(i + 1).get<std::int64_t>();
    good = index >= -kBuckets && index <= kBuckets && count >= 1 && count <= kMostNumbers &&
           (all.buckets.empty() || index > all.buckets.back().index);
    all.buckets.push_back({static_cast<int>(index), count});
    all.count += count;
  }
  if (!good)
    throw Error(Code::model_bad_format,
                {.where = "last_gradients", .what = "these are no counts of buckets"});
  return all;
}

std::vector<Histogram::Bucket> with_edges(std::span<const Distribution::Bucket> buckets) {
  std::vector<Histogram::Bucket> all;
  all.reserve(buckets.size());
  for (const auto& [index, count] : buckets) all.push_back({edge_of(index), edge_of(index + 1), count});
  return all;
}

int DistributionTrace::stride(int epoch) {
  return static_cast<int>(std::bit_ceil(static_cast<unsigned>((epoch + kMost - 1) / kMost)));
}

void DistributionTrace::add(Epoch epoch) {
  if (!keeps(epoch.epoch)) return;
  const int every = stride(epoch.epoch);
  std::erase_if(epochs_, [&](const Epoch& e) { return e.epoch % every != 0; });
  for (auto* tensors : {&epoch.weights, &epoch.gradients})  // to what a checkpoint's floats can say
    for (auto& buckets : *tensors)
      for (auto& [index, count] : buckets) count = static_cast<std::int64_t>(static_cast<float>(count));
  epochs_.push_back(std::move(epoch));
}

std::vector<float> DistributionTrace::numbers(std::size_t tensor, bool of_gradient) const {
  std::vector<float> rows;
  for (const Epoch& epoch : epochs_)
    for (const auto& [index, count] : (of_gradient ? epoch.gradients : epoch.weights)[tensor])
      rows.insert(rows.end(),
                  {static_cast<float>(epoch.epoch), static_cast<float>(index), static_cast<float>(count)});
  return rows;
}

bool DistributionTrace::fill(std::size_t tensors, std::size_t tensor, bool of_gradient,
                             std::span<const float> numbers) {
  const auto whole = [](float value, float low, float high) {
    return value >= low && value <= high && value == std::floor(value);
  };
  for (std::size_t i = 0; i + kNumbers <= numbers.size(); i += kNumbers) {
    const float epoch = numbers[i], index = numbers[i + 1], count = numbers[i + 2];
    if (!whole(epoch, 1, 1e6f) || !whole(index, -kBuckets, kBuckets) ||
        !whole(count, 1, static_cast<float>(kMostNumbers)))
      return false;
    const int e = static_cast<int>(epoch);
    auto place = std::lower_bound(epochs_.begin(), epochs_.end(), e,
                                  [](const Epoch& one, int other) { return one.epoch < other; });
    if (place == epochs_.end() || place->epoch != e) {
      if (epochs_.size() >= 2 * kMost) return false;
      place = epochs_.insert(place, {e, {}, {}});
      place->weights.resize(tensors), place->gradients.resize(tensors);
    }
    (of_gradient ? place->gradients : place->weights)[tensor].push_back(
        {static_cast<int>(index), static_cast<std::int64_t>(count)});
  }
  return true;
}

}  // namespace carousel::training
