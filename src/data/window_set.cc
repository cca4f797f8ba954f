// Gathers windows: logarithm, reference, scale, straight from the table's numbers.
#include "data/window_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "carousel/error.h"
#include "data/scaling.h"

namespace carousel::data {
namespace {

// Values that the preparation cannot take: refused with their row before anything is gathered.
void check_values(const Table& table, const ColumnScale& scale, int column, bool relative) {
  if (!scale.log && !relative) return;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const float value = table.at(row, column);
    if (scale.log ? value <= 0.0f : value == 0.0f)
      throw Error(Code::usage_conflict,
                  {.what = scale.log ? "the logarithm needs values above 0"
                                     : "scale = \"relative\" divides by this value",
                   .got = fmt::format("{}", value),
                   .hint = scale.log ? "train with log = \"off\"" : "train with scale = \"standard\"",
                   .file = table.file(),
                   .row = table.line(row),
                   .column = scale.name});
  }
}

}  // namespace

bool needs_references(const Preparation& p) {
  return p.subtract != Subtract::none || p.scale == Scale::relative || p.scale == Scale::sequence;
}

WindowStarts::WindowStarts(const Table& table, std::int64_t first, std::int64_t end, std::int64_t span,
                           std::int64_t stride)
    : stride_(stride) {
  const std::int64_t all = end - first < span ? 0 : (end - first - span) / stride + 1;
  std::int64_t bad = first;  // the first incomplete row from the window's start on
  for (std::int64_t i = 0; i < all; ++i) {
    const std::int64_t start = first + i * stride;
    bad = std::max(bad, start);
    while (bad < start + span && table.complete(bad)) ++bad;
    if (bad < start + span) continue;
    if (runs_.empty() || runs_.back().start + runs_.back().count * stride != start)
      runs_.push_back({start, 0, count_});
    ++runs_.back().count;
    ++count_;
  }
}

std::int64_t WindowStarts::operator[](std::int64_t index) const {
  const auto run = std::upper_bound(runs_.begin(), runs_.end(), index,
                                    [](std::int64_t i, const Run& r) { return i < r.before + r.count; });
  return run->start + (index - run->before) * stride_;
}

WindowSet::WindowSet(Table table, std::shared_ptr<const Preparation> preparation, WindowStarts starts)
    : table_(std::move(table)),
      preparation_(std::move(preparation)),
      starts_(std::move(starts)),
      count_(starts_.count()) {
  const bool relative = preparation_->scale == Scale::relative;
  for (const ColumnScale& scale : preparation_->features) {
    features_.push_back(table_.column(scale.name));
    check_values(table_, scale, features_.back(), relative);
  }
  const auto& names = table_.names();
  for (const ColumnScale& scale : preparation_->targets) {
    const bool there = std::find(names.begin(), names.end(), scale.name) != names.end();
    targets_.push_back(there || needs_references(*preparation_) ? table_.column(scale.name) : -1);
    if (targets_.back() >= 0) check_values(table_, scale, targets_.back(), relative);
  }
}

void WindowSet::select(std::int64_t first, std::int64_t count, std::shared_ptr<const Permutation> order) {
  first_ = first;
  count_ = count;
  order_ = std::move(order);
}

TargetShape WindowSet::target() const {
  return {.values = preparation_->horizon * static_cast<int>(preparation_->targets.size())};
}

std::int64_t WindowSet::first_row(std::int64_t index) const {
  const std::int64_t at = first_ + index;
  return starts_[order_ ? (*order_)(at) : at];
}

std::int64_t WindowSet::id(std::int64_t index) const {
  return target_row(first_row(index));
}

void WindowSet::start(std::span<const std::int64_t> indices, Batch& batch) const {
  const Preparation& p = *preparation_;
  const auto rows = indices.size();
  const auto steps = static_cast<std::size_t>(p.window), horizon = static_cast<std::size_t>(p.horizon);
  const std::size_t features = features_.size(), targets = targets_.size();
  batch.rows = static_cast<int>(rows);
  batch.steps = p.window;
  batch.features = static_cast<int>(features);
  batch.target_values = static_cast<int>(horizon * targets);
  batch.target_steps = 1;
  batch.lengths.clear();
  batch.classes.clear();
  batch.mask.clear();
  batch.ids.resize(rows);
  for (std::size_t b = 0; b < rows; ++b) {
    batch.ids[b] = id(indices[b]);
    if (batch.ids[b] + p.horizon > table_.rows()) batch.target_steps = 0;
  }
  for (const int column : targets_)
    if (column < 0) batch.target_steps = 0;
  batch.x.resize(rows * steps * features);
  batch.values.resize(batch.target_steps ? rows * horizon * targets : 0);
  batch.references.resize(rows * targets * 2);
}

void WindowSet::fill(int first_of, int last, Batch& batch) const noexcept {
  const Preparation& p = *preparation_;
  const auto steps = static_cast<std::size_t>(p.window), horizon = static_cast<std::size_t>(p.horizon);
  const std::size_t features = features_.size(), targets = targets_.size();
  const auto width = static_cast<std::size_t>(table_.columns());
  const float* const numbers = table_.values().data();
  for (auto b = static_cast<std::size_t>(first_of); b < static_cast<std::size_t>(last); ++b) {
    const auto first = static_cast<std::size_t>(batch.ids[b] - p.gap - p.window);
    const auto reference = [&](const ColumnScale& scale, int column) {
      const float* const at = numbers + first * width + static_cast<std::size_t>(column);
      return reference_of(p.subtract, p.scale, p.window,
                          [&](int i) { return level(scale, at[static_cast<std::size_t>(i) * width]); });
    };
    for (std::size_t f = 0; f < features; ++f) {
      const ColumnScale& scale = p.features[f];
      const Affine affine(reference(scale, features_[f]), scale);
      const float* const in = numbers + first * width + static_cast<std::size_t>(features_[f]);
      float* const out = batch.x.data() + b * steps * features + f;
      if (scale.log)
        for (std::size_t t = 0; t < steps; ++t) out[t * features] = affine(std::log(double{in[t * width]}));
      else
        for (std::size_t t = 0; t < steps; ++t) out[t * features] = affine(in[t * width]);
    }
    for (std::size_t k = 0; k < targets; ++k) {
      const ColumnScale& scale = p.targets[k];
      const Reference window = targets_[k] < 0 ? Reference{} : reference(scale, targets_[k]);
      batch.references[2 * (b * targets + k)] = window.shift;
      batch.references[2 * (b * targets + k) + 1] = window.spread;
      if (batch.target_steps == 0) continue;
      const Affine affine(window, scale);
      const float* const in =
          numbers + static_cast<std::size_t>(batch.ids[b]) * width + static_cast<std::size_t>(targets_[k]);
      for (std::size_t h = 0; h < horizon; ++h)
        batch.values[(b * horizon + h) * targets + k] = affine(level(scale, in[h * width]));
    }
  }
}

}  // namespace carousel::data
