// The parts of a training step.
#include "train/learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string_view>

#include "base/nearest.h"
#include "carousel/error.h"
#include "kernels/reduce.h"
#include "optim/clip.h"
#include "train/batches.h"

namespace carousel::training {
namespace {

constexpr std::size_t kNumbersWorthAThread = 16384;
constexpr std::size_t kNumbersAtOnce = 2048;  // of an update: what is copied and checked stays in the cache

// `*` stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t i = star; i <= text.size(); ++i)
    if (matches(pattern.substr(star + 1), text.substr(i))) return true;
  return false;
}

std::size_t count_of(const model::Parameters<float>& parameters) {
  std::size_t count = 0;
  for (const auto& p : parameters) count += p.values.size();
  return count;
}

// The share [first, last) of n numbers that worker `index` of `count` has, cut at whole cache lines.
struct Part {
  std::size_t first, last;
};
Part part_of(std::size_t n, const Team::Worker& worker) {
  constexpr std::size_t kLine = 16;
  const std::size_t lines = (n + kLine - 1) / kLine, count = static_cast<std::size_t>(worker.count);
  const auto index = static_cast<std::size_t>(worker.index);
  return {std::min(n, lines * index / count * kLine), std::min(n, lines * (index + 1) / count * kLine)};
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
      squares_(weights_.size()),
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
    before_.emplace_back();
    for (std::size_t k = 0; k < state_[i].size(); ++k)
      before_[i].push_back(before_memory_.emplace_back(weights_[i].values.size()).data());
  }
  pack();
}

layers::Pass Learner::pass_of(const Batch& batch, std::int64_t n) const {
  return {.training = true,
          .lengths = batch.lengths,
          .seed = options_.seed,
          .step = static_cast<std::uint32_t>(n),
          .team = &team_};
}

void Learner::reserve(int rows, int steps, bool ragged) {
  const int out_steps = network_.output().sequence ? steps : 1;
  criterion_.reserve(rows, out_steps);
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
  return criterion_(y, targets_of(batch), dy_);
}

void Learner::backward(const Batch& batch, std::int64_t n) {
  network_.backward(pass_of(batch, n), {.dy = dy_}, workspace_, gradients_);
}

double Learner::gradient_norm() {
  // A tensor's sum is one worker's: the order of adding does not depend on how many there are.
  team_.run(count_of(weights_) < kNumbersWorthAThread ? 1 : team_.threads(),
            [this](const Team::Worker& worker) {
              for (std::size_t i = static_cast<std::size_t>(worker.index); i < gradients_.size();
                   i += static_cast<std::size_t>(worker.count)) {
                const std::span<float> g(gradients_[i].values.data(), gradients_[i].values.size());
                if (l2_[i] > 0) optim::add_l2(l2_[i], {weights_[i].values.data(), g.size()}, g);
                squares_[i] = optim::sum_of_squares(g);
              }
            });
  double sum = 0.0;
  for (const double square : squares_) sum += square;
  return std::sqrt(sum);
}

void Learner::update(double norm, std::int64_t n, int epoch) {
  const optim::Clip clip = optim::make_clip(norm, options_.clip_norm, options_.clip_value);
  const double rate = *options_.optimizer.rate;
  std::atomic<bool> spoilt{false};
  team_.run(count_of(weights_) < kNumbersWorthAThread ? 1 : team_.threads(), [&](const Team::Worker& worker) {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const Part part = part_of(weights_[i].values.size(), worker);
      const std::vector<float*>& state = state_[i];
      for (std::size_t first = part.first; first < part.last; first += kNumbersAtOnce) {
        const std::size_t size = std::min(kNumbersAtOnce, part.last - first);
        float* now[4] = {};
        for (std::size_t k = 0; k < state.size(); ++k) {
          now[k] = state[k] + first;
          std::copy_n(now[k], size, before_[i][k] + first);
        }
        method_->update(n, rate, clip,
                        {size, now[0], gradients_[i].values.data() + first, {now + 1, state.size() - 1}});
        for (std::size_t k = 0; k < state.size(); ++k)
          if (!kernels::all_finite({now[k], size})) spoilt.store(true, std::memory_order_relaxed);
      }
    }
  });
  if (spoilt) explain_update(n, epoch);
  pack();
}

void Learner::swap_with_before() {
  for (std::size_t i = 0; i < state_.size(); ++i)
    for (std::size_t k = 0; k < state_[i].size(); ++k)
      std::swap_ranges(state_[i][k], state_[i][k] + weights_[i].values.size(), before_[i][k]);
}

}  // namespace carousel::training
