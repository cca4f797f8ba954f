// The metrics.
#include "forecast/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "carousel/error.h"

namespace carousel::forecasting {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

void check_equal(const char* where, std::size_t predicted, std::size_t truth) {
  if (predicted != truth)
    throw Error(Code::usage_shape, {.where = where,
                                    .what = "as many predictions as true values are needed",
                                    .expected = std::to_string(truth),
                                    .got = std::to_string(predicted)});
}

}  // namespace

Errors errors(std::span<const double> predicted, std::span<const double> truth) {
  check_equal("errors", predicted.size(), truth.size());
  double squares = 0, sizes = 0, sum = 0;
  std::int64_t count = 0;
  const auto counts = [&](std::size_t i) { return !std::isnan(predicted[i]) && !std::isnan(truth[i]); };
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!counts(i)) continue;
    const double error = predicted[i] - truth[i];
    squares += error * error, sizes += std::abs(error), sum += truth[i], ++count;
  }
  if (!count) return {kNone, kNone, kNone, kNone, 0};
  const double n = static_cast<double>(count), mean = sum / n;
  double spread = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (counts(i)) spread += (truth[i] - mean) * (truth[i] - mean);
  return {squares / n, std::sqrt(squares / n), sizes / n, spread > 0 ? 1 - squares / spread : kNone, count};
}

double skill(double error, double reference) {
  return reference > 0 ? 1 - error / reference : kNone;
}

Confusion::Confusion(int classes, std::span<const std::int32_t> predicted,
                     std::span<const std::int32_t> truth)
    : classes_(classes), counts_(static_cast<std::size_t>(classes) * classes) {
  check_equal("Confusion", predicted.size(), truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < 0) continue;
    for (const std::int32_t c : {truth[i], predicted[i]})
      if (c < 0 || c >= classes)
        throw Error(Code::usage_shape, {.where = "Confusion",
                                        .what = "a class is out of range",
                                        .expected = "0 ... " + std::to_string(classes - 1),
                                        .got = std::to_string(c)});
    ++counts_[static_cast<std::size_t>(truth[i]) * classes + predicted[i]];
    ++count_;
  }
}

double Confusion::accuracy() const {
  std::int64_t right = 0;
  for (int c = 0; c < classes_; ++c) right += at(c, c);
  return count_ ? static_cast<double>(right) / static_cast<double>(count_) : kNone;
}

double Confusion::precision(int c) const {
  std::int64_t answers = 0;
  for (int k = 0; k < classes_; ++k) answers += at(k, c);
  return answers ? static_cast<double>(at(c, c)) / static_cast<double>(answers) : kNone;
}

double Confusion::recall(int c) const {
  std::int64_t all = 0;
  for (int k = 0; k < classes_; ++k) all += at(c, k);
  return all ? static_cast<double>(at(c, c)) / static_cast<double>(all) : kNone;
}

std::vector<std::int32_t> largest(std::span<const float> logits, int classes) {
  std::vector<std::int32_t> result;
  result.reserve(logits.size() / classes);
  for (auto row = logits.begin(); row < logits.end(); row += classes)
    result.push_back(static_cast<std::int32_t>(std::max_element(row, row + classes) - row));
  return result;
}

double negative_log_likelihood(std::span<const float> logits, std::span<const std::int32_t> truth) {
  if (truth.empty()) return kNone;
  const std::size_t classes = logits.size() / truth.size();
  check_equal("negative_log_likelihood", logits.size(), classes * truth.size());
  double sum = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < 0) continue;
    const std::span<const float> row = logits.subspan(i * classes, classes);
    const double top = *std::max_element(row.begin(), row.end());
    double total = 0;
    for (const float z : row) total += std::exp(z - top);
    sum += std::log(total) + top - row[truth[i]];
    ++count;
  }
  return count ? sum / static_cast<double>(count) : kNone;
}

}  // namespace carousel::forecasting
