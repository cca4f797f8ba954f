// The preparation of numbers: v' = ((v - shift) / spread - offset) / factor with v the number or its
// logarithm; shift and spread are of each window, offset and factor were fitted.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "carousel/data.h"

namespace carousel::data {

/// What Subtract, relative or sequence take from one window of one column: (v - shift) / spread.
struct Reference {
  double shift = 0.0;
  double spread = 1.0;
};

/// v' = (v - zero) * rate: a reference and a fitted scale in one.
struct Affine {
  double zero, rate;

  Affine(const Reference& reference, const ColumnScale& scale)
      : zero(reference.shift + reference.spread * scale.offset),
        rate(1.0 / (reference.spread * scale.factor)) {}
  float operator()(double v) const { return static_cast<float>((v - zero) * rate); }
};

inline double level(const ColumnScale& scale, float value) {
  const double v = value;
  return scale.log ? std::log(v) : v;
}

/// The reference of a window of `count` values (after the logarithm), read by `at(i)`.
template <class At>
Reference reference_of(Subtract subtract, Scale scale, int count, const At& at) {
  if (scale == Scale::relative) return {at(0), at(0)};
  if (scale == Scale::sequence) {
    double mean = 0.0;
    for (int i = 0; i < count; ++i) mean += at(i);
    mean /= std::max(1, count);
    double squares = 0.0;
    for (int i = 0; i < count; ++i) squares += (at(i) - mean) * (at(i) - mean);
    const double sd = std::sqrt(squares / std::max(1, count));
    return {mean, sd > 0.0 ? sd : 1.0};
  }
  if (subtract == Subtract::last) return {at(count - 1), 1.0};
  if (subtract == Subtract::first) return {at(0), 1.0};
  return {};
}

/// Gathers numbers and gives the offset and factor of Scale::standard or minmax; a constant column keeps
/// factor 1.
class Fit {
 public:
  void add(double v) {
    ++count_;
    const double step = v - mean_;
    mean_ += step / static_cast<double>(count_);
    squares_ += step * (v - mean_);
    low_ = std::min(low_, v);
    high_ = std::max(high_, v);
  }
  /// `about_zero`: the numbers are differences, and 0 (no change) stays 0.
  void finish(Scale scale, bool about_zero, ColumnScale& out) const;

 private:
  std::int64_t count_ = 0;
  double mean_ = 0.0, squares_ = 0.0, low_ = INFINITY, high_ = -INFINITY;
};

/// What `restore` undoes, on values of the data's own unit: `values` and `out` are [rows, steps, targets].
void prepare_values(const Preparation& preparation, std::span<const double> references,
                    std::span<const double> values, std::span<float> out);

}  // namespace carousel::data
