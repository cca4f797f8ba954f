// Distribution: how the numbers of a tensor are spread over buckets that are the same for every tensor and
// epoch.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/fields_json.h"
#include "carousel/train.h"

namespace carousel::training {

/// Eight buckets an octave, from 2^-40 (9e-13) on, mirrored; bucket 0 holds what lies between. Bucket i holds
/// edge_of(i) <= x < edge_of(i + 1), for i below and above 0 alike.
int bucket_of(float x);
double edge_of(int bucket);

struct Distribution {
  struct Bucket {
    int index;
    std::int64_t count;
  };
  std::vector<Bucket> buckets;  ///< ascending, none empty
  double low = 0, high = 0, sum = 0, squares = 0;
  std::int64_t count = 0;
};

/// Of finite numbers.
Distribution distribution_of(std::span<const float> numbers);

Json to_json(const Distribution& distribution);
/// Throws Json::exception, and Error for what is no distribution.
Distribution distribution_from_json(const Json& json);

/// With edges in place of indices.
std::vector<Histogram::Bucket> with_edges(std::span<const Distribution::Bucket> buckets);

/// The distributions of all tensors at the ends of some epochs: of at most kMost, every 1st, 2nd, 4th, ...
/// one, so that which are kept is a function of the epoch alone.
class DistributionTrace {
 public:
  static constexpr int kMost = 64;

  struct Epoch {
    int epoch;
    std::vector<std::vector<Distribution::Bucket>> weights, gradients;  // [tensor]
  };

  /// From one epoch that is kept to the next, when `epoch` is the last of them.
  static int stride(int epoch);
  static bool keeps(int epoch) { return epoch % stride(epoch) == 0; }
  /// Later than those before; one that keeps() says no to changes nothing. Counts above 2^24 are rounded to
  /// floats.
  void add(Epoch epoch);
  const std::vector<Epoch>& epochs() const { return epochs_; }

  /// What a checkpoint keeps of one tensor: rows of epoch, bucket, count.
  static constexpr int kNumbers = 3;
  std::vector<float> numbers(std::size_t tensor, bool of_gradient) const;
  /// Puts one tensor of `tensors` back; false for what cannot be such rows.
  bool fill(std::size_t tensors, std::size_t tensor, bool of_gradient, std::span<const float> numbers);

 private:
  std::vector<Epoch> epochs_;
};

}  // namespace carousel::training
