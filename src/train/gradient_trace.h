// GradientTrace: the gradient norms of all steps of a run, in a bounded number of points.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/fields_json.h"
#include "carousel/train.h"

namespace carousel::training {

/// A point holds k = 1, 2, 4, ... steps: whenever kMost points are full, neighbours become one and k doubles.
/// So the points are a function of the norms alone, wherever a run was stopped.
class GradientTrace {
 public:
  static constexpr std::size_t kMost = 2048;

  GradientTrace() : GradientTrace(0) {}
  /// Of the steps after `from`.
  explicit GradientTrace(std::int64_t from) : from_(from) { full_.reserve(kMost); }

  void add(double norm, bool clipped);
  /// The full points, then the one that is being filled, if any.
  std::vector<GradientPoint> points() const;

  /// What a checkpoint keeps: the full points as numbers, [count, kNumbers], and the rest as JSON.
  static constexpr int kNumbers = 4;
  std::span<const float> numbers() const;
  Json to_json() const;
  /// As many full points as there were, to be filled with their numbers. Throws Json::exception, and Error
  /// for what no trace of the steps up to `last` can be.
  static GradientTrace from_json(const Json& json, std::int64_t last);
  /// False for what cannot be those numbers.
  bool fill(std::span<const float> numbers);

 private:
  using Full = std::array<float, kNumbers>;  // mean, lowest, highest, how many were clipped
  struct Open {
    std::int64_t steps = 0, clipped = 0;
    double sum = 0, lowest = std::numeric_limits<double>::max(), highest = 0;
  };

  /// Whether these numbers, with so many points, can be those of the steps up to `last`.
  bool can_be(std::int64_t last, std::int64_t points) const;

  std::int64_t from_, every_ = 1;  // k
  std::vector<Full> full_;
  Open open_;
};

}  // namespace carousel::training
