// The bidirectional layer: runs both directions, merges their outputs, and splits the gradient again.
#include "layers/bidirectional.h"

#include <algorithm>
#include <exception>

#include "carousel/error.h"
#include "kernels/share_out.h"

namespace carousel::layers {
namespace {

Recurrent direction(Recurrent part, const Bidirectional& whole, Direction direction,
                    const std::string& where) {
  if (part.direction != Direction::forward || part.returns != Returns::last)
    throw Error(Code::usage_conflict,
                {.where = where,
                 .what = "direction and returns are the bidirectional layer's to decide",
                 .hint = "set 'returns' beside 'merge'"});
  part.direction = direction;
  part.returns = whole.returns;
  return part;
}

// Runs both directions side by side, each on one thread, which then reads the weights of one direction only.
template <class F, class G>
void side_by_side(Team& team, F&& forward, G&& backward) {
  std::exception_ptr failed[2];
  const auto guarded = [](auto& direction, std::exception_ptr& place) {
    try {
      direction();
    } catch (...) {
      place = std::current_exception();
    }
  };
  team.run(2, [&](const Team::Worker& worker) {  // a busy team leaves both to the caller
    if (worker.index == 0) guarded(forward, failed[0]);
    if (worker.index == worker.count - 1) guarded(backward, failed[1]);
  });
  for (const std::exception_ptr& one : failed)
    if (one) std::rethrow_exception(one);
}

// f(t, b) for every vector of a sequence, by the whole team.
template <class T, class F>
void each_vector(SeqView<T> y, Team* team, F&& f) {
  constexpr double kNumber = 0.3;  // nanoseconds, roughly
  kernels::share_out_rows(*team, y.steps, y.rows, kNumber * y.steps * y.rows * y.features,
                          [&](int t, int first, int last, int) {
                            for (int b = first; b < last; ++b) f(t, b);
                          });
}

template <class X>
std::span<X> first(std::span<X> all, std::size_t n) {
  return all.empty() ? all : all.first(n);
}
template <class X>
std::span<X> rest(std::span<X> all, std::size_t n) {
  return all.empty() ? all : all.subspan(n);
}

}  // namespace

template <class T>
struct BidirectionalLayer<T>::Kept final : Tape<T> {
  std::unique_ptr<Tape<T>> forward, backward;
  SeqView<const T> y_forward, y_backward;
  AlignedBuffer<T> y, dy_forward, dy_backward;
};

template <class T>
BidirectionalLayer<T>::BidirectionalLayer(const Bidirectional& spec, Flow input, std::uint32_t number,
                                          const std::string& where)
    : merge_(spec.merge),
      forward_(direction(spec.forward, spec, Direction::forward, where + ".forward"), input, number,
               where + ".forward"),
      backward_(direction(spec.backward, spec, Direction::backward, where + ".backward"), input, number,
                where + ".backward") {
  if (merge_ != Merge::concat && spec.forward.units != spec.backward.units)
    throw Error(Code::usage_conflict,
                {.where = where,
                 .what = "this merge needs directions of equal units",
                 .got = std::to_string(spec.forward.units) + " and " + std::to_string(spec.backward.units),
                 .hint = "merge = \"concat\", or equal units"});
}

template <class T>
Flow BidirectionalLayer<T>::output(Flow input) const {
  Flow flow = forward_.output(input);
  if (merge_ == Merge::concat) flow.features += backward_.output(input).features;
  return flow;
}

template <class T>
std::vector<TensorSpec> BidirectionalLayer<T>::tensors() const {
  std::vector<TensorSpec> all;
  for (TensorSpec& t : forward_.tensors()) all.push_back(t), all.back().name = "forward." + t.name;
  for (TensorSpec& t : backward_.tensors()) all.push_back(t), all.back().name = "backward." + t.name;
  return all;
}

template <class T>
std::vector<StateSpec> BidirectionalLayer<T>::states() const {
  std::vector<StateSpec> all;
  for (const StateSpec& s : forward_.states()) all.push_back({"forward." + s.name, s.units});
  for (const StateSpec& s : backward_.states()) all.push_back({"backward." + s.name, s.units});
  return all;
}

template <class T>
void BidirectionalLayer<T>::pack(std::span<const T* const> parameters, Team* team) {
  forward_.pack(first(parameters, tensor_count_), team);
  backward_.pack(rest(parameters, tensor_count_), team);
}

template <class T>
std::unique_ptr<Tape<T>> BidirectionalLayer<T>::make_tape() const {
  auto kept = std::make_unique<Kept>();
  kept->forward = forward_.make_tape();
  kept->backward = backward_.make_tape();
  return kept;
}

// Side by side, a direction is told of the one thread that it has, and plans for that.
template <class T>
template <class F, class G>
void BidirectionalLayer<T>::run_both(const Pass& pass, SeqView<const T> x, bool in_turn, F&& forward,
                                     G&& backward) const {
  const std::int64_t frames = kernels::frames_of(pass.lengths, x.steps, x.rows);
  if (!in_turn &&
      kernels::side_by_side(forward_.packed().size(x.steps, frames), backward_.packed().size(x.steps, frames),
                            pass.team->threads(), !pass.team->crowded())) {
    Team alone(1);
    Pass its = pass;
    its.team = &alone;
    side_by_side(
        *pass.team, [&] { forward(its); }, [&] { backward(its); });
  } else {
    forward(pass);
    backward(pass);
  }
}

template <class T>
SeqView<const T> BidirectionalLayer<T>::forward(const Pass& pass, const SeqView<const T>& x,
                                                std::span<const T* const> initial, Tape<T>& tape) const {
  Kept& kept = static_cast<Kept&>(tape);
  SeqView<const T>&f = kept.y_forward, &g = kept.y_backward;
  run_both(
      pass, x, false,
      [&](const Pass& its) { f = forward_.forward(its, x, first(initial, state_count_), *kept.forward); },
      [&](const Pass& its) { g = backward_.forward(its, x, rest(initial, state_count_), *kept.backward); });
  if (pass.training) {  // a smaller batch, or another time, may have both threads in each direction
    forward_.sweep(*kept.forward).reserve_threads(forward_.packed(), pass.team->threads());
    backward_.sweep(*kept.backward).reserve_threads(backward_.packed(), pass.team->threads());
  }
  const int width = merge_ == Merge::concat ? f.features + g.features : f.features;
  const SeqView<T> y = like(kept.y, f, width);
  each_vector(y, pass.team, [&](int t, int b) {
    T* out = y.at(t, b);
    const T *p = f.at(t, b), *q = g.at(t, b);
    switch (merge_) {
      case Merge::concat:
        std::copy_n(p, f.features, out);
        std::copy_n(q, g.features, out + f.features);
        break;
      case Merge::sum:
        for (int j = 0; j < width; ++j) out[j] = p[j] + q[j];
        break;
      case Merge::mul:
        for (int j = 0; j < width; ++j) out[j] = p[j] * q[j];
        break;
      case Merge::average:
        for (int j = 0; j < width; ++j) out[j] = (p[j] + q[j]) * T(0.5);
        break;
    }
  });
  return y;
}

template <class T>
void BidirectionalLayer<T>::final_states(const Tape<T>& tape, std::span<T* const> out) const {
  const Kept& kept = static_cast<const Kept&>(tape);
  forward_.final_states(*kept.forward, first(out, state_count_));
  backward_.final_states(*kept.backward, rest(out, state_count_));
}

template <class T>
std::vector<Ran<T>> BidirectionalLayer<T>::ran(const Tape<T>& tape) const {
  const Kept& kept = static_cast<const Kept&>(tape);
  return {forward_.ran(*kept.forward)[0], backward_.ran(*kept.backward)[0]};
}

template <class T>
SeqView<const T> BidirectionalLayer<T>::backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                                 Tape<T>& tape) const {
  Kept& kept = static_cast<Kept&>(tape);
  SeqView<const T> df = args.dy, dg = args.dy;
  if (args.dy && merge_ == Merge::concat) {
    df.features = kept.y_forward.features;
    dg.features = kept.y_backward.features;
    dg.data += df.features;
  } else if (args.dy && merge_ != Merge::sum) {
    const int width = args.dy.features;
    const SeqView<T> f = like(kept.dy_forward, args.dy, width);
    const SeqView<T> g = like(kept.dy_backward, args.dy, width);
    each_vector(f, pass.team, [&](int t, int b) {
      const T *d = args.dy.at(t, b), *p = kept.y_forward.at(t, b), *q = kept.y_backward.at(t, b);
      for (int j = 0; j < width; ++j) {
        f.at(t, b)[j] = d[j] * (merge_ == Merge::mul ? q[j] : T(0.5));
        g.at(t, b)[j] = d[j] * (merge_ == Merge::mul ? p[j] : T(0.5));
      }
    });
    df = f, dg = g;
  }
  const auto part = [&](SeqView<const T> dy, auto&& take, std::size_t states, std::size_t tensors,
                        AlignedBuffer<T>* memory) {
    return typename Layer<T>::Backward{.x = args.x,
                                       .dy = dy,
                                       .initial = take(args.initial, states),
                                       .d_final = take(args.d_final, states),
                                       .d_initial = take(args.d_initial, states),
                                       .gradients = take(args.gradients, tensors),
                                       .want_dx = args.want_dx,
                                       .memory = memory,
                                       .watch = args.watch};
  };
  const auto take_first = [](auto all, std::size_t n) { return first(all, n); };
  const auto take_rest = [](auto all, std::size_t n) { return rest(all, n); };
  SeqView<const T> a, c;
  const auto of_first = part(df, take_first, state_count_, tensor_count_, args.memory),
             of_rest = part(dg, take_rest, state_count_, tensor_count_, nullptr);
  run_both(  // who looks is told by one thread at a time
      pass, args.x, args.watch != nullptr,
      [&](const Pass& its) { a = forward_.backward(its, of_first, *kept.forward); },
      [&](const Pass& its) { c = backward_.backward(its, of_rest, *kept.backward); });
  if (!args.want_dx) return {};
  // The sum goes where the first direction's is.
  const SeqView<T> dx = time_major(const_cast<T*>(a.data), a.steps, a.rows, a.features);
  each_vector(dx, pass.team, [&](int t, int row) {
    const T* q = c.at(t, row);
    T* to = dx.at(t, row);
    for (int j = 0; j < dx.features; ++j) to[j] = to[j] + q[j];
  });
  return dx;
}

template class BidirectionalLayer<float>;
template class BidirectionalLayer<double>;

}  // namespace carousel::layers
