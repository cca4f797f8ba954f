// Turns buckets of any width into the rows of a heat map.
#include "report/distribution_map.h"

#include <algorithm>
#include <cmath>

#include "report/scale.h"

namespace carousel::report {
namespace {

constexpr int kEvenRows = 40;
constexpr int kDecades = 4, kOfDecade = 4;
constexpr double kBeyond = 0.005;  // share of the numbers on either side that gets no row of its own

double count_of(const std::vector<Bucket>& buckets) {
  double all = 0;
  for (const Bucket& bucket : buckets) all += bucket.count;
  return all;
}

/// The value below which the share `q` of the numbers lies.
double quantile(const std::vector<Bucket>& buckets, double q) {
  double left = q * count_of(buckets);
  for (const Bucket& bucket : buckets) {
    if (left <= bucket.count) return bucket.low + (bucket.high - bucket.low) * left / bucket.count;
    left -= bucket.count;
  }
  return buckets.back().high;
}

/// What holds all but a few of the numbers of every epoch.
struct Range {
  double low = INFINITY, high = -INFINITY;

  explicit Range(const std::vector<std::vector<Bucket>>& epochs) {
    for (const auto& buckets : epochs) {
      if (buckets.empty()) continue;
      low = std::min(low, quantile(buckets, kBeyond));
      high = std::max(high, quantile(buckets, 1 - kBeyond));
    }
    if (!(low < high)) low = 0, high = 1;
  }
};

/// Edges of rows, ascending.
std::vector<double> even_edges(const Range& range) {
  std::vector<double> edges;
  for (int i = 0; i <= kEvenRows; ++i) edges.push_back(range.low + (range.high - range.low) * i / kEvenRows);
  return edges;
}

std::vector<double> decade_edges(const Range& range) {
  const double top = std::ceil(std::log10(std::max(std::abs(range.low), std::abs(range.high))) - 1e-9);
  std::vector<double> edges;
  for (int i = 0; i <= kDecades * kOfDecade; ++i)
    edges.push_back(std::pow(10.0, top - kDecades + static_cast<double>(i) / kOfDecade));
  const std::vector<double> above = edges;
  for (const double edge : above) edges.insert(edges.begin(), -edge);
  return edges;
}

}  // namespace

HeatMap distribution_map(std::string title, Rows rows, double first, double step,
                         const std::vector<std::vector<Bucket>>& epochs) {
  const Range range(epochs);
  const std::vector<double> edges = rows == Rows::even ? even_edges(range) : decade_edges(range);
  HeatMap map{.title = std::move(title),
              .x_label = "epoch",
              .y_label = rows == Rows::even ? "value" : "value, by decades",
              .rows = edges.size() - 1,
              .columns = epochs.size(),
              .value_label = "share",
              .x_first = first,
              .x_step = step};
  if (rows == Rows::even)
    map.y_top = edges.back(), map.y_bottom = edges.front();
  else
    for (std::size_t r = map.rows; r-- > 0;)  // a row's edge away from 0
      map.row_names.push_back(
          edges[r] < 0 && edges[r + 1] > 0 ? "0" : number(edges[r] < 0 ? edges[r] : edges[r + 1], 2));
  map.values.assign(map.rows * map.columns, 0.0f);
  for (std::size_t c = 0; c < epochs.size(); ++c) {
    const double all = count_of(epochs[c]);
    for (const Bucket& bucket : epochs[c])
      for (std::size_t r = 0; r < map.rows; ++r) {
        const double low = r == 0 ? -INFINITY : edges[r], high = r + 1 == map.rows ? INFINITY : edges[r + 1];
        const double within = std::min(high, bucket.high) - std::max(low, bucket.low);
        if (within > 0)
          map.values[(map.rows - 1 - r) * map.columns + c] +=
              static_cast<float>(within / (bucket.high - bucket.low) * bucket.count / all);
      }
  }
  map.high = map.values.empty() ? 1 : *std::max_element(map.values.begin(), map.values.end());
  return map;
}

}  // namespace carousel::report
