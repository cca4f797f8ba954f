// The baselines of prepared data.
#include "forecast/baselines.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "carousel/error.h"
#include "data/each_batch.h"
#include "forecast/ridge.h"

namespace carousel::forecasting {
namespace {

constexpr double kMostProducts = 1.2e10;  // of a regression: a few seconds on one core
constexpr double kLambda = 10.0;          // of inputs of unit variance

/// Calls use(row, target step) for every target of the batch that counts.
template <class F>
void each_target(const Batch& batch, F&& use) {
  for (int b = 0; b < batch.rows; ++b) {
    const int length = batch.lengths.empty() ? batch.steps : batch.lengths[b];
    const int steps = batch.target_steps > 1 ? std::min(length, batch.target_steps) : batch.target_steps;
    for (int t = 0; t < steps; ++t)
      if (batch.mask.empty() || batch.mask[static_cast<std::size_t>(b) * batch.target_steps + t] != 0)
        use(b, t);
  }
}

std::vector<float> restored(const Prepared& data, const Batch& batch) {
  std::vector<float> values = batch.values;
  restore(data.preparation, batch.references, values);
  return values;
}

/// Ridge regression of arrays: inputs of a target are its sequence (thinned) or its own step, and a constant.
class LinearMap {
 public:
  LinearMap(const Prepared& data, int outputs)
      : every_step_(data.train->target().every_step), outputs_(outputs) {
    const Dataset& train = *data.train;
    steps_ = every_step_ ? 1 : train.max_steps();
    features_ = train.features();
    thin_ = (steps_ * features_ + LinearAutoregression::kMaxInputs - 1) / LinearAutoregression::kMaxInputs;
    inputs_ = (steps_ + thin_ - 1) / thin_ * features_ + 1;
    const double targets = static_cast<double>(train.count()) * (every_step_ ? train.max_steps() : 1);
    stride_ =
        static_cast<std::int64_t>(std::ceil(std::max(targets * inputs_ * inputs_ / kMostProducts, 1.0)));
  }

  std::int64_t stride() const { return stride_; }

  /// Appends the inputs of target step `t` of row `b`.
  void inputs(const Batch& batch, int b, int t, std::vector<double>& x) const {
    const int first = every_step_ ? t : 0;
    for (int step = first; step < first + steps_; step += thin_)
      for (int f = 0; f < features_; ++f)
        x.push_back(step < batch.steps
                        ? batch.x[(static_cast<std::size_t>(b) * batch.steps + step) * features_ + f]
                        : 0.0f);
    x.push_back(1);
  }

  /// `target(batch, b, t, y)` appends the outputs that are wanted of a target.
  template <class Target>
  void fit(const Dataset& train, Target&& target) {
    double squares = 0, count = 0;
    const auto add_squares = [&](const Batch& batch) {
      for (const float v : batch.x) squares += static_cast<double>(v) * v;
      count += static_cast<double>(batch.x.size());
    };
    data::each_batch(train, add_squares, stride_);
    Ridge ridge(inputs_, outputs_);
    std::vector<double> x, y;
    const auto add_targets = [&](const Batch& batch) {
      each_target(batch, [&](int b, int t) {
        inputs(batch, b, t, x);
        target(batch, b, t, y);
      });
      ridge.add(x, y);
      x.clear(), y.clear();
    };
    data::each_batch(train, add_targets, stride_);
    weights_ = ridge.solve(kLambda * std::max(squares / std::max(count, 1.0), 1e-12), 1);
  }

  void predict(const Batch& batch, int b, int t, double* y) {
    x_.clear();
    inputs(batch, b, t, x_);
    std::fill(y, y + outputs_, 0.0);
    for (int i = 0; i < inputs_; ++i)
      for (int o = 0; o < outputs_; ++o) y[o] += x_[i] * weights_[static_cast<std::size_t>(i) * outputs_ + o];
  }

 private:
  bool every_step_;
  int outputs_, steps_, features_, thin_, inputs_;
  std::int64_t stride_;
  std::vector<double> weights_, x_;
};

std::vector<Baseline> of_table(const Prepared& data, const Dataset& part) {
  const Series series = series_of(data);
  const auto train = origins_of(*data.train), origins = origins_of(part);
  std::vector<Baseline> all;
  all.push_back({.name = "naive", .values = naive(series, origins)});
  if (series.season > 1)
    all.push_back({.name = "seasonal naive (" + std::to_string(series.season) + ")",
                   .values = seasonal_naive(series, origins)});
  all.push_back({.name = kLinearAutoregression,
                 .values = LinearAutoregression(series, train).predict(series, origins)});
  return all;
}

std::vector<Baseline> of_values(const Prepared& data, const Dataset& part) {
  const int outputs = data.train->target().values;
  std::vector<double> mean(outputs);
  double count = 0;
  LinearMap linear(data, outputs);
  const auto append = [&](const Batch& batch, int b, int t, std::vector<double>& y) {
    const float* v = batch.values.data() + (static_cast<std::size_t>(b) * batch.target_steps + t) * outputs;
    for (int o = 0; o < outputs; ++o) y.push_back(v[o]), mean[o] += v[o];
    ++count;
  };
  linear.fit(*data.train, append);
  for (double& m : mean) m /= std::max(count, 1.0);

  // Predictions are made as the network makes them, prepared, and restored with their batch.
  Baseline constant{.name = "mean"}, map{.name = "linear"};
  data::each_batch(part, [&](const Batch& batch) {
    std::vector<float> a = batch.values, b = batch.values;
    std::vector<double> y(outputs);
    each_target(batch, [&](int row, int t) {
      const std::size_t at = (static_cast<std::size_t>(row) * batch.target_steps + t) * outputs;
      linear.predict(batch, row, t, y.data());
      for (int o = 0; o < outputs; ++o)
        a[at + o] = static_cast<float>(mean[o]), b[at + o] = static_cast<float>(y[o]);
    });
    restore(data.preparation, batch.references, a);
    restore(data.preparation, batch.references, b);
    each_target(batch, [&](int row, int t) {
      const std::size_t at = (static_cast<std::size_t>(row) * batch.target_steps + t) * outputs;
      constant.values.insert(constant.values.end(), a.begin() + at, a.begin() + at + outputs);
      map.values.insert(map.values.end(), b.begin() + at, b.begin() + at + outputs);
    });
  });
  return {constant, map};
}

std::vector<Baseline> of_classes(const Prepared& data, const Dataset& part) {
  const int classes = data.train->target().classes;
  const auto known = true_classes(*data.train);
  std::vector<std::int64_t> counts(classes);
  for (const std::int32_t c : known) ++counts[c];
  const auto most =
      static_cast<std::int32_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());

  LinearMap linear(data, classes);
  linear.fit(*data.train, [&](const Batch& batch, int b, int t, std::vector<double>& y) {
    y.resize(y.size() + classes);
    y[y.size() - classes + batch.classes[static_cast<std::size_t>(b) * batch.target_steps + t]] = 1;
  });
  Baseline majority{.name = "majority"}, map{.name = "linear"};
  std::vector<double> y(classes);
  data::each_batch(part, [&](const Batch& batch) {
    each_target(batch, [&](int b, int t) {
      linear.predict(batch, b, t, y.data());
      map.classes.push_back(static_cast<std::int32_t>(std::max_element(y.begin(), y.end()) - y.begin()));
      majority.classes.push_back(most);
    });
  });
  return {majority, map};
}

}  // namespace

Series series_of(const Prepared& data) {
  if (!data.table) throw Error(Code::usage_shape, {.where = "series_of", .what = "the data is not a table"});
  return series_of(*data.table, data.preparation);
}

Series series_of(const Table& table, const Preparation& p) {
  Series series{.values = table.values(), .columns = table.columns(), .features = {}, .targets = {}};
  series.log.assign(series.columns, false);
  const auto columns = [&](const std::vector<ColumnScale>& scales, std::vector<int>& out) {
    for (const ColumnScale& scale : scales) {
      out.push_back(table.column(scale.name));
      series.log[out.back()] = scale.log;
    }
  };
  columns(p.features, series.features);
  columns(p.targets, series.targets);
  series.window = p.window, series.horizon = p.horizon, series.gap = p.gap,
  series.season = std::max(p.season, 1);
  return series;
}

std::vector<std::int64_t> origins_of(const Dataset& part) {
  std::vector<std::int64_t> origins(part.count());
  for (std::size_t i = 0; i < origins.size(); ++i) origins[i] = part.id(static_cast<std::int64_t>(i));
  return origins;
}

std::vector<double> true_values(const Prepared& data, const Dataset& part) {
  if (data.table) return truth(series_of(data), origins_of(part));
  std::vector<double> values;
  data::each_batch(part, [&](const Batch& batch) {
    const auto all = restored(data, batch);
    each_target(batch, [&](int b, int t) {
      const auto from =
          all.begin() + (static_cast<std::ptrdiff_t>(b) * batch.target_steps + t) * batch.target_values;
      values.insert(values.end(), from, from + batch.target_values);
    });
  });
  return values;
}

std::vector<std::int32_t> true_classes(const Dataset& part) {
  std::vector<std::int32_t> classes;
  data::each_batch(part, [&](const Batch& batch) {
    each_target(batch, [&](int b, int t) {
      classes.push_back(batch.classes[static_cast<std::size_t>(b) * batch.target_steps + t]);
    });
  });
  return classes;
}

std::vector<Baseline> baselines(const Prepared& data, const Dataset& part) {
  if (!data.train->count() || !part.count()) return {};
  const bool classes = data.train->target().classes > 0;
  std::vector<Baseline> all = classes      ? of_classes(data, part)
                              : data.table ? of_table(data, part)
                                           : of_values(data, part);
  if (classes) {
    const auto known = true_classes(part);
    for (Baseline& one : all)
      one.accuracy = Confusion(data.train->target().classes, one.classes, known).accuracy();
  } else {
    const auto known = true_values(data, part);
    for (Baseline& one : all) one.errors = errors(one.values, known);
  }
  return all;
}

}  // namespace carousel::forecasting
