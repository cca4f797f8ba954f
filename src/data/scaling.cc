// Finishes a fit, and undoes a preparation.
#include "data/scaling.h"

#include <algorithm>

namespace carousel {
namespace data {

void Fit::finish(Scale scale, bool about_zero, ColumnScale& out) const {
  out.offset = 0.0;
  out.factor = 1.0;
  if (count_ == 0 || (scale != Scale::standard && scale != Scale::minmax)) return;
  const auto n = static_cast<double>(count_);
  double factor;
  if (scale == Scale::standard) {
    out.offset = about_zero ? 0.0 : mean_;
    factor = std::sqrt(squares_ / n + (about_zero ? mean_ * mean_ : 0.0));
  } else {
    out.offset = about_zero ? 0.0 : low_;
    factor = about_zero ? std::max(std::fabs(low_), std::fabs(high_)) : high_ - low_;
  }
  // A column that never changes: rounding in the mean must not be blown up to noise.
  const double size = std::max(std::fabs(low_), std::fabs(high_));
  if (high_ > low_ && factor > 1e-12 * size) out.factor = factor;
}

void prepare_values(const Preparation& preparation, std::span<const double> references,
                    std::span<const double> values, std::span<float> out) {
  const std::size_t targets = preparation.targets.size(), rows = references.size() / (2 * targets);
  const std::size_t each = values.size() / rows;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t k = 0; k < targets; ++k) {
      const double* reference = &references[2 * (row * targets + k)];
      const Affine affine({reference[0], reference[1]}, preparation.targets[k]);
      for (std::size_t i = row * each + k; i < (row + 1) * each; i += targets)
        out[i] = affine(preparation.targets[k].log ? std::log(values[i]) : values[i]);
    }
}

}  // namespace data

void restore(const Preparation& preparation, std::span<const double> references, std::span<float> values) {
  const std::size_t targets = preparation.targets.size();
  if (targets == 0 || references.empty()) return;
  const std::size_t rows = references.size() / (2 * targets);
  const std::size_t each = values.size() / rows;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t k = 0; k < targets; ++k) {
      const double* reference = &references[2 * (row * targets + k)];
      const data::Affine affine({reference[0], reference[1]}, preparation.targets[k]);
      for (std::size_t i = k; i < each; i += targets) {
        float& value = values[row * each + i];
        const double level = value / affine.rate + affine.zero;
        value = static_cast<float>(preparation.targets[k].log ? std::exp(level) : level);
      }
    }
}

}  // namespace carousel
