// Writes a chart as JSON.
#include "report/chart_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "report/scale.h"
#include "report/svg.h"

namespace carousel::report {
namespace {

std::string quoted(const std::string& text) {
  std::string out = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  for (std::size_t i = 0; (i = out.find('<', i)) != std::string::npos;) out.replace(i, 1, "\\u003c");
  return out;
}

/// "[a,b,c]" of what `write` makes of each item.
template <class Items, class Write>
std::string list(const Items& items, Write&& write) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? "," : "") + write(item);
  return out + "]";
}

std::string number_json(double value) {
  return std::isfinite(value) ? fmt::format("{:.7g}", value) : "null";
}

std::string numbers(const std::vector<double>& values) {
  return list(values, number_json);
}

std::string series_json(const Series& series) {
  std::string out = fmt::format(R"({{"name":{},"color":{},"dash":"{}","mark":{},"y":{})", quoted(series.name),
                                static_cast<int>(series.color), kDashes[static_cast<int>(series.dash)],
                                static_cast<int>(series.mark), numbers(series.y));
  // 1, 2, 3, ... is told by its first number.
  const auto apart = [](double a, double b) { return b - a != 1; };
  if (std::adjacent_find(series.x.begin(), series.x.end(), apart) != series.x.end())
    out += ",\"x\":" + numbers(series.x);
  else if (!series.x.empty())
    out += ",\"from\":" + number_json(series.x.front());
  if (!series.low.empty() && !series.high.empty())
    out += ",\"low\":" + numbers(series.low) + ",\"high\":" + numbers(series.high);
  if (!series.labels.empty()) out += ",\"labels\":" + list(series.labels, quoted);
  if (series.end_dot) out += ",\"dot\":true";
  if (series.tied) out += ",\"tied\":true";
  return out + "}";
}

}  // namespace

std::string chart_json(const Chart& chart) {
  std::string out = fmt::format(R"({{"x":{},"y":{},"log":{},"whole":{},"switch":{},"series":{})",
                                quoted(chart.x_label), quoted(chart.y_label), chart.y_log, chart.x_whole,
                                chart.log_switch, list(chart.series, series_json));
  if (!chart.x_names.empty()) {
    const Scale x = x_scale(chart);
    const auto last = static_cast<double>(chart.x_names.size() - 1);
    const auto from = static_cast<std::ptrdiff_t>(std::clamp(std::floor(x.low), 0.0, last)),
               to = static_cast<std::ptrdiff_t>(std::clamp(std::ceil(x.high), 0.0, last));
    const std::vector<std::string> names(chart.x_names.begin() + from, chart.x_names.begin() + to + 1);
    out += fmt::format(",\"first\":{},\"names\":{}", from, list(names, quoted));
  }
  const auto pair = [](double a, const std::string& b) { return "[" + number_json(a) + "," + b + "]"; };
  out += ",\"spans\":" + list(chart.spans, [&](const Span& s) { return pair(s.from, number_json(s.to)); });
  out += ",\"markers\":" + list(chart.markers, [&](const Marker& m) { return pair(m.x, quoted(m.label)); });
  out += ",\"strokes\":" + list(chart.strokes, [](const Strokes& s) { return numbers(s.x); });
  return out + "}";
}

}  // namespace carousel::report
