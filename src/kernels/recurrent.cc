// RecurrentTape: checks, orders rows by length, splits the work, and runs the sweeps of the pack's target.
#include "kernels/recurrent.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>

#include "carousel/error.h"
#include "kernels/gradient_file.h"
#include "kernels/pack.h"
#include "kernels/shape.h"

namespace carousel::kernels {
namespace {

constexpr const char* kWhere = "recurrent sweep";

template <class T>
void check_view(const char* name, const SeqView<T>& view, int steps, int rows, int features) {
  if (view.steps == steps && view.rows == rows && view.features == features) return;
  bad_shape(kWhere, std::string(name) + " has the wrong size", shape_text(steps, rows, features),
            shape_text(view.steps, view.rows, view.features));
}

void meet(const void* worker) {
  static_cast<const Team::Worker*>(worker)->barrier();
}

// Rows of a dense [B, n] into rows of `padded`, and back; null is zero.
template <class T>
void copy_rows(const T* from, int rows, int n, int padded, T* to) {
  for (int b = 0; b < rows; ++b) {
    if (from)
      std::copy_n(from + count(b, n), n, to + count(b, padded));
    else
      std::fill_n(to + count(b, padded), n, T(0));
  }
}

}  // namespace

template <class T>
Plan RecurrentTape<T>::plan(const RecurrentPack<T>& pack, const Team& team, bool awake) const {
  if (team.threads() == 1) return {};
  SweepSize size = pack.size(walked_steps(), total_length_);
  size.awake = awake;
  return plan_sweep(size, team.threads(), !team.crowded());
}

// Steps that no row reaches are not walked.
template <class T>
int RecurrentTape<T>::walked_steps() const {
  return static_cast<int>(
      std::count_if(active_.begin(), active_.end(), [](std::int32_t n) { return n > 0; }));
}

// Of how many steps the gates are kept at once; without a backward, those of the step that is walked.
template <class T>
int RecurrentTape<T>::segment_steps(int steps, int rows, Mode mode) {
  if (mode == Mode::train) return steps;
  return mode == Mode::infer ? 1 : std::clamp(kDepth / std::max(1, rows), 1, std::max(1, steps));
}

template <class T>
void RecurrentTape<T>::reserve(const RecurrentPack<T>& pack, int steps, int rows, Mode mode, int threads) {
  const CellShape& cell = pack.shape_;
  const int padded = pack.padded_, inputs = pack.config().inputs, units = pack.config().units;
  const std::size_t row = static_cast<std::size_t>(padded), all = count(steps, rows),
                    batch = static_cast<std::size_t>(rows);
  const std::size_t sums = static_cast<std::size_t>(cell.sums) * row;
  order_.reserve(batch), length_.reserve(batch), first_row_.reserve(batch);
  active_.reserve(static_cast<std::size_t>(steps));
  h_.resize(all * row);
  h0_.resize(batch * row);
  if (masked_) h_mask_.resize(batch * row), h_masked_.resize(all * row), h0_masked_.resize(batch * row);
  if (cell.states > 1) c0_.resize(batch * row);
  const std::size_t hoisted = std::min(all, batch + static_cast<std::size_t>(kHoistBlock)),
                    segment = count(segment_steps(steps, rows, mode), rows);
  gates_.resize(std::max(mode == Mode::train ? 0 : hoisted, segment) * sums);
  if (cell.phases > 1) v_.resize(segment * row);
  if (mode == Mode::infer) return;
  if (cell.states > 1) c_.resize(all * row);
  for (int k = 0; k < cell.states; ++k) dstate_[k].resize(batch * row);
  dv_.resize(batch * row);
  sums_x_.resize(SumsLayout(*pack.table_, inputs, cell.sums * padded).size());
  sums_h_.resize(SumsLayout(*pack.table_, units, cell.sums * padded).size());
  sums_b_.resize(sums);
  sums_p_.resize(static_cast<std::size_t>(cell.per_unit) * row);
  reserve_threads(pack, threads);
}

template <class T>
void RecurrentTape<T>::reserve_threads(const RecurrentPack<T>& pack, int threads) {
  scratch_.resize(static_cast<std::size_t>(threads) * scratch_stride(pack));
}

template <class T>
int RecurrentTape<T>::depth(const RecurrentPack<T>& pack) const {
  return gradient_depth(pack.gradient_features(), count(steps_, rows_));
}

template <class T>
std::size_t RecurrentTape<T>::scratch_stride(const RecurrentPack<T>& pack) const {
  return gradient_scratch(*pack.table_, pack.gradient_features(), depth(pack));
}

template <class T>
void RecurrentTape<T>::order_rows(const RecurrentPack<T>& pack, int steps, int rows,
                                  std::span<const std::int32_t> lengths) {
  check_lengths(kWhere, lengths, rows);
  const auto size = static_cast<std::size_t>(rows);
  length_.resize(size), order_.resize(size), first_row_.resize(size),
      active_.resize(static_cast<std::size_t>(steps));
  total_length_ = 0;
  std::fill(active_.begin(), active_.end(), 0);
  bool equal = true;
  for (std::size_t b = 0; b < size; ++b) {
    const std::int32_t length = lengths.empty() ? steps : lengths[b];
    if (length < 0 || length > steps)
      bad_shape(kWhere, "row " + std::to_string(b) + " has an impossible length",
                "0 to " + std::to_string(steps), std::to_string(length));
    length_[b] = length;
    order_[b] = static_cast<std::int32_t>(b);
    first_row_[b] = static_cast<std::ptrdiff_t>(pack.config().reverse ? std::max(length - 1, 0) : 0) * rows +
                    static_cast<std::ptrdiff_t>(b);
    total_length_ += length;
    equal = equal && length == length_[0];
    if (length > 0) ++active_[static_cast<std::size_t>(length - 1)];
  }
  for (std::size_t s = static_cast<std::size_t>(steps); s-- > 1;) active_[s - 1] += active_[s];
  if (!equal)
    std::sort(order_.begin(), order_.end(), [&](std::int32_t a, std::int32_t b) {
      const auto la = length_[static_cast<std::size_t>(a)], lb = length_[static_cast<std::size_t>(b)];
      return la != lb ? la > lb : a < b;
    });
  steps_ = steps, rows_ = rows, full_ = lengths.empty();
}

template <class T>
Sweep<T> RecurrentTape<T>::sweep_of(const RecurrentPack<T>& pack, SeqView<const T> x) const {
  const auto mutable_data = [](const AlignedBuffer<T>& buffer) { return const_cast<T*>(buffer.data()); };
  const RecurrentConfig& config = pack.config();
  Sweep<T> w{};
  w.cell = pack.shape_;
  w.activations = config.activations;
  w.steps = walked_steps();
  w.rows = rows_, w.inputs = config.inputs, w.units = config.units;
  w.padded = pack.padded_, w.inputs_padded = pack.inputs_padded_;
  w.keep_states = phase_ != Phase::inferred, w.keep_gates = w.keep_states && !recompute_;
  w.hoist = hoist_, w.hoist_steps = hoist_steps_;
  w.order = order_.data(), w.length = length_.data(), w.active = active_.data(),
  w.first_row = first_row_.data();
  w.row_step = config.reverse ? -rows_ : rows_;
  w.x = x.data, w.x_step = x.step_stride, w.x_row = x.row_stride;
  w.reverse = config.reverse;
  w.gates = mutable_data(gates_), w.h = mutable_data(h_), w.c = mutable_data(c_), w.v = mutable_data(v_);
  w.h0 = mutable_data(h0_), w.c0 = mutable_data(c0_);
  if (masked_) {
    w.h_mask = h_mask_.data();
    w.h_masked = mutable_data(h_masked_), w.h0_masked = mutable_data(h0_masked_);
  }
  w.bias = pack.bias_.data(), w.per_unit = pack.per_unit_.data();
  w.forward_x = pack.forward_x_.data(), w.backward_x = pack.backward_x_.data();
  for (int phase = 0; phase < kMostPhases; ++phase) {
    w.forward_h[phase] = pack.forward_h_[phase].data();
    w.backward_h[phase] = pack.backward_h_[phase].data();
  }
  return w;
}

template <class T>
Share RecurrentTape<T>::share_of(Split split, const Team::Worker& worker) const {
  Share share;
  share.index = worker.index, share.count = worker.count;
  share.barrier = &meet, share.worker = &worker;
  share.split = worker.count > 1 ? split : Split::rows;  // a busy team left the caller alone
  share.row_end = rows_;
  if (worker.count == 1) return share;
  // Rows are divided where the sum of their lengths is, so that nobody waits at the end.
  const auto place = [&](int index) {
    const std::int64_t goal = total_length_ * index / worker.count;
    std::int64_t sum = 0;
    int at = 0;
    while (at < rows_ && sum < goal)
      sum += length_[static_cast<std::size_t>(order_[static_cast<std::size_t>(at++)])];
    return index == worker.count ? rows_ : at;
  };
  share.row_begin = place(worker.index), share.row_end = place(worker.index + 1);
  return share;
}

template <class T>
void RecurrentTape<T>::prepare(const RecurrentPack<T>& pack, int steps, int rows,
                               std::span<const std::int32_t> lengths, Mode mode, Team* team,
                               const T* h_mask) {
  phase_ = Phase::empty;
  masked_ = h_mask != nullptr;
  order_rows(pack, steps, rows, lengths);
  plan_ = team ? plan(pack, *team) : Plan{};
  reserve(pack, steps, rows, mode, team ? team->threads() : 1);
  const int rows_each = std::max(1, plan_.split == Split::rows ? rows_ / plan_.threads : rows_);
  hoist_ = rows_each < kHoistRows && steps_ > 1;
  hoist_steps_ = hoist_ ? std::max(1, kHoistBlock / std::max(1, rows_)) : 1;
  phase_ = mode == Mode::infer ? Phase::inferred : Phase::forwarded;
  recompute_ = mode == Mode::recompute;
  pack_ = &pack;
}

template <class T>
void RecurrentTape<T>::run(const RecurrentPack<T>& pack, Team& team) {
  team.run(plan_.threads, [&](const Team::Worker& worker) {
    clear_h(worker.index, worker.count);
    pack.table_->forward(static_cast<int>(pack.config_.cell), sweep_, share_of(plan_.split, worker));
  });
}

template <class T>
void RecurrentTape<T>::forward(const RecurrentPack<T>& pack, SeqView<const T> x,
                               std::span<const std::int32_t> lengths, StatePointers<const T> initial,
                               Mode mode, Team& team, const T* h_mask) {
  check_view("x", x, x.steps, x.rows, pack.config().inputs);
  prepare(pack, x.steps, x.rows, lengths, mode, &team, h_mask);
  start(pack, x, initial, h_mask);
  run(pack, team);
}

template <class T>
void RecurrentTape<T>::begin_forward(const RecurrentPack<T>& pack, SeqView<const T> x,
                                     std::span<const std::int32_t> lengths, StatePointers<const T> initial,
                                     Mode mode, int chunk, const T* h_mask) {
  check_view("x", x, x.steps, x.rows, pack.config().inputs);
  prepare(pack, x.steps, x.rows, lengths, mode, nullptr, h_mask);
  hoist_steps_ = std::min(hoist_steps_, chunk);
  start(pack, x, initial, h_mask);
  clear_h(0, 1);
}

template <class T>
void RecurrentTape<T>::forward_steps(int first, int end) {
  pack_->table_->forward(static_cast<int>(pack_->config_.cell), part_of(first, end), {.row_end = rows_});
}

// Steps [first, end) of the sweep; the gates of all of them are in one place.
template <class T>
Sweep<T> RecurrentTape<T>::part_of(int first, int end) const {
  Sweep<T> part = sweep_;
  part.first_step = first, part.steps = end;
  if (part.keep_gates) {
    const std::size_t before = count(first, rows_) * static_cast<std::size_t>(part.padded);
    part.gates += before * static_cast<std::size_t>(part.cell.sums);
    if (part.v) part.v += before;
  }
  return part;
}

// Worker `index` of `count`: zeros where its rows have ended.
template <class T>
void RecurrentTape<T>::clear_beyond(SeqView<T> y, int index, int count) const {
  for (int b = rows_ * index / count; b < rows_ * (index + 1) / count; ++b)
    for (int t = length_[static_cast<std::size_t>(b)]; t < steps_; ++t)
      std::fill_n(y.at(t, b), y.features, T(0));
}

template <class T>
void RecurrentTape<T>::clear_h(int index, int count) const {
  const int padded = sweep_.padded;
  clear_beyond({sweep_.h, steps_, rows_, sweep_.units, std::ptrdiff_t{rows_} * padded, padded}, index, count);
}

template <class T>
void RecurrentTape<T>::clear_dx(int index, int count) const {
  if (sweep_.dx)
    clear_beyond({sweep_.dx, steps_, rows_, sweep_.inputs, sweep_.dx_step, sweep_.dx_row}, index, count);
}

// The states at its start, and what the kernels are told.
template <class T>
void RecurrentTape<T>::start(const RecurrentPack<T>& pack, SeqView<const T> x, StatePointers<const T> initial,
                             const T* h_mask) {
  const int H = pack.config().units, padded = pack.padded_;
  copy_rows(initial.state[0], rows_, H, padded, h0_.data());
  if (pack.shape_.states > 1) copy_rows(initial.state[1], rows_, H, padded, c0_.data());
  if (h_mask) {
    copy_rows(h_mask, rows_, H, padded, h_mask_.data());
    std::transform(h0_.data(), h0_.data() + count(rows_, padded), h_mask_.data(), h0_masked_.data(),
                   std::multiplies<>());
  }
  sweep_ = sweep_of(pack, x);
}

template <class T>
void RecurrentTape<T>::carry_on(const RecurrentPack<T>& pack, const SeqView<const T>& x, Team& team) {
  if (phase_ != Phase::inferred || pack_ != &pack || !full_ || masked_ || pack.config().reverse)
    throw Error(Code::usage_conflict, {.where = kWhere,
                                       .what = "there is no state to carry on from",
                                       .expected = "a forward in inference mode, without lengths or mask"});
  check_view("x", x, x.steps, rows_, pack.config().inputs);
  const bool turned = sweep_.turned != (steps_ % 2 != 0);
  if (x.steps == 1 && steps_ == 1) {
    std::swap(sweep_.h, sweep_.h0);
  } else if (steps_ > 0) {  // c0 was carried along
    const std::size_t state = count(rows_, pack.padded_);
    const T* last = sweep_.h + static_cast<std::size_t>(steps_ - 1) * state;
    if (last != h0_.data()) std::copy_n(last, state, h0_.data());
  }
  if (x.steps != steps_) {
    prepare(pack, x.steps, rows_, {}, Mode::infer, &team);
    sweep_ = sweep_of(pack, x);
  }
  sweep_.x = x.data, sweep_.x_step = x.step_stride, sweep_.x_row = x.row_stride, sweep_.turned = turned;
  if (team.threads() == 1) {
    pack.table_->forward(static_cast<int>(pack.config_.cell), sweep_, {.row_end = rows_});
  } else {
    plan_ = plan(pack, team, true);
    run(pack, team);
  }
}

template <class T>
SeqView<const T> RecurrentTape<T>::output() const {
  if (phase_ == Phase::empty) return {};
  const std::ptrdiff_t padded = pack_->padded_;
  return {sweep_.h, steps_, rows_, pack_->config().units, rows_ * padded, padded};
}

template <class T>
void RecurrentTape<T>::final_state(StatePointers<T> to) const {
  if (phase_ == Phase::empty) return;
  const int H = pack_->config().units, padded = pack_->padded_;
  const std::ptrdiff_t row_step = pack_->config().reverse ? -rows_ : rows_;
  for (int k = 0; k < pack_->shape_.states; ++k) {
    if (!to.state[k]) continue;
    const bool running = k == 1 && phase_ == Phase::inferred;  // c0 was carried along
    for (int b = 0; b < rows_; ++b) {
      const std::int32_t length = length_[static_cast<std::size_t>(b)];
      const T* from = (k == 0 ? sweep_.h0 : sweep_.c0) + count(b, padded);
      if (length > 0 && !running)
        from = (k == 0 ? sweep_.h : sweep_.c) +
               (first_row_[static_cast<std::size_t>(b)] + (length - 1) * row_step) * padded;
      std::copy_n(from, H, to.state[k] + count(b, H));
    }
  }
}

template <class T>
void RecurrentTape<T>::check_kept() const {
  if (phase_ != Phase::forwarded || recompute_)
    throw Error(Code::usage_conflict, {.where = kWhere,
                                       .what = "no gates were kept",
                                       .expected = "a forward in training mode, and no backward after it"});
}

template <class T>
const T* RecurrentTape<T>::kept_sum(int k, int t, int b) const {
  check_kept();
  const int s = sweep_.reverse ? length_[static_cast<std::size_t>(b)] - 1 - t : t;
  const std::size_t row = count(s, rows_) + static_cast<std::size_t>(b);
  return sweep_.gates + (row * static_cast<std::size_t>(sweep_.cell.sums) + static_cast<std::size_t>(k)) *
                            static_cast<std::size_t>(sweep_.padded);
}

template <class T>
const T* RecurrentTape<T>::kept_state(int k, int t, int b) const {
  check_kept();
  return (k == 0 ? sweep_.h : sweep_.c) +
         (count(t, rows_) + static_cast<std::size_t>(b)) * static_cast<std::size_t>(sweep_.padded);
}

template <class T>
void RecurrentTape<T>::begin_backward(const RecurrentPack<T>& pack, SeqView<const T> x, SeqView<const T> dy,
                                      StatePointers<const T> d_final, SeqView<T> dx,
                                      const CellGradients<T>& gradients, int threads) {
  start_backward(pack, x, dy, d_final, dx, gradients, threads);
  clear_dx(0, 1);
}

template <class T>
void RecurrentTape<T>::start_backward(const RecurrentPack<T>& pack, SeqView<const T> x, SeqView<const T> dy,
                                      StatePointers<const T> d_final, SeqView<T> dx,
                                      const CellGradients<T>& gradients, int threads) {
  const RecurrentConfig& config = pack.config();
  if (phase_ != Phase::forwarded || pack_ != &pack)
    throw Error(Code::usage_conflict,
                {.where = kWhere,
                 .what = "backward needs a forward before it, in training mode, with the same weights",
                 .got = phase_ == Phase::spent      ? "a second backward after one forward"
                        : phase_ == Phase::inferred ? "a forward in inference mode"
                        : phase_ == Phase::empty    ? "no forward"
                                                    : "a forward of another layer"});
  const int H = config.units, I = config.inputs, padded = pack.padded_;
  check_view("x", x, steps_, rows_, I);
  if (dy) check_view("dy", dy, steps_, rows_, H);
  if (dx) check_view("dx", dx, steps_, rows_, I);
  const CellShape& cell = pack.shape_;
  for (int k = 0; k < cell.states; ++k) copy_rows(d_final.state[k], rows_, H, padded, dstate_[k].data());

  reserve_threads(pack, threads);
  sweep_ = sweep_of(pack, x);
  sweep_.dy = dy.data, sweep_.dy_step = dy.step_stride, sweep_.dy_row = dy.row_stride;
  sweep_.dx = dx.data, sweep_.dx_step = dx.step_stride, sweep_.dx_row = dx.row_stride;
  for (int k = 0; k < cell.states; ++k) sweep_.dstate[k] = dstate_[k].data();
  sweep_.dv = dv_.data();
  if (gradients.dW) sweep_.sums_x = sums_x_.data();
  if (gradients.dU) sweep_.sums_h = sums_h_.data();
  if (gradients.db || gradients.dbu) sweep_.sums_b = sums_b_.data();
  if (gradients.dp && cell.per_unit > 0) sweep_.sums_p = sums_p_.data();
  sweep_.scratch = scratch_.data(), sweep_.scratch_stride = scratch_stride(pack), sweep_.depth = depth(pack);
  sweep_.fresh_sums = !gradients.add && total_length_ > 0;
  gradients_ = gradients;
  gradient_file().load(sweep_);
}

template <class T>
GradientFile<T> RecurrentTape<T>::gradient_file() const {
  return {pack_->config_, pack_->shape_, *pack_->table_, pack_->padded_, gradients_};
}

template <class T>
bool RecurrentTape<T>::wants_gradients() const {
  return sweep_.sums_x || sweep_.sums_h || sweep_.sums_b || sweep_.sums_p;
}

template <class T>
void RecurrentTape<T>::backward_steps(int first, int end) {
  pack_->table_->backward(static_cast<int>(pack_->config_.cell), part_of(first, end), {.row_end = rows_});
}

template <class T>
SeqView<const T> RecurrentTape<T>::state_gradient(int state) const {
  const std::ptrdiff_t padded = pack_->padded_;
  return {dstate_[state].data(), 1, rows_, pack_->config().units, rows_ * padded, padded};
}

template <class T>
void RecurrentTape<T>::add_gradients(const Team::Worker& worker) const {
  if (!wants_gradients()) return;
  pack_->table_->weight_gradients(sweep_, share_of(Split::rows, worker));
  worker.barrier();
  gradient_file().store(sweep_, worker.index, worker.count);
}

template <class T>
void RecurrentTape<T>::end_backward(StatePointers<T> d_initial) {
  const int H = pack_->config_.units;
  for (int k = 0; k < pack_->shape_.states; ++k)
    if (d_initial.state[k])
      for (int b = 0; b < rows_; ++b)
        std::copy_n(dstate_[k].data() + count(b, pack_->padded_), H, d_initial.state[k] + count(b, H));
  phase_ = Phase::spent;
}

template <class T>
void RecurrentTape<T>::backward(const RecurrentPack<T>& pack, SeqView<const T> x, SeqView<const T> dy,
                                StatePointers<const T> d_final, SeqView<T> dx, StatePointers<T> d_initial,
                                const CellGradients<T>& gradients, Team& team) {
  start_backward(pack, x, dy, d_final, dx, gradients, team.threads());
  const int kind = static_cast<int>(pack.config_.cell);
  const Plan plan = this->plan(pack, team);
  const auto walk = [&](const Team::Worker& worker) {
    clear_dx(worker.index, worker.count);
    pack.table_->backward(kind, sweep_, share_of(plan.split, worker));
  };
  if (recompute_) {
    const int segment = segment_steps(steps_, rows_, Mode::recompute);
    team.run(plan.threads, [&](const Team::Worker& worker) {
      clear_dx(worker.index, worker.count);
      const Share share = share_of(plan.split, worker);
      Sweep<T> part = sweep_;
      part.keep_gates = true;
      for (; part.steps > 0; part.steps = part.first_step, part.fresh_sums = false) {
        part.first_step = std::max(0, part.steps - segment);
        pack.table_->forward(kind, part, share);
        worker.barrier();
        pack.table_->backward(kind, part, share);
        worker.barrier();
        if (wants_gradients()) pack.table_->weight_gradients(part, share);
        worker.barrier();
      }
      if (wants_gradients()) gradient_file().store(sweep_, worker.index, worker.count);
    });
  } else if (plan.threads == plan.gradient_threads) {
    team.run(plan.threads, [&](const Team::Worker& worker) {
      walk(worker);
      worker.barrier();
      add_gradients(worker);
    });
  } else {  // few rows of short steps: the sweep has fewer threads than the product after it
    team.run(plan.threads, walk);
    if (wants_gradients())
      team.run(plan.gradient_threads, [&](const Team::Worker& worker) { add_gradients(worker); });
  }
  end_backward(d_initial);
}

template class RecurrentTape<float>;
template class RecurrentTape<double>;

}  // namespace carousel::kernels
