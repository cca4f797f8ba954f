// Writes curves of gradients for people, for programs, and as a chart.
#include "cli/gradflow_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/text.h"
#include "cli/predictions.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

std::string short_norm(double norm) {
  return std::isnan(norm) ? "-" : fmt::format("{:.3g}", norm);
}

/// "h" of "layers.0.h", "forward.h" of "layers.0.forward.h" where the network has one recurrent layer.
std::string short_state(const std::string& state, const Gradflow& flow) {
  const std::string layer = state.substr(0, state.find('.', state.find('.') + 1) + 1);
  const bool alone = std::all_of(flow.flows.begin(), flow.flows.end(),
                                 [&](const Flow& other) { return other.state.starts_with(layer); });
  return alone ? state.substr(layer.size()) : state;
}

/// The lags that a table shows: 0, 1, 2, 5, 10, 20, 50, ... below the last one, and that.
std::vector<int> shown_lags(int last) {
  std::vector<int> lags = {0};
  for (int decade = 1; decade <= last; decade *= 10)
    for (const int factor : {1, 2, 5})
      if (factor * decade < last) lags.push_back(factor * decade);
  if (last > 0) lags.push_back(last);
  return lags;
}

std::string half_life_text(const FlowFit& fit) {
  if (std::isnan(fit.rate)) return "-";
  if (!std::isfinite(fit.half_life())) return "never";
  return fmt::format("{} {:.4g} steps", fit.rate < 1 ? "halves in" : "doubles in", fit.half_life());
}

}  // namespace

std::vector<std::string> labels_of(const std::vector<std::string>& words) {
  std::vector<std::string> labels;
  for (const std::string& word : words) {
    std::filesystem::path path = std::filesystem::path(word).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    const std::string end = path.extension().string();
    labels.push_back(end == ".toml" || end == ".safetensors" ? path.stem().string()
                                                             : path.filename().string());
  }
  std::vector<std::string> sorted = labels;
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end() ? labels : words;
}

std::string lags_text(const Measured& one) {
  const std::vector<Flow>& flows = one.flow.flows;
  std::vector<std::vector<std::string>> rows(2);
  rows[0] = {""}, rows[1] = {"lag"};
  for (const Flow& flow : flows) {
    rows[0].insert(rows[0].end(), {short_state(flow.state, one.flow), "", ""});
    rows[1].insert(rows[1].end(), {"mean", "10 %", "90 %"});
  }
  for (const int lag : shown_lags(static_cast<int>(flows[0].points.size()) - 1)) {
    rows.push_back({std::to_string(lag)});
    for (const Flow& flow : flows) {
      const FlowPoint& point = flow.points[static_cast<std::size_t>(lag)];
      const double mean = point.zero == point.sequences ? 0 : point.mean;
      rows.back().insert(rows.back().end(),
                         {short_norm(mean), short_norm(point.low), short_norm(point.high)});
    }
  }
  return fmt::format(
      "{}: {}\n{}, the {} of the last step alone; {}\n{}\n", one.label, one.outline,
      base::counted(one.flow.sequences, "sequence") + " of up to " + base::counted(one.longest, "step"),
      enum_name(one.loss),
      one.relative ? "norm of the gradient, as a share of that at lag 0" : "norm of the gradient",
      base::aligned(rows, 0));
}

std::string rates_text(const std::vector<Measured>& all) {
  std::vector<std::vector<std::string>> rows = {
      {"", "", "at lag 0", "at the end", "its lag", "rate a step", "", "fitted over", "off by"}};
  for (const Measured& one : all)
    for (const Flow& flow : one.flow.flows) {
      const bool fitted = !std::isnan(flow.fit.rate);
      const FlowPoint& end = flow.points[static_cast<std::size_t>(std::max(flow.reaches, 0))];
      rows.push_back({one.label, short_state(flow.state, one.flow),
                      short_norm(flow.points[0].zero == flow.points[0].sequences ? 0 : flow.points[0].mean),
                      short_norm(end.mean), std::to_string(end.lag),
                      fitted ? fmt::format("{:.4f}", flow.fit.rate) : "-", half_life_text(flow.fit),
                      fitted ? fmt::format("{} to {}", flow.fit.from, flow.fit.to) : "-",
                      fitted ? fmt::format("x {:.3g}", flow.fit.misfit) : "-"});
    }
  return base::aligned(rows, 2);
}

std::vector<std::string> remarks_of(const Measured& one) {
  std::vector<std::string> remarks;
  if (one.flow.without_gradient > 0)
    remarks.push_back(fmt::format("{}: {} left out: the loss of the last step does not count or has no slope",
                                  one.label, base::counted(one.flow.without_gradient, "sequence")));
  for (const Flow& flow : one.flow.flows) {
    const auto first = [&](int FlowPoint::*lost) {
      return std::find_if(flow.points.begin() + 1, flow.points.end(),
                          [&](const FlowPoint& point) { return point.*lost > 0; });
    };
    const std::string name = one.label + " " + short_state(flow.state, one.flow);
    if (const auto zero = first(&FlowPoint::zero); zero != flow.points.end())
      remarks.push_back(fmt::format(
          "{}: norms of exactly 0 from lag {} on: no path to the loss, saturated units, or below 2e-308",
          name, zero->lag));
    if (const auto beyond = first(&FlowPoint::beyond); beyond != flow.points.end())
      remarks.push_back(fmt::format("{}: norms above 1e308 from lag {} on", name, beyond->lag));
  }
  return remarks;
}

std::string csv_of(const std::vector<Measured>& all) {
  const auto number = [](double value) { return std::isnan(value) ? "" : fmt::format("{:.9g}", value); };
  std::string text = "model,state,lag,sequences,zero,beyond,mean,p10,median,p90\n";
  for (const Measured& one : all)
    for (const Flow& flow : one.flow.flows)
      for (const FlowPoint& p : flow.points)
        text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", csv_field(one.label), flow.state, p.lag,
                            p.sequences, p.zero, p.beyond, number(p.mean), number(p.low), number(p.median),
                            number(p.high));
  return text;
}

std::vector<Json> json_of(const Measured& one) {
  std::vector<Json> objects;
  for (const Flow& flow : one.flow.flows) {
    Json object = {{"event", "gradflow"},
                   {"model", one.word},
                   {"state", flow.state},
                   {"loss", enum_name(one.loss)},
                   {"relative", one.relative},
                   {"sequences", one.flow.sequences},
                   {"without_gradient", one.flow.without_gradient},
                   {"rate", flow.fit.rate},
                   {"half_life", flow.fit.half_life()},
                   {"at_zero", flow.fit.at_zero},
                   {"misfit", flow.fit.misfit},
                   {"from", flow.fit.from},
                   {"to", flow.fit.to},
                   {"reaches", flow.reaches}};
    for (const FlowPoint& point : flow.points) {
      object["mean"].push_back(point.mean);
      object["p10"].push_back(point.low);
      object["median"].push_back(point.median);
      object["p90"].push_back(point.high);
      object["reached_by"].push_back(point.sequences);
      object["zero"].push_back(point.zero);
      object["beyond"].push_back(point.beyond);
    }
    objects.push_back(std::move(object));
  }
  return objects;
}

report::Chart chart_of(const std::vector<Measured>& all, double reference) {
  using report::Color;
  constexpr Color kColors[] = {Color::blue,   Color::orange, Color::green, Color::purple,
                               Color::yellow, Color::sky,    Color::ink};
  report::Chart chart{.x_label = "lag: steps back from the last one",
                      .y_label = all[0].relative ? "norm of the gradient / at lag 0" : "norm of the gradient",
                      .y_log = true,
                      .x_whole = true};
  std::size_t lines = 0;
  double low = INFINITY, high = 0;
  for (const Measured& one : all)
    for (const Flow& flow : one.flow.flows) {
      const bool cell = flow.state.ends_with(".c");  // stands behind its h, and shares its colour
      if (!cell) ++lines;
      const std::string state = short_state(flow.state, one.flow);
      report::Series series{.name = all.size() == 1              ? state
                                    : one.flow.flows.size() == 1 ? one.label
                                                                 : one.label + " " + state,
                            .color = kColors[(lines - 1) % std::size(kColors)],
                            .dash = cell ? report::Dash::dashed : report::Dash::solid};
      for (const FlowPoint& point : flow.points) {
        series.y.push_back(point.mean), series.low.push_back(point.low), series.high.push_back(point.high);
        if (point.mean > 0) low = std::min(low, point.mean), high = std::max(high, point.mean);
      }
      chart.series.push_back(std::move(series));
    }
  if (reference > 0) {
    const auto most = std::max_element(chart.series.begin(), chart.series.end(),
                                       [](const auto& a, const auto& b) { return a.y.size() < b.y.size(); });
    report::Series line{
        .name = fmt::format("{:g}^lag", reference), .color = Color::ink, .dash = report::Dash::dashed};
    double at = std::isfinite(chart.series[0].y[0]) ? chart.series[0].y[0] : high;
    for (std::size_t lag = 0; lag < most->y.size() && at >= low && at <= high; ++lag, at *= reference)
      line.y.push_back(at);
    chart.series.push_back(std::move(line));
  }
  return chart;
}

}  // namespace carousel::cli
