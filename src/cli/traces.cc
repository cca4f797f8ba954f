// Draws and writes down what a training run remembers.
#include "cli/traces.h"

#include <algorithm>

#include "base/text.h"
#include "cli/progress.h"
#include "report/distribution_map.h"

namespace carousel::cli {
namespace {

using base::counted;
using base::grouped;

std::string clipping_text(const TrainOptions& options, std::int64_t clipped, std::int64_t steps) {
  if (options.clip_norm <= 0 && options.clip_value <= 0) return " Nothing was clipped: clip_norm is off.";
  if (clipped == 0) return " No step was clipped.";
  const double share = 100.0 * static_cast<double>(clipped) / static_cast<double>(steps);
  return fmt::format(" {} of {} ({}) {} clipped: the strokes on the lower edge.", grouped(clipped),
                     counted(steps, "step"), share < 1 ? "less than 1 %" : fmt::format("{:.0f} %", share),
                     clipped == 1 ? "was" : "were");
}

std::vector<report::Bucket> buckets_of(const Histogram& histogram) {
  std::vector<report::Bucket> buckets;
  for (const auto& [low, high, count] : histogram.buckets)
    buckets.push_back({low, high, static_cast<double>(count)});
  return buckets;
}

}  // namespace

report::Section gradient_section(const TrainingRecord& record) {
  const TrainOptions& options = record.options;
  const std::vector<GradientPoint> points = record.gradient_norms;
  report::Section section{.heading = "Gradient norm"};
  if (points.empty()) return section;
  report::GradientData data{.clip_norm = options.clip_norm};
  std::int64_t clipped = 0, steps = 0;
  for (const GradientPoint& point : points) {
    data.steps.push_back(static_cast<double>(point.step));
    data.mean.push_back(point.mean);
    data.lowest.push_back(point.lowest);
    data.highest.push_back(point.highest);
    data.clipped.push_back(point.clipped > 0);
    clipped += point.clipped, steps += point.steps;
  }
  section.text = "The norm of all gradients together, before clipping.";
  if (points.front().steps > 1)
    section.text +=
        fmt::format(" A point is the mean of {}; the band reaches from the lowest to the highest.",
                    counted(points.front().steps, "step"));
  section.text += clipping_text(options, clipped, steps);
  const auto largest = std::max_element(points.begin(), points.end(),
                                        [](const auto& a, const auto& b) { return a.highest < b.highest; });
  std::vector<double> means = data.mean;
  std::nth_element(means.begin(), means.begin() + static_cast<std::ptrdiff_t>(means.size() / 2), means.end());
  section.text +=
      fmt::format(" Median{} {}, largest {}{}.", points.front().steps > 1 ? " of these means" : "",
                  short_number(means[means.size() / 2]), short_number(largest->highest),
                  largest->steps > 1 ? "" : " at step " + grouped(largest->step));
  if (largest->highest > 0) section.charts.push_back(report::gradient_norms(data));
  return section;
}

report::Section histogram_section(const TrainingRecord& record) {
  report::Section section{.heading = "Weights and gradients"};
  std::vector<EpochHistograms> epochs = record.histograms;
  if (epochs.empty()) return section;
  const int step = epochs.size() > 1 ? epochs[1].epoch - epochs[0].epoch : 1;
  // An epoch that was cut short may stand beside the grid of the others.
  if (epochs.size() > 2 && epochs.back().epoch - epochs[epochs.size() - 2].epoch != step) epochs.pop_back();
  const std::size_t tensors = epochs[0].tensors.size();
  section.text =
      "How the numbers of each tensor are spread at the ends of epochs: the weights after the epoch's last "
      "step, and the gradient of its last batch before clipping. The outer rows hold what lies beyond, a "
      "gradient's row named 0 what is nearer to 0 than the rows beside it.";
  if (step > 1) section.text += fmt::format(" One epoch in {} is drawn.", step);
  for (std::size_t i = 0; i < tensors; ++i)
    for (const bool of_gradient : {false, true}) {
      std::vector<std::vector<report::Bucket>> columns;
      for (const EpochHistograms& epoch : epochs)
        columns.push_back(buckets_of(of_gradient ? epoch.tensors[i].gradient : epoch.tensors[i].weights));
      section.heat_maps.push_back(report::distribution_map(
          epochs[0].tensors[i].name + (of_gradient ? ", gradient" : ""),
          of_gradient ? report::Rows::decades : report::Rows::even, epochs[0].epoch, step, columns));
    }
  return section;
}

std::string gradients_csv(const TrainingRecord& record) {
  std::string text = "step,steps,mean,lowest,highest,clipped\n";
  for (const GradientPoint& p : record.gradient_norms)
    text += fmt::format("{},{},{:.8g},{:.8g},{:.8g},{}\n", p.step, p.steps, p.mean, p.lowest, p.highest,
                        p.clipped);
  return text;
}

}  // namespace carousel::cli
