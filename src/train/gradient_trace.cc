// Fills and halves the trace of gradient norms.
#include "train/gradient_trace.h"

#include <algorithm>

namespace carousel::training {
namespace {

float fitted(double norm) {
  return static_cast<float>(std::min(norm, static_cast<double>(std::numeric_limits<float>::max())));
}

}  // namespace

void GradientTrace::add(double norm, bool clipped) {
  open_.sum += norm;
  open_.lowest = std::min(open_.lowest, norm);
  open_.highest = std::max(open_.highest, norm);
  open_.clipped += clipped;
  if (++open_.steps < every_) return;
  full_.push_back({fitted(open_.sum / static_cast<double>(open_.steps)), fitted(open_.lowest),
                   fitted(open_.highest), static_cast<float>(open_.clipped)});
  open_ = {};
  if (full_.size() < kMost) return;
  for (std::size_t i = 0; i < kMost / 2; ++i) {
    const Full a = full_[2 * i], b = full_[2 * i + 1];
    full_[i] = {0.5f * a[0] + 0.5f * b[0], std::min(a[1], b[1]), std::max(a[2], b[2]), a[3] + b[3]};
  }
  full_.resize(kMost / 2);
  every_ *= 2;
}

std::vector<GradientPoint> GradientTrace::points() const {
  std::vector<GradientPoint> points;
  points.reserve(full_.size() + 1);
  std::int64_t step = from_;
  for (const Full& f : full_)
    points.push_back({step += every_, every_, f[0], f[1], f[2], static_cast<std::int64_t>(f[3])});
  if (open_.steps > 0)
    points.push_back({step + open_.steps, open_.steps, open_.sum / static_cast<double>(open_.steps),
                      open_.lowest, open_.highest, open_.clipped});
  return points;
}

std::span<const float> GradientTrace::numbers() const {
  return {full_.empty() ? nullptr : full_[0].data(), full_.size() * kNumbers};
}

Json GradientTrace::to_json() const {
  return {{"from", from_},
          {"every", every_},
          {"points", full_.size()},
          {"open", {open_.steps, open_.clipped, open_.sum, open_.lowest, open_.highest}}};
}

GradientTrace GradientTrace::from_json(const Json& json) {
  GradientTrace trace(json.at("from").get<std::int64_t>());
  trace.every_ = json.at("every").get<std::int64_t>();
  trace.full_.resize(std::min(json.at("points").get<std::size_t>(), kMost));
  const Json& open = json.at("open");
  trace.open_ = {open.at(0).get<std::int64_t>(), open.at(1).get<std::int64_t>(), open.at(2).get<double>(),
                 open.at(3).get<double>(), open.at(4).get<double>()};
  return trace;
}

void GradientTrace::fill(std::span<const float> numbers) {
  for (std::size_t i = 0; i < full_.size(); ++i)
    std::copy_n(numbers.begin() + static_cast<std::ptrdiff_t>(i * kNumbers), kNumbers, full_[i].begin());
}

}  // namespace carousel::training
