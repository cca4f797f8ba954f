// A step whose loss or gradient is not finite, done again with checks: which tensor, which layer, when, which
// row.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "carousel/error.h"
#include "train/batches.h"
#include "train/learner.h"

namespace carousel::training {
namespace {

struct Place {
  int step, row;
  float value;
};

// The first number within the rows' lengths that is not finite, by step, then by row.
std::optional<Place> first_bad(SeqView<const float> v, std::span<const std::int32_t> lengths) {
  for (int t = 0; t < v.steps; ++t)
    for (int b = 0; b < v.rows; ++b) {
      if (v.steps > 1 && !lengths.empty() && t >= lengths[static_cast<std::size_t>(b)]) continue;
      for (int f = 0; f < v.features; ++f)
        if (!std::isfinite(v.at(t, b)[f])) return Place{t, b, v.at(t, b)[f]};
    }
  return std::nullopt;
}

std::optional<float> first_bad(const model::Parameter<float>& tensor) {
  for (std::size_t i = 0; i < tensor.values.size(); ++i)
    if (!std::isfinite(tensor.values[i])) return tensor.values[i];
  return std::nullopt;
}

[[noreturn]] void not_finite(std::string what, double got, std::string hint) {
  throw Error(Code::check_not_finite, {.where = "train",
                                       .what = std::move(what),
                                       .expected = "finite numbers",
                                       .got = base::shown(got),
                                       .hint = std::move(hint)});
}

constexpr const char* kCalmer = "lower train.optimizer.rate, or set train.clip_norm";

std::string sequence(const Batch& batch, int row) {
  const auto b = static_cast<std::size_t>(row);
  return b < batch.ids.size() ? fmt::format("row {} of the batch (id {})", row, batch.ids[b])
                              : fmt::format("row {} of the batch", row);
}

}  // namespace

void Learner::explain_not_finite(const Batch& batch, std::int64_t n, int epoch) {
  const std::string when = fmt::format("step {} (epoch {})", n, epoch);
  if (const auto bad = first_bad(input_of(batch), batch.lengths))
    not_finite(fmt::format("{}: the input at time {} of {} is not finite", when, bad->step,
                           sequence(batch, bad->row)),
               bad->value, "look at the data");
  for (const auto& weight : weights_)
    if (const auto bad = first_bad(weight))
      not_finite(fmt::format("{}: the weights {} are not finite since the update before", when, weight.name),
                 *bad, kCalmer);

  const SeqView<const float> y = forward(batch, n);
  for (std::size_t i = 0; i < network_.layer_count(); ++i) {
    const SeqView<const float> out = i + 1 < network_.layer_count() ? workspace_.inputs[i + 1] : y;
    if (const auto bad = first_bad(out, batch.lengths))
      not_finite(fmt::format("{}: the output of layer {} ({}) is not finite at time {} of {}", when, i,
                             network_.layer(i).kind(), bad->step, sequence(batch, bad->row)),
                 bad->value, kCalmer);
  }

  const loss::Sum sum = loss(y, batch);
  if (const auto place = criterion_.not_finite())
    not_finite(fmt::format("{}: the loss at time {} of {} is not finite", when, place->step,
                           sequence(batch, place->row)),
               sum.total, "look at the targets; are they of the loss's kind?");
  explain_gradients(batch, n, when);
  not_finite(fmt::format("{}: the loss or the norm of the gradients is not finite", when),
             sum.value(options_.reduce_samples), kCalmer);
}

// The gradient that fails first is that of the last layer. To find the row, every other row's dy is set to
// zero.
void Learner::explain_gradients(const Batch& batch, std::int64_t n, const std::string& when) {
  backward(batch, n);
  for (std::size_t i = gradients_.size(); i-- > 0;) {
    const auto bad = first_bad(gradients_[i]);
    if (!bad) continue;
    for (int row = 0; row < batch.rows; ++row) {
      loss(forward(batch, n), batch);
      for (int b = 0; b < dy_.rows; ++b)
        for (int t = 0; t < dy_.steps; ++t)
          if (b != row) std::fill_n(dy_.at(t, b), dy_.features, 0.0f);
      backward(batch, n);
      if (first_bad(gradients_[i]))
        not_finite(fmt::format("{}: the gradient of {} is not finite, from {}", when, gradients_[i].name,
                               sequence(batch, row)),
                   *bad, kCalmer);
    }
    not_finite(
        fmt::format("{}: the gradient of {} is not finite, added up over the rows", when, gradients_[i].name),
        *bad, kCalmer);
  }
}

void Learner::explain_update(const Move& how, int epoch) {
  for (std::size_t i = 0; i < weights_.size(); ++i)
    for (std::size_t k = 0; k <= slots_.size(); ++k)
      for (const Run& run : runs_) {
        if (run.tensor != i) continue;
        rehearse(how, run, scratch_.data());
        const float* spoilt = scratch_.data() + k * kRun;
        const float* bad = std::find_if(spoilt, spoilt + run.size, [](float v) { return !std::isfinite(v); });
        if (bad == spoilt + run.size) continue;
        const std::string what =
            k == 0 ? weights_[i].name
                   : fmt::format("the optimiser's {} of {}", slot_names()[k - 1], weights_[i].name);
        not_finite(fmt::format("step {} (epoch {}): the update would make {} not finite", how.n, epoch, what),
                   *bad, kCalmer);
      }
  throw Error(Code::check_not_finite, {.where = "train", .what = "an update is not finite", .hint = kCalmer});
}

}  // namespace carousel::training
