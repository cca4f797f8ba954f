// Autocorrelation and block statistics of a series.
#include "data/guess.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace carousel::data {
namespace {

constexpr int kLongestSeason = 96;
constexpr std::int64_t kEnoughRows = 20000;  // the newest ones are enough to tell

// First differences of the newest rows; a missing value makes a difference of 0.
std::vector<double> differences(const Series& series) {
  std::vector<double> result;
  for (std::int64_t row = std::max<std::int64_t>(1, series.rows - kEnoughRows); row < series.rows; ++row) {
    const double d = series.at(row) - series.at(row - 1);
    result.push_back(std::isfinite(d) ? d : 0.0);
  }
  double mean = 0.0;
  for (const double d : result) mean += d / static_cast<double>(result.size());
  for (double& d : result) d -= mean;
  return result;
}

// Over the root of both sides' squares: long lags count in full, and so do the early rows of a series that
// grows.
double autocorrelation(const std::vector<double>& d, std::size_t lag) {
  double product = 0.0, now = 0.0, before = 0.0;
  for (std::size_t i = lag; i < d.size(); ++i) {
    product += d[i] * d[i - lag];
    now += d[i] * d[i];
    before += d[i - lag] * d[i - lag];
  }
  const double squares = std::sqrt(now * before);
  return squares > 0.0 ? product / squares : 0.0;
}

// How alike the series is after each lag up to `longest` and after the next multiples of it: a season comes
// again and again, while what is alike by chance, or because the series moves slowly, does not.
std::vector<double> recurrences(const std::vector<double>& d, int longest) {
  constexpr std::size_t kMultiples = 4;
  const auto lags = static_cast<std::size_t>(longest);
  std::vector<double> r;
  for (std::size_t lag = 0; lag <= std::max(lags, std::min(d.size() / 2, kMultiples * lags)); ++lag)
    r.push_back(autocorrelation(d, lag));
  std::vector<double> means;
  for (std::size_t lag = 0; lag <= lags; ++lag) {
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t at = lag; count < kMultiples && at < r.size(); at += lag, ++count) sum += r[at];
    means.push_back(sum / static_cast<double>(count));
  }
  return means;
}

}  // namespace

int guess_season(const Series& series) {
  const std::vector<double> d = differences(series);
  const int longest = static_cast<int>(std::min<std::size_t>(kLongestSeason, d.size() / 3));
  const int calendar = series.table.calendar_season();
  if (calendar > 1)
    return calendar <= longest && autocorrelation(d, static_cast<std::size_t>(calendar)) >= 0.3 ? calendar
                                                                                                : 1;
  if (series.table.spacing() != Spacing::none && series.table.spacing() != Spacing::index &&
      series.table.spacing() != Spacing::irregular)
    return 1;
  const std::vector<double> r = recurrences(d, longest + 1);
  const auto is_peak = [&](int lag) {
    const auto i = static_cast<std::size_t>(lag);
    return r[i] >= 0.5 && r[i] > r[i - 1] && r[i] >= r[i + 1];
  };
  double highest = 0.0;
  for (int lag = 2; lag <= longest; ++lag)
    if (is_peak(lag)) highest = std::max(highest, r[static_cast<std::size_t>(lag)]);
  for (int lag = 2; lag <= longest; ++lag)
    if (is_peak(lag) && r[static_cast<std::size_t>(lag)] >= 0.9 * highest) return lag;
  return 1;
}

bool spread_grows(const Series& series, int season) {
  const std::int64_t block = std::max(season, 12);
  std::vector<double> levels, spreads;
  for (std::int64_t first = 0; first + block <= series.rows; first += block) {
    double mean = 0.0, squares = 0.0, step = 0.0;
    for (std::int64_t row = first; row < first + block; ++row) {
      const double v = series.at(row);
      if (std::isfinite(v) && v <= 0.0) return false;
      mean += v / static_cast<double>(block);
    }
    step = (series.at(first + block - 1) - series.at(first)) / static_cast<double>(block - 1);
    for (std::int64_t row = first + 1; row < first + block; ++row) {
      const double d = series.at(row) - series.at(row - 1) - step;
      squares += d * d;
    }
    if (!(squares > 0.0) || !std::isfinite(mean)) continue;  // constant, or a value is missing
    levels.push_back(std::log(mean));
    spreads.push_back(0.5 * std::log(squares / static_cast<double>(block - 1)));
  }
  if (levels.size() < 6) return false;
  const auto [low, high] = std::minmax_element(levels.begin(), levels.end());
  if (*high - *low < std::log(1.5)) return false;
  const auto n = static_cast<double>(levels.size());
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) x += levels[i] / n, y += spreads[i] / n;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    xx += (levels[i] - x) * (levels[i] - x);
    yy += (spreads[i] - y) * (spreads[i] - y);
    xy += (levels[i] - x) * (spreads[i] - y);
  }
  return yy > 0.0 && xy / std::sqrt(xx * yy) >= 0.6 && xy / xx >= 0.5;
}

int guess_window(int season, int horizon, std::int64_t rows) {
  constexpr std::int64_t kSeasons = 4, kHorizons = 4;
  const std::int64_t most = std::min<std::int64_t>(kLongestSeason, rows / (season > 1 ? 3 : 4));
  if (season > 1) return season * static_cast<int>(std::clamp<std::int64_t>(most / season, 1, kSeasons));
  const std::int64_t wanted = std::max(kHorizons * horizon, std::clamp<std::int64_t>(rows / 16, 32, 64));
  return static_cast<int>(std::clamp<std::int64_t>(most, 1, wanted));
}

}  // namespace carousel::data
