// Criterion: which steps count and with what weight, then the loss of each of them.
#include "loss/criterion.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "carousel/error.h"
#include "kernels/share_out.h"
#include "loss/binary_cross_entropy.h"
#include "loss/cross_entropy.h"
#include "loss/mae.h"
#include "loss/mse.h"

namespace carousel::loss {
namespace {

[[noreturn]] void wrong_shape(std::string what, std::string expected, std::string got, std::string hint) {
  throw Error(Code::usage_shape, {.where = "loss",
                                  .what = std::move(what),
                                  .expected = std::move(expected),
                                  .got = std::move(got),
                                  .hint = std::move(hint)});
}

template <class T>
void check(const Formula& formula, const SeqView<const T>& y, const Targets& targets) {
  if (formula.at == LossAt::every && y.steps != targets.steps)
    wrong_shape("the network's steps are not those of the targets", fmt::format("{} step(s)", targets.steps),
                fmt::format("{} step(s)", y.steps),
                targets.steps == 1
                    ? "let the last recurrent layer return \"last\", or set loss_at = \"last\""
                    : "let every recurrent layer return \"sequence\", or set loss_at = \"last\"");
  if (targets.numbers && targets.values != y.features)
    wrong_shape("the network puts out another number of values than the targets have",
                std::to_string(targets.values), std::to_string(y.features),
                fmt::format("the last layer needs units = {}", targets.values));
}

template <class T>
StepLoss one_step(Loss loss, const T* y, const float* v, const std::int32_t* c, int k, double weight, T* dy,
                  double* scratch) {
  switch (loss) {
    case Loss::mse:
      return mse(y, v, k, weight, dy);
    case Loss::mae:
      return mae(y, v, k, weight, dy);
    case Loss::cross_entropy:
      return c ? cross_entropy(y, *c, k, weight, dy, scratch) : cross_entropy(y, v, k, weight, dy, scratch);
    case Loss::binary_cross_entropy:
      if (c)
        return binary_cross_entropy(
            y, [=](int i) { return static_cast<double>(c[i]); }, k, weight, dy, scratch);
      return binary_cross_entropy(
          y, [=](int i) { return static_cast<double>(v[i]); }, k, weight, dy, scratch);
  }
  return {};
}

// Roughly, of one core and one output.
double nanoseconds_of(Loss loss) {
  switch (loss) {
    case Loss::mse:
    case Loss::mae:
      return 1;
    case Loss::cross_entropy:
      return 4;
    case Loss::binary_cross_entropy:
      return 6;
  }
  return 1;
}

}  // namespace

Sum& Sum::operator+=(const Sum& other) {
  total += other.total;
  rows += other.rows;
  steps += other.steps;
  judged += other.judged;
  right += other.right;
  return *this;
}

double Sum::value(Reduce samples) const {
  return samples == Reduce::sum || rows == 0 ? total : total / static_cast<double>(rows);
}

std::optional<double> Sum::accuracy() const {
  if (judged == 0) return std::nullopt;
  return static_cast<double>(right) / static_cast<double>(judged);
}

template <class T>
void Criterion<T>::reserve(int rows, int steps, int features, int threads) {
  step_losses_.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(steps));
  row_losses_.reserve(static_cast<std::size_t>(rows));
  counts_.reserve(static_cast<std::size_t>(rows));
  ranges_.reserve(static_cast<std::size_t>(rows));
  scratch_.resize(scratch_of(features) * static_cast<std::size_t>(threads));
}

template <class T>
typename Criterion<T>::Range Criterion<T>::range(int row, int y_steps, const Targets& targets) const {
  const int length =
      targets.lengths.empty() ? targets.longest : targets.lengths[static_cast<std::size_t>(row)];
  if (length == 0) return {};
  if (formula_.at == LossAt::every) return {0, std::min(length, y_steps), 0};
  const int step = y_steps == 1 ? 0 : length - 1;
  return {step, step + 1, targets.steps == 1 ? 0 : length - 1};
}

template <class T>
void Criterion<T>::count(int rows, int y_steps, const Targets& targets) {
  rows_ = rows;
  steps_ = y_steps;
  counts_.assign(static_cast<std::size_t>(rows), 0);
  ranges_.resize(static_cast<std::size_t>(rows));
  for (int b = 0; b < rows; ++b) {
    const Range r = ranges_[static_cast<std::size_t>(b)] = range(b, y_steps, targets);
    for (int t = r.first; t < r.last; ++t)
      if (targets.mask.empty() || targets.mask[target_of(b, t, targets)] != 0.0f)
        ++counts_[static_cast<std::size_t>(b)];
  }
}

template <class T>
std::size_t Criterion<T>::target_of(int row, int step, const Targets& targets) const {
  const Range& r = ranges_[static_cast<std::size_t>(row)];
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(targets.steps) +
         static_cast<std::size_t>(r.target + step - r.first);
}

template <class T>
Sum Criterion<T>::operator()(SeqView<const T> y, const Targets& targets, SeqView<T> dy, Team& team) {
  check(formula_, y, targets);
  count(y.rows, y.steps, targets);
  Sum sum;
  for (const std::int32_t n : counts_)
    if (n > 0) ++sum.rows, sum.steps += n;

  const auto rows = static_cast<std::size_t>(y.rows);
  const std::size_t scratch = scratch_of(y.features);
  step_losses_.assign(rows * static_cast<std::size_t>(y.steps), 0.0);
  row_losses_.assign(rows, 0.0);
  scratch_.resize(scratch * static_cast<std::size_t>(team.threads()));
  const double row_share = formula_.samples == Reduce::mean ? 1.0 / static_cast<double>(sum.rows) : 1.0;
  const auto step_share = [&](std::size_t row) {
    return formula_.time == Reduce::mean ? 1.0 / counts_[row] : 1.0;
  };
  std::atomic<std::int64_t> judged{0}, right{0};  // whole numbers: their order of adding does not matter
  kernels::share_out_rows(
      team, y.steps, y.rows, nanoseconds_of(formula_.loss) * static_cast<double>(sum.steps) * y.features,
      [&](int t, int first, int last, int worker) {
        std::int64_t judged_here = 0, right_here = 0;
        for (int b = first; b < last; ++b) {
          const auto row = static_cast<std::size_t>(b);
          const Range& r = ranges_[row];
          const std::size_t target = target_of(b, t, targets);
          if (t < r.first || t >= r.last || (!targets.mask.empty() && targets.mask[target] == 0.0f)) {
            if (dy) std::fill_n(dy.at(t, b), dy.features, T(0));
            continue;
          }
          const float* numbers =
              targets.numbers ? targets.numbers + target * static_cast<std::size_t>(targets.values) : nullptr;
          const std::int32_t* classes = targets.classes ? targets.classes + target : nullptr;
          const StepLoss step = one_step(formula_.loss, y.at(t, b), numbers, classes, y.features,
                                         row_share * step_share(row), dy ? dy.at(t, b) : nullptr,
                                         scratch_.data() + static_cast<std::size_t>(worker) * scratch);
          step_losses_[static_cast<std::size_t>(t) * rows + row] = step.loss;
          judged_here += step.judged, right_here += step.right;
        }
        judged.fetch_add(judged_here, std::memory_order_relaxed);
        right.fetch_add(right_here, std::memory_order_relaxed);
      });
  sum.judged = judged, sum.right = right;
  for (std::size_t row = 0; row < rows; ++row) {
    const Range& r = ranges_[row];
    const double* losses = step_losses_.data() + static_cast<std::size_t>(r.first) * rows + row;
    if (counts_[row] > 0)
      row_losses_[row] = kernels::sum_of(r.last - r.first,
                                         [=](int t) { return losses[static_cast<std::size_t>(t) * rows]; }) *
                         step_share(row);
  }
  sum.total = kernels::sum_of(y.rows, [this](int b) { return row_losses_[static_cast<std::size_t>(b)]; });
  return sum;
}

template <class T>
std::optional<typename Criterion<T>::Place> Criterion<T>::not_finite() const {
  for (int b = 0; b < rows_; ++b)
    for (int t = 0; t < steps_; ++t)
      if (!std::isfinite(step_losses_[static_cast<std::size_t>(t) * static_cast<std::size_t>(rows_) +
                                      static_cast<std::size_t>(b)]))
        return Place{b, t};
  return std::nullopt;
}

template class Criterion<float>;
template class Criterion<double>;

}  // namespace carousel::loss
