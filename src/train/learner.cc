// The parts of a training step.
#include "train/learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/nearest.h"
#include "carousel/error.h"
#include "kernels/reduce.h"
#include "kernels/share_out.h"
#include "optim/clip.h"
#include "train/batches.h"

namespace carousel::training {
namespace {

// Rough: nanoseconds of one core for a number.
constexpr double kSquare = 0.4, kMove = 1.5;
constexpr double kMostFloat = 1e38;

// `*` stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t i = star; i <= text.size(); ++i)
    if (matches(pattern.substr(star + 1), text.substr(i))) return true;
  return false;
}

}  // namespace

double l2_of(const std::string& name, float asked, const TrainOptions& options) {
  const bool named = std::any_of(options.l2_weights.begin(), options.l2_weights.end(),
                                 [&](const std::string& pattern) { return matches(pattern, name); });
  return static_cast<double>(asked) + (named ? options.l2 : 0.0);
}

void check_l2_weights(const TrainOptions& options, const std::vector<std::string>& names) {
  for (const std::string& pattern : options.l2_weights)
    if (std::none_of(names.begin(), names.end(),
                     [&](const std::string& name) { return matches(pattern, name); }))
      throw Error(Code::usage_unknown_word, {.where = "train.l2_weights",
                                             .what = fmt::format("no weights are named '{}'", pattern),
                                             .hint = base::suggest(pattern, names)});
}

model::Parameters<float> copy_of(const model::Parameters<float>& parameters) {
  model::Parameters<float> copy;
  for (const auto& p : parameters)
    copy.push_back({p.name, p.shape, p.l2, AlignedBuffer<float>(p.values.size())});
  copy_values(parameters, copy);
  return copy;
}

void copy_values(const model::Parameters<float>& from, model::Parameters<float>& to) {
  for (std::size_t i = 0; i < from.size(); ++i)
    std::copy_n(from[i].values.data(), from[i].values.size(), to[i].values.data());
}

Learner::Learner(const ModelSpec& spec, int inputs, const TrainOptions& resolved, Team& team)
    : options_(resolved),
      team_(team),
      network_(spec, inputs),
      weights_(network_.initialise(resolved.seed)),
      gradients_(network_.zeros()),
      method_(optim::make_method(resolved.optimizer)),
      criterion_(formula_of(resolved)),
      workspace_(network_.make_workspace()) {
  std::vector<std::string> names;
  for (const auto& weight : weights_) names.push_back(weight.name);
  check_l2_weights(options_, names);
  for (std::size_t s = 0; s < method_->slots().size(); ++s) slots_.push_back(network_.zeros());
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    l2_.push_back(l2_of(weights_[i].name, weights_[i].l2, options_));
    state_.push_back({weights_[i].values.data()});
    for (auto& slot : slots_) state_[i].push_back(slot[i].values.data());
    for (std::size_t first = 0; first < weights_[i].values.size(); first += kRun)
      runs_.push_back({i, first, std::min(kRun, weights_[i].values.size() - first)});
  }
  squares_.resize(runs_.size());
  if (options_.clip_value > 0) steepest_.resize(runs_.size());
  largest_of_.resize(runs_.size());
  scratch_.resize(static_cast<std::size_t>(team.threads()) * kRun * (1 + slots_.size()));
  pack();
}

double Learner::numbers() const {
  double all = 0;
  for (const Run& run : runs_) all += static_cast<double>(run.size);
  return all;
}

void Learner::pack() {
  largest_ = std::numeric_limits<double>::infinity();
  network_.pack(weights_, &team_);
}

layers::Pass Learner::pass_of(const Batch& batch, std::int64_t n) const {
  return {.training = true,
          .recompute = options_.recompute,
          .lengths = batch.lengths,
          .seed = options_.seed,
          .step = static_cast<std::uint32_t>(n),
          .team = &team_};
}

void Learner::reserve(int rows, int steps, bool ragged) {
  const int out_steps = network_.output().sequence ? steps : 1;
  criterion_.reserve(rows, out_steps, network_.output().features, team_.threads());
  dy_memory_.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(out_steps) *
                    static_cast<std::size_t>(network_.output().features));
  if (!ragged) return;  // the first batch is as long as any
  const FlushDenormals flush;
  Batch empty;
  empty.rows = rows, empty.steps = steps, empty.features = network_.inputs();
  empty.x.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(steps) *
                     static_cast<std::size_t>(empty.features),
                 0.0f);
  empty.lengths.assign(static_cast<std::size_t>(rows), 0);
  const SeqView<const float> y = forward(empty, 0);
  dy_memory_.zero();
  dy_ = time_major(dy_memory_.data(), y.steps, y.rows, y.features);
  backward(empty, 0);
}

SeqView<const float> Learner::forward(const Batch& batch, std::int64_t n) {
  return network_.forward(pass_of(batch, n), input_of(batch), {}, workspace_);
}

loss::Sum Learner::loss(SeqView<const float> y, const Batch& batch) {
  dy_memory_.resize(static_cast<std::size_t>(y.rows) * static_cast<std::size_t>(y.steps) *
                    static_cast<std::size_t>(y.features));
  dy_ = time_major(dy_memory_.data(), y.steps, y.rows, y.features);
  return criterion_(y, targets_of(batch), dy_, team_);
}

void Learner::backward(const Batch& batch, std::int64_t n) {
  network_.backward(pass_of(batch, n), {.dy = dy_}, workspace_, gradients_);
}

double Learner::gradient_norm() {
  const auto squares = [this](std::int64_t first, std::int64_t last, int) {
    for (auto r = static_cast<std::size_t>(first); r < static_cast<std::size_t>(last); ++r) {
      const Run& run = runs_[r];
      const std::span<float> g(gradients_[run.tensor].values.data() + run.first, run.size);
      if (l2_[run.tensor] > 0)
        optim::add_l2(l2_[run.tensor], {weights_[run.tensor].values.data() + run.first, run.size}, g);
      squares_[r] = optim::sum_of_squares(g);
      if (!steepest_.empty()) steepest_[r] = kernels::largest(g);
    }
  };
  const auto runs = static_cast<std::int64_t>(runs_.size());
  kernels::share_out(team_, runs, kSquare * numbers(), squares);
  double sum = 0.0;
  for (const double square : squares_) sum += square;
  return std::sqrt(sum);
}

bool Learner::clips(double norm) const {
  if (options_.clip_norm > 0 && norm > options_.clip_norm) return true;
  if (steepest_.empty()) return false;
  return *std::max_element(steepest_.begin(), steepest_.end()) >
         optim::make_clip(norm, options_.clip_norm, options_.clip_value).limit;
}

void Learner::move(const Move& how, const Run& run, float* const* state) const {
  const float* g = gradients_[run.tensor].values.data() + run.first;
  method_->update(how.n, how.rate, how.clip, {run.size, state[0], g, {state + 1, slots_.size()}});
}

// One pass over memory: nothing is kept of what was before. So it is known beforehand that all will stay
// finite, from how large the numbers can become; where that does not tell, all is rehearsed on copies.
void Learner::update(double norm, std::int64_t n, int epoch) {
  const Move how{n, *options_.optimizer.rate,
                 optim::make_clip(norm, options_.clip_norm, options_.clip_value)};
  const double gradient =
      1.001 * std::min(norm * static_cast<double>(how.clip.scale), static_cast<double>(how.clip.limit));
  if (!(method_->bound(n, how.rate, largest_, gradient) < kMostFloat) && spoils(how))
    explain_update(how, epoch);

  const auto runs = static_cast<std::int64_t>(runs_.size());
  kernels::share_out(team_, runs, kMove * numbers(), [&](std::int64_t first, std::int64_t last, int) {
    for (auto r = static_cast<std::size_t>(first); r < static_cast<std::size_t>(last); ++r) {
      const Run& run = runs_[r];
      float* now[4] = {};
      for (std::size_t k = 0; k <= slots_.size(); ++k) now[k] = state_[run.tensor][k] + run.first;
      move(how, run, now);
      largest_of_[r] = 0;
      for (std::size_t k = 0; k <= slots_.size(); ++k)
        largest_of_[r] = std::max(largest_of_[r], kernels::largest({now[k], run.size}));
    }
  });
  pack();
  largest_ = static_cast<double>(*std::max_element(largest_of_.begin(), largest_of_.end()));
}

void Learner::rehearse(const Move& how, const Run& run, float* scratch) const {
  float* copy[4] = {};
  for (std::size_t k = 0; k <= slots_.size(); ++k) {
    copy[k] = scratch + k * kRun;
    std::copy_n(state_[run.tensor][k] + run.first, run.size, copy[k]);
  }
  move(how, run, copy);
}

bool Learner::spoils(const Move& how) {
  std::atomic<bool> spoilt{false};
  const std::size_t scratch = kRun * (1 + slots_.size());
  const auto runs = static_cast<std::int64_t>(runs_.size());
  kernels::share_out(team_, runs, kMove * numbers(), [&](std::int64_t first, std::int64_t last, int worker) {
    float* mine = scratch_.data() + static_cast<std::size_t>(worker) * scratch;
    for (auto r = static_cast<std::size_t>(first); r < static_cast<std::size_t>(last); ++r) {
      rehearse(how, runs_[r], mine);
      for (std::size_t k = 0; k <= slots_.size(); ++k)
        if (!std::isfinite(kernels::largest({mine + k * kRun, runs_[r].size})))
          spoilt.store(true, std::memory_order_relaxed);
    }
  });
  return spoilt;
}

}  // namespace carousel::training
