// Means and quantiles over sequences, and least squares of their logarithms.
#include "train/gradflow_fit.h"

#include <algorithm>
#include <cmath>

namespace carousel {

double FlowFit::half_life() const {
  const double slope = std::abs(std::log(rate));
  return slope == 0 ? std::numeric_limits<double>::infinity() : std::log(2.0) / slope;
}

namespace training {
namespace {

constexpr double kSmallest = 1e-290,
                 kLargest = 1e290;  // of a fit: parts of a norm may be out of range sooner
constexpr int kFewestLags = 3;

// The smallest of ascending numbers that a share of them does not exceed.
double quantile(const std::vector<double>& sorted, double share) {
  const double rank = std::ceil(share * static_cast<double>(sorted.size()) - 1e-9);
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

FlowPoint point_of(int lag, std::vector<double>& norms) {
  std::sort(norms.begin(), norms.end());
  FlowPoint point{.lag = lag, .sequences = static_cast<int>(norms.size())};
  double sum = 0;
  for (const double norm : norms) {
    point.zero += norm == 0;
    point.beyond += !std::isfinite(norm);
    if (norm > 0 && std::isfinite(norm)) sum += std::log(norm);
  }
  if (const int counted = point.sequences - point.zero - point.beyond; counted > 0)
    point.mean = std::exp(sum / counted);
  point.low = quantile(norms, 0.1), point.median = quantile(norms, 0.5), point.high = quantile(norms, 0.9);
  return point;
}

}  // namespace

FlowFit fit_exponential(int from, const std::vector<double>& y) {
  const double n = static_cast<double>(y.size()), middle = from + (n - 1) / 2;
  double mean = 0, products = 0, squares = 0, residuals = 0;
  for (const double v : y) mean += std::log(v) / n;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double x = from + static_cast<double>(i) - middle;
    products += x * (std::log(y[i]) - mean), squares += x * x;
  }
  const double slope = products / squares;
  for (std::size_t i = 0; i < y.size(); ++i)
    residuals += std::pow(std::log(y[i]) - mean - slope * (from + static_cast<double>(i) - middle), 2);
  return {.from = from,
          .to = from + static_cast<int>(y.size()) - 1,
          .at_zero = std::exp(mean - slope * middle),
          .rate = std::exp(slope),
          .misfit = std::exp(std::sqrt(residuals / n))};
}

Flow flow_of(std::string state, const std::vector<std::vector<double>>& norms) {
  Flow flow{.state = std::move(state)};
  std::size_t lags = 0;
  for (const auto& one : norms) lags = std::max(lags, one.size());
  std::vector<double> here, fitted;
  bool in_range = true;
  for (std::size_t lag = 0; lag < lags; ++lag) {
    here.clear();
    for (const auto& one : norms)
      if (lag < one.size()) here.push_back(one[lag]);
    const FlowPoint& point = flow.points.emplace_back(point_of(static_cast<int>(lag), here));
    if (point.zero + point.beyond < point.sequences) flow.reaches = point.lag;
    if (lag == 0) continue;
    in_range =
        in_range && here.front() >= kSmallest && here.back() <= kLargest && 2 * here.size() >= norms.size();
    if (in_range) fitted.push_back(point.mean);
  }
  if (fitted.size() >= kFewestLags)
    flow.fit = fit_exponential(1, fitted);
  else
    flow.fit.rate = std::numeric_limits<double>::quiet_NaN();
  return flow;
}

}  // namespace training
}  // namespace carousel
