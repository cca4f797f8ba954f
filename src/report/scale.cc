// The ranges and ticks of axes.
#include "report/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace carousel::report {
namespace {

/// The smallest of 1, 2, 5 times a power of ten that is at least `step`.
double nice(double step) {
  const double decade = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (step <= factor * decade * (1 + 1e-9)) return factor * decade;
  return 10 * decade;
}

std::string tick_label(double value, double step) {
  if (std::abs(value) < step * 1e-6) return "0";
  const double size = std::abs(value);
  if (size >= 1e7 || step < 1e-5) return fmt::format("{:.6g}", value);
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return fmt::format("{:.{}f}", value, decimals);
}

/// The smallest of 1, 2, 5, 10, 20, 50, ... decades that is at least `decades`.
int nice_decades(double decades) {
  return std::max(1, static_cast<int>(std::lround(nice(std::max(decades, 1.0)))));
}

// "0.01" and "1000", but "1e-12": a power of ten beyond what is read at a glance.
std::string decade_label(int exponent, double factor) {
  if (-5 < exponent && exponent < 6) return fmt::format("{:g}", factor * std::pow(10.0, exponent));
  return fmt::format("{:g}e{}", factor, exponent);
}

// 10^exponent; above 0 and finite where the power is neither.
double power_of_ten(double exponent) {
  return std::clamp(std::pow(10.0, exponent), std::numeric_limits<double>::denorm_min(),
                    std::numeric_limits<double>::max());
}

/// Ticks of a logarithmic axis that spans `decades`.
std::vector<Tick> decade_ticks(const Scale& scale, double decades, int count) {
  std::vector<Tick> result;
  const bool between = decades <= count / 2.0;  // 2 and 5 of each decade too
  const int stride = between ? 1 : nice_decades(0.75 * decades / std::max(count, 1));
  const int first = static_cast<int>(std::floor(std::log10(scale.low) / stride)) * stride;
  for (int e = first; e <= std::log10(scale.high); e += stride)
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10.0, e);
      if (value >= scale.low && value <= scale.high && (between || factor == 1))
        result.push_back({value, decade_label(e, factor)});
    }
  return result;
}

bool starts_as_date(const std::string& name) {
  if (name.size() < 7) return false;
  const auto digit = [&](std::size_t i) { return name[i] >= '0' && name[i] <= '9'; };
  return digit(0) && digit(1) && digit(2) && digit(3) && (name[4] == '-' || name[4] == '/') && digit(5) &&
         digit(6);
}

}  // namespace

double Scale::operator()(double value) const {
  if (!std::isfinite(value) || (log && value <= 0)) return kAbsent;
  if (log) return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
  return (value - low) / (high - low);
}

Scale y_scale(const Chart& chart) {
  double low = INFINITY, high = -INFINITY;
  for (const Series& series : chart.series) {
    for (const auto* values : {&series.y, &series.low, &series.high})
      for (const double y : *values)
        if (std::isfinite(y) && (!chart.y_log || y > 0)) low = std::min(low, y), high = std::max(high, y);
    if (series.mark == Mark::stems && !chart.y_log) low = std::min(low, 0.0), high = std::max(high, 0.0);
  }
  if (low > high) return {chart.y_log ? 0.1 : 0.0, 1.0, chart.y_log};
  if (chart.y_log) {
    const double air = 0.05 * std::max(std::log10(high) - std::log10(low), 0.2);
    return {power_of_ten(std::log10(low) - air), power_of_ten(std::log10(high) + air), true};
  }
  const double air = high > low ? 0.05 * (high - low) : std::max(0.5 * std::abs(high), 0.5);
  return {low - air, high + air, false};
}

Scale x_scale(const Chart& chart) {
  double low = INFINITY, high = -INFINITY;
  const auto include = [&](double x) { low = std::min(low, x), high = std::max(high, x); };
  bool dots = false;
  for (const Series& series : chart.series) {
    const std::size_t count = std::max(series.y.size(), series.low.size());
    if (count == 0) continue;
    dots = dots || series.mark != Mark::line;
    include(series.x.empty() ? 0.0 : series.x.front());
    include(series.x.empty() ? static_cast<double>(count - 1) : series.x.back());
  }
  for (const Marker& marker : chart.markers) include(marker.x);
  for (const Span& span : chart.spans) include(span.from), include(span.to);
  if (low > high) return {0, 1, false};
  if (low == high) return {low - 0.5, high + 0.5, false};
  const double air = dots ? 0.02 * (high - low) : 0;  // a dot at the end is drawn whole
  return {low - air, high + air, false};
}

std::vector<Tick> ticks(const Scale& scale, int count, bool whole) {
  if (scale.log)
    if (const double decades = std::log10(scale.high) - std::log10(scale.low); decades > std::log10(5.0))
      return decade_ticks(scale, decades, count);
  std::vector<Tick> result;
  double step = nice((scale.high - scale.low) / std::max(count, 1));
  if (whole) step = std::max(step, 1.0);
  for (double i = std::ceil(scale.low / step - 1e-9); i * step <= scale.high + step * 1e-9; ++i)
    result.push_back({i * step, tick_label(i * step, step)});
  return result;
}

std::vector<Tick> name_ticks(const Scale& scale, const std::vector<std::string>& names, int letters) {
  const long from = std::max(0L, static_cast<long>(std::ceil(scale.low)));
  const long to = std::min(static_cast<long>(names.size()) - 1, static_cast<long>(std::floor(scale.high)));
  std::vector<Tick> result;
  if (from > to) return result;
  const auto room_for = [&](std::size_t length) {
    return std::max(1, letters / (static_cast<int>(length) + 4));
  };

  const bool dates = std::all_of(names.begin() + from, names.begin() + to + 1, starts_as_date);
  for (const std::size_t length : {4, 7, 10, 13}) {  // year, month, day, hour
    if (!dates) break;
    std::vector<Tick> changes;
    for (long i = std::max(from, 1L); i <= to; ++i)
      if (names[i].compare(0, length, names[i - 1], 0, length) != 0)
        changes.push_back({static_cast<double>(i), names[i].substr(0, length)});
    if (changes.size() < 3) continue;
    const auto many = static_cast<double>(changes.size());
    const int count = room_for(length);
    const int step = many <= count ? 1 : static_cast<int>(nice(many / count));
    for (std::size_t i = 0; i < changes.size(); ++i)
      if (length == 4 ? std::atoi(changes[i].label.c_str()) % step == 0 : i % step == 0)
        result.push_back(changes[i]);
    return result;
  }
  std::size_t longest = 1;
  for (long i = from; i <= to; ++i) longest = std::max(longest, names[i].size());
  const int count = room_for(longest);
  const long step =
      to - from < count ? 1 : std::max(1L, static_cast<long>(nice(static_cast<double>(to - from) / count)));
  // Rows that are only numbered are named where the number is round.
  const long number = std::atol(names[from].c_str());
  const bool numbered =
      names[from] == std::to_string(number) && names[to] == std::to_string(number + to - from);
  const long round = from + (step - number % step) % step;
  const long first = numbered && round <= to ? round : from;
  for (long i = first; i <= to; i += step) result.push_back({static_cast<double>(i), names[i]});
  return result;
}

std::string number(double value, int digits) {
  if (std::isnan(value)) return "–";
  return fmt::format("{:.{}g}", value, digits);
}

}  // namespace carousel::report
