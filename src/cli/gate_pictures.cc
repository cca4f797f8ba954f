// Draws gates and states over time.
#include "cli/gate_pictures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cells/registry.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/source.h"
#include "model/spec_json.h"

namespace carousel::cli {
namespace {

constexpr std::size_t kMostInputs = 6;  // lines of the input's chart

/// The line of the cell's equation that defines a trace.
std::string equation_of(const LayerActivations& layer, const std::string& name) {
  for (const std::string_view line : cells::info(*cells::find(layer.cell)).equation)
    if (line.starts_with(name + " = ")) return std::string(line);
  return name;
}

std::string per_cent(double share) {
  return std::isnan(share) ? "" : fmt::format("{:.0f} %", 100 * share);
}

report::Chart input_chart(const std::vector<float>& x, const std::vector<std::string>& features) {
  report::Chart chart{.x_label = "step", .y_label = "input, as the network sees it", .x_whole = true};
  const std::size_t count = features.size();
  for (std::size_t f = 0; f < std::min(count, kMostInputs); ++f) {
    report::Series line{.name = features[f], .color = static_cast<report::Color>(f)};
    for (std::size_t at = f; at < x.size(); at += count) line.y.push_back(x[at]);
    chart.series.push_back(std::move(line));
  }
  return chart;
}

}  // namespace

std::string name_of(const LayerActivations& layer) {
  return fmt::format("layer {}, {}, {}", layer.layer, layer.cell, enum_name(layer.direction));
}

TraceSummary summary_of(const Trace& trace) {
  const std::vector<float>& values = trace.values;
  const auto count = static_cast<double>(values.size());
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  TraceSummary summary{std::accumulate(values.begin(), values.end(), 0.0) / count, *lowest, *highest, NAN,
                       NAN};
  if (trace.name == "c" || *lowest < -1 || *highest > 1) return summary;
  const double low = trace.kind == Trace::Kind::gate ? 0.1 : -0.9;
  const auto share = [&](auto&& holds) {
    return static_cast<double>(std::count_if(values.begin(), values.end(), holds)) / count;
  };
  summary.low_share = share([&](float v) { return v < low; });
  summary.high_share = share([](float v) { return v > 0.9f; });
  return summary;
}

report::HeatMap heat_map_of(const LayerActivations& layer, const Trace& trace) {
  const auto H = static_cast<std::size_t>(layer.units), T = static_cast<std::size_t>(layer.steps);
  report::HeatMap map{.title = equation_of(layer, trace.name),
                      .x_label = "step",
                      .y_label = H > 1 ? "unit, longest memory first" : "unit",
                      .rows = H,
                      .columns = T,
                      .value_label = trace.name};
  for (const int unit : layer.by_memory()) {
    map.row_names.push_back(std::to_string(unit));
    for (std::size_t t = 0; t < T; ++t)
      map.values.push_back(trace.values[t * H + static_cast<std::size_t>(unit)]);
  }
  report::fit_colors(map);
  if (trace.kind == Trace::Kind::gate) {
    if (!map.diverging && map.high <= 1) map.high = 1;
  } else {
    map.diverging = true;
    if (trace.name != "c" && map.high <= 1) map.high = 1;
    map.low = -map.high;
  }
  return map;
}

report::Table gate_table(const LayerActivations& layer) {
  report::Table table{.columns = {"", "mean", "lowest", "highest", "at its low end", "at its high end"}};
  for (const Trace& trace : layer.traces) {
    const TraceSummary all = summary_of(trace);
    table.rows.push_back({trace.name, fmt::format("{:.3f}", all.mean), fmt::format("{:.3f}", all.lowest),
                          fmt::format("{:.3f}", all.highest), per_cent(all.low_share),
                          per_cent(all.high_share)});
  }
  return table;
}

std::string memory_text(const LayerActivations& layer, int unit) {
  const double memory = layer.memory[static_cast<std::size_t>(unit)];
  return fmt::format("unit {} ({})", unit,
                     std::isinf(memory) ? "forgets nothing" : short_number(memory) + " steps");
}

report::Page gate_page(const std::vector<LayerActivations>& layers, const std::string& title,
                       const std::vector<float>& x, const std::vector<std::string>& features) {
  report::Page page{.title = title};
  report::Section input{.heading = "Input", .charts = {input_chart(x, features)}};
  if (features.size() > kMostInputs)
    input.text = fmt::format("Drawn are the first {} of {} features.", kMostInputs, features.size());
  page.sections.push_back(std::move(input));
  for (const LayerActivations& layer : layers) {
    report::Section section{.heading = name_of(layer), .tables = {gate_table(layer)}};
    section.text = fmt::format(
        "Memory of a unit, in steps: {}. The longest: {}. Ends: gates below 0.1 and above 0.9, "
        "others below -0.9 and above 0.9.",
        layer.memory_formula, memory_text(layer, layer.by_memory().front()));
    for (const Trace& trace : layer.traces) section.heat_maps.push_back(heat_map_of(layer, trace));
    page.sections.push_back(std::move(section));
  }
  page.footer = "carousel " CAROUSEL_VERSION;
  return page;
}

}  // namespace carousel::cli
