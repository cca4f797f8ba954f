// Draws what a classifier gets wrong.
#include "cli/class_sections.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "cli/predictions.h"
#include "forecast/metrics.h"

namespace carousel::cli {
namespace {

constexpr int kClassesInTable = 12;
constexpr std::size_t kMistakes = 12, kExamples = 12, kLinesInPicture = 3;

std::string share_text(double share) {
  return share > 0 && share < 0.01 ? "<1 %" : fmt::format("{:.0f} %", 100 * share);
}

std::int64_t row_sum(const forecasting::Confusion& counts, int truth) {
  std::int64_t sum = 0;
  for (int c = 0; c < counts.classes(); ++c) sum += counts.at(truth, c);
  return sum;
}

report::Table table_of(const forecasting::Confusion& counts, const std::vector<std::string>& names) {
  report::Table table{.columns = {"true class"}};
  for (int c = 0; c < counts.classes(); ++c)
    table.columns.push_back(class_name(names, static_cast<std::size_t>(c)));
  for (int truth = 0; truth < counts.classes(); ++truth) {
    const std::int64_t sum = row_sum(counts, truth);
    std::vector<std::string> row = {class_name(names, static_cast<std::size_t>(truth))};
    for (int c = 0; c < counts.classes(); ++c) {
      const std::int64_t n = counts.at(truth, c);
      const double share = sum > 0 ? static_cast<double>(n) / static_cast<double>(sum) : 0;
      row.push_back(n == 0 ? "0" : base::grouped(n) + "\n" + share_text(share));
      table.shades.push_back(share);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

report::HeatMap map_of(const forecasting::Confusion& counts, const std::vector<std::string>& names) {
  const auto classes = static_cast<std::size_t>(counts.classes());
  report::HeatMap map{.x_label = "predicted class, by number",
                      .y_label = "true class",
                      .rows = classes,
                      .columns = classes,
                      .value_label = "share of the row"};
  for (int truth = 0; truth < counts.classes(); ++truth) {
    const std::int64_t sum = row_sum(counts, truth);
    map.row_names.push_back(class_name(names, static_cast<std::size_t>(truth)));
    for (int c = 0; c < counts.classes(); ++c)
      map.values.push_back(sum > 0 ? static_cast<float>(counts.at(truth, c)) / static_cast<float>(sum) : NAN);
  }
  return map;
}

/// The most frequent confusions of two classes.
report::Table mistakes_of(const forecasting::Confusion& counts, const std::vector<std::string>& names) {
  struct Mistake {
    int truth, taken;
    std::int64_t count;
  };
  std::vector<Mistake> all;
  for (int truth = 0; truth < counts.classes(); ++truth)
    for (int c = 0; c < counts.classes(); ++c)
      if (c != truth && counts.at(truth, c) > 0) all.push_back({truth, c, counts.at(truth, c)});
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  report::Table table{.columns = {"true class", "taken for", "times", "share of the class"}};
  for (std::size_t i = 0; i < std::min(all.size(), kMistakes); ++i) {
    const auto& [truth, taken, count] = all[i];
    table.rows.push_back(
        {class_name(names, static_cast<std::size_t>(truth)),
         class_name(names, static_cast<std::size_t>(taken)), base::grouped(count),
         share_text(static_cast<double>(count) / static_cast<double>(row_sum(counts, truth)))});
  }
  return table;
}

/// What the network saw of a sequence: an image upright, few features as lines, many as rows of a heat map.
void draw(report::Card& card, const Prepared& data, const Batch& batch, int marked_step) {
  const auto steps = static_cast<std::size_t>(batch.lengths.empty() ? batch.steps : batch.lengths[0]),
             features = static_cast<std::size_t>(batch.features);
  const bool image = data.preparation.kind == Preparation::Kind::images;
  if (!image && features <= kLinesInPicture) {
    constexpr report::Color kColors[] = {report::Color::blue, report::Color::orange, report::Color::green};
    constexpr report::Dash kDashes[] = {report::Dash::solid, report::Dash::dashed, report::Dash::dotted};
    card.chart.x_whole = true;
    for (std::size_t f = 0; f < features; ++f) {
      report::Series line{.color = kColors[f], .dash = kDashes[f]};
      for (std::size_t t = 0; t < steps; ++t) line.y.push_back(batch.x[t * features + f]);
      card.chart.series.push_back(std::move(line));
    }
    if (marked_step >= 0) card.chart.markers.push_back({static_cast<double>(marked_step), ""});
    return;
  }
  report::HeatMap& map = card.heat_map;
  map.bare = true;
  map.rows = image ? steps : features, map.columns = image ? features : steps;
  for (std::size_t r = 0; r < map.rows; ++r)
    for (std::size_t c = 0; c < map.columns; ++c)
      map.values.push_back(image ? batch.x[r * features + c] : batch.x[c * features + r]);
  report::fit_colors(map);
  if (marked_step >= 0 && !image) map.markers.push_back({static_cast<double>(marked_step), ""});
  // An image in its own shape, as far as that is none of a ribbon.
  const double shape =
      static_cast<double>(map.rows) / static_cast<double>(std::max<std::size_t>(map.columns, 1));
  if (image) card.size.height = static_cast<int>(card.size.width * std::clamp(shape, 0.3, 2.0));
}

}  // namespace

report::Section confusion_section(const Predicted& predicted, const std::vector<std::int32_t>& truth,
                                  const std::vector<std::string>& classes) {
  const forecasting::Confusion counts(predicted.width,
                                      forecasting::largest(predicted.values, predicted.width), truth);
  report::Section section{.heading = "Confusion matrix"};
  if (counts.classes() <= kClassesInTable) {
    section.text =
        "How often each true class (a row) was taken for each class (a column), and which share of the row "
        "that "
        "is. What is right stands on the diagonal.";
    section.tables.push_back(table_of(counts, classes));
    return section;
  }
  section.text =
      "Which share of each true class (a row) was taken for each class (a column); what is right lies on the "
      "diagonal. Below, the commonest mistakes.";
  section.heat_maps.push_back(map_of(counts, classes));
  section.tables.push_back(mistakes_of(counts, classes));
  return section;
}

report::Section worst_section(const Prepared& data, const Dataset& part, const Predicted& predicted,
                              const std::vector<std::int32_t>& truth,
                              const std::vector<std::string>& classes) {
  const auto width = static_cast<std::size_t>(predicted.width);
  const auto probability = [&](std::size_t line) {
    return predicted.values[line * width + static_cast<std::size_t>(truth[line])];
  };
  std::vector<std::size_t> worst;
  for (std::size_t line = 0; line < predicted.lines(); ++line)
    if (truth[line] >= 0) worst.push_back(line);
  const auto shown = static_cast<std::ptrdiff_t>(std::min(kExamples, worst.size()));
  std::partial_sort(worst.begin(), worst.begin() + shown, worst.end(), [&](std::size_t a, std::size_t b) {
    return probability(a) != probability(b) ? probability(a) < probability(b) : a < b;
  });
  worst.resize(static_cast<std::size_t>(shown));

  report::Section section{.heading = "Worst examples"};
  if (worst.empty()) return section;
  const bool every_step = part.target().every_step;
  section.text = fmt::format(
      "The {} whose true class got the least probability, and so the highest loss. A label that is wrong "
      "stands "
      "out here too.",
      base::counted(shown, every_step ? "step" : "example"));
  Batch batch;
  for (const std::size_t line : worst) {
    std::int64_t index = 0;
    while (index < part.count() && part.id(index) != predicted.ids[line]) ++index;
    if (index == part.count()) continue;
    part.gather(std::vector<std::int64_t>{index}, batch);
    const auto first = predicted.values.begin() + static_cast<std::ptrdiff_t>(line * width);
    const auto taken = std::max_element(first, first + predicted.width);
    report::Card card{
        .title =
            fmt::format("{} {}", data.preparation.kind == Preparation::Kind::images ? "image" : "sequence",
                        predicted.ids[line]),
        .text = fmt::format(
            "true: {} ({})\ntaken for: {} ({})", class_name(classes, static_cast<std::size_t>(truth[line])),
            share_text(probability(line)), class_name(classes, static_cast<std::size_t>(taken - first)),
            share_text(*taken))};
    if (every_step) card.title += fmt::format(", step {}", predicted.steps[line]);
    draw(card, data, batch, every_step ? predicted.steps[line] : -1);
    section.cards.push_back(std::move(card));
  }
  return section;
}

}  // namespace carousel::cli
