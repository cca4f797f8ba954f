// Fills and halves the trace of gradient norms.
#include "train/gradient_trace.h"

#include <algorithm>
#include <cmath>

#include "carousel/error.h"

namespace carousel::training {
namespace {

constexpr std::int64_t kMostSteps = std::int64_t{1} << 40;  // of one point; so many steps nobody waits for

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
  return object_of({{"from", from_},
                    {"every", every_},
                    {"points", full_.size()},
                    {"open", {open_.steps, open_.clipped, open_.sum, open_.lowest, open_.highest}}});
}

bool GradientTrace::can_be(std::int64_t last, std::int64_t points) const {
  const Open& o = open_;
  if (from_ < 0 || from_ > last || every_ < 1 || every_ > kMostSteps || (every_ & (every_ - 1)) != 0)
    return false;
  if (points < 0 || points >= static_cast<std::int64_t>(kMost)) return false;
  if (o.steps < 0 || o.steps >= every_ || o.clipped < 0 || o.clipped > o.steps) return false;
  const bool order = o.steps == 0 || o.lowest <= o.highest;  // with no step, lowest is the largest number
  const auto size = [](double x) { return std::isfinite(x) && x >= 0; };
  if (!size(o.sum) || !size(o.lowest) || !size(o.highest) || !order) return false;
  return last - from_ == points * every_ + o.steps;
}

GradientTrace GradientTrace::from_json(const Json& json, std::int64_t last) {
  GradientTrace trace(json.at("from").get<std::int64_t>());
  trace.every_ = json.at("every").get<std::int64_t>();
  const auto points = json.at("points").get<std::int64_t>();
  const Json& open = json.at("open");
  trace.open_ = {open.at(0).get<std::int64_t>(), open.at(1).get<std::int64_t>(), open.at(2).get<double>(),
                 open.at(3).get<double>(), open.at(4).get<double>()};
  if (!trace.can_be(last, points))
    throw Error(
        Code::model_bad_format,
        {.where = "gradients", .what = "this is no trace of the steps that were done", .got = json.dump()});
  trace.full_.resize(static_cast<std::size_t>(points));
  return trace;
}

bool GradientTrace::fill(std::span<const float> numbers) {
  if (numbers.size() != full_.size() * kNumbers) return false;
  for (std::size_t i = 0; i < full_.size(); ++i) {
    Full& f = full_[i];
    std::copy_n(numbers.begin() + static_cast<std::ptrdiff_t>(i * kNumbers), kNumbers, f.begin());
    if (!std::all_of(f.begin(), f.end(), [](float x) { return std::isfinite(x) && x >= 0; })) return false;
    if (f[1] > f[2] || f[3] > static_cast<float>(every_) || f[3] != std::floor(f[3])) return false;
  }
  return true;
}

}  // namespace carousel::training
