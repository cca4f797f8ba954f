// The recurrent layer: names and shapes of its parameters, and its two calls of the sweep.
#include "layers/recurrent.h"

#include <algorithm>

#include "base/nearest.h"
#include "carousel/error.h"
#include "layers/activation.h"

namespace carousel::layers {
namespace {

template <class T>
kernels::StatePointers<T> pointers_of(std::span<T* const> states) {
  kernels::StatePointers<T> pointers;
  std::copy(states.begin(), states.end(), pointers.state);
  return pointers;
}

kernels::Mode mode_of(const Pass& pass) {
  if (!pass.training) return kernels::Mode::infer;
  return pass.recompute ? kernels::Mode::recompute : kernels::Mode::train;
}

}  // namespace

kernels::RecurrentConfig config_of(const Recurrent& spec, int inputs, const std::string& where) {
  const std::optional<cells::Kind> kind = cells::find(spec.cell);
  if (!kind) {
    std::vector<std::string> known;
    for (const cells::CellInfo& cell : cells::all()) known.emplace_back(cell.name);
    throw Error(Code::usage_unknown_word, {.where = where + ".kind",
                                           .what = "there is no cell '" + spec.cell + "'",
                                           .hint = base::suggest(spec.cell, known)});
  }
  const cells::CellInfo& cell = cells::info(*kind);
  const auto refuse = [&](bool unused, const char* key, const char* part) {
    if (unused)
      throw Error(Code::usage_conflict, {.where = where + "." + key,
                                         .what = "the cell '" + spec.cell + "' has no " + part,
                                         .hint = "carousel cells " + spec.cell + " shows what it has"});
  };
  refuse(!cell.uses_gate && !spec.gate_activation.empty(), "gate_activation", "gates");
  refuse(!cell.uses_output && !spec.output_activation.empty(), "output_activation", "output activation");
  refuse(cell.per_unit.empty() && spec.p_init != Recurrent{}.p_init, "p_init", "peepholes");
  refuse(cell.forget_gate < 0 && spec.forget_bias != Recurrent{}.forget_bias, "forget_bias", "forget gate");
  cells::Activations activations = cell.activations;
  const auto set = [&](cells::Activation& place, const std::string& name, const char* key) {
    if (!name.empty()) place = activation_of(name, where + "." + key);
  };
  set(activations.gate, spec.gate_activation, "gate_activation");
  set(activations.candidate, spec.activation, "activation");
  set(activations.output, spec.output_activation, "output_activation");
  return {*kind, activations, inputs, spec.units, spec.direction == Direction::backward};
}

// What the sweep keeps, and the last step where only that is put out.
template <class T>
struct RecurrentLayer<T>::Kept final : Tape<T> {
  kernels::RecurrentTape<T> sweep;
  AlignedBuffer<T> last, d_last, dx;
  typename CellDropout<T>::Kept dropout;
  bool returned_last = false;

  /// What the sweep read in place of x.
  SeqView<const T> read(const SeqView<const T>& x) const { return dropout.x ? dropout.x : x; }
};

template <class T>
RecurrentLayer<T>::RecurrentLayer(const Recurrent& spec, Flow input, std::uint32_t number,
                                  const std::string& where)
    : spec_(spec),
      cell_(cells::info(config_of(spec, input.features, where).cell)),
      config_(config_of(spec, input.features, where)),
      pack_(config_),
      dropout_(spec.dropout, spec.recurrent_dropout, number, config_.reverse) {
  if (!input.sequence)
    throw Error(
        Code::usage_conflict,
        {.where = where,
         .what = "a recurrent layer reads sequences, and the layer before it puts out its last step only",
         .hint = "returns = \"sequence\" in the layer before it"});
}

template <class T>
std::vector<TensorSpec> RecurrentLayer<T>::tensors() const {
  const int H = config_.units, gx = cell_.gate_blocks_x(), gh = cell_.gate_blocks_h();
  const bool per_gate = spec_.init_per == InitPer::gate;
  std::vector<TensorSpec> tensors = {{.name = "W",
                                      .shape = {gx * H, config_.inputs},
                                      .init = spec_.w_init,
                                      .blocks = per_gate ? gx : 1,
                                      .l2 = spec_.l2_w},
                                     {.name = "U",
                                      .shape = {gh * H, H},
                                      .init = spec_.u_init,
                                      .blocks = per_gate ? gh : 1,
                                      .l2 = spec_.l2_u},
                                     {.name = "b",
                                      .shape = {gx * H},
                                      .init = spec_.b_init,
                                      .blocks = gx,
                                      .forget_block = cell_.forget_gate,
                                      .forget_value = spec_.forget_bias}};
  const int per_unit = static_cast<int>(cell_.per_unit.size());
  if (per_unit > 0)
    tensors.push_back({.name = "p", .shape = {per_unit, H}, .init = spec_.p_init, .blocks = per_unit});
  if (spec_.recurrent_bias)
    tensors.push_back({.name = "bu", .shape = {gh * H}, .init = spec_.b_init, .blocks = gh});
  return tensors;
}

template <class T>
std::vector<StateSpec> RecurrentLayer<T>::states() const {
  std::vector<StateSpec> states;
  for (const std::string_view name : cell_.states) states.push_back({std::string(name), config_.units});
  return states;
}

template <class T>
double RecurrentLayer<T>::flop_per_step() const {
  const double H = config_.units;
  return 2 * H * (cell_.gate_blocks_x() * static_cast<double>(config_.inputs) + cell_.gate_blocks_h() * H);
}

template <class T>
void RecurrentLayer<T>::pack(std::span<const T* const> parameters, Team* team) {
  kernels::CellWeights<T> weights{.W = parameters[0], .U = parameters[1], .b = parameters[2]};
  std::size_t next = 3;
  if (!cell_.per_unit.empty()) weights.p = parameters[next++];
  if (spec_.recurrent_bias) weights.bu = parameters[next++];
  pack_.pack(weights, team);
}

template <class T>
std::unique_ptr<Tape<T>> RecurrentLayer<T>::make_tape() const {
  return std::make_unique<Kept>();
}

template <class T>
SeqView<const T> RecurrentLayer<T>::forward(const Pass& pass, const SeqView<const T>& x,
                                            std::span<const T* const> initial, Tape<T>& tape) const {
  Kept& kept = static_cast<Kept&>(tape);
  if (pass.carry)
    kernels::carry_on(pack_, x, kept.sweep, *pass.team);
  else
    kernels::forward(pack_, dropout_.masked(pass, x, kept.dropout), pass.lengths, pointers_of(initial),
                     kept.sweep, mode_of(pass), *pass.team,
                     dropout_.h_mask(pass, x.rows, config_.units, kept.dropout));
  return end_forward(pass, tape);
}

template <class T>
void RecurrentLayer<T>::begin_forward(const Pass& pass, const SeqView<const T>& x,
                                      std::span<const T* const> initial, Tape<T>& tape, int chunk) const {
  Kept& kept = static_cast<Kept&>(tape);
  kept.sweep.begin_forward(pack_, dropout_.masked(pass, x, kept.dropout), pass.lengths, pointers_of(initial),
                           mode_of(pass), chunk, dropout_.h_mask(pass, x.rows, config_.units, kept.dropout));
}

template <class T>
SeqView<const T> RecurrentLayer<T>::end_forward(const Pass& pass, Tape<T>& tape) const {
  Kept& kept = static_cast<Kept&>(tape);
  kept.returned_last = spec_.returns == Returns::last && !pass.every_step;
  if (!kept.returned_last) return kept.sweep.output();
  const SeqView<const T> y = kept.sweep.output();
  kept.last.resize(static_cast<std::size_t>(y.rows) * static_cast<std::size_t>(config_.units));
  kept.sweep.final_state({{kept.last.data(), nullptr}});
  return time_major<const T>(kept.last.data(), 1, y.rows, config_.units);
}

template <class T>
kernels::RecurrentTape<T>& RecurrentLayer<T>::sweep(Tape<T>& tape) const {
  return static_cast<Kept&>(tape).sweep;
}

template <class T>
void RecurrentLayer<T>::final_states(const Tape<T>& tape, std::span<T* const> out) const {
  static_cast<const Kept&>(tape).sweep.final_state(pointers_of(out));
}

template <class T>
std::vector<Ran<T>> RecurrentLayer<T>::ran(const Tape<T>& tape) const {
  return {{&cell_, config_.units, config_.reverse, &static_cast<const Kept&>(tape).sweep}};
}

template <class T>
struct RecurrentLayer<T>::Gradients {
  SeqView<const T> dy;
  kernels::StatePointers<const T> d_final;
  SeqView<T> dx;
  kernels::CellGradients<T> weights;
};

template <class T>
auto RecurrentLayer<T>::gradients_of(const Pass& pass, const typename Layer<T>::Backward& args,
                                     Kept& kept) const -> Gradients {
  Gradients all{.dy = args.dy, .d_final = pointers_of(args.d_final), .dx = {}, .weights = {}};
  if (kept.returned_last && args.dy) {
    // The last output is the final h, so its gradient joins what comes from the final state.
    const auto H = static_cast<std::size_t>(config_.units);
    kept.d_last.resize(static_cast<std::size_t>(args.dy.rows) * H);
    for (int b = 0; b < args.dy.rows; ++b) {
      T* row = kept.d_last.data() + static_cast<std::size_t>(b) * H;
      std::copy_n(args.dy.at(0, b), H, row);
      if (const T* more = all.d_final.state[0])
        for (std::size_t j = 0; j < H; ++j) row[j] += more[static_cast<std::size_t>(b) * H + j];
    }
    all.d_final.state[0] = kept.d_last.data();
    all.dy = {};
  }
  if (args.want_dx) all.dx = args.dx_in(kept.dx);
  all.weights = {
      .dW = args.gradients[0], .dU = args.gradients[1], .db = args.gradients[2], .add = pass.add_gradients};
  std::size_t next = 3;
  if (!cell_.per_unit.empty()) all.weights.dp = args.gradients[next++];
  if (spec_.recurrent_bias) all.weights.dbu = args.gradients[next++];
  return all;
}

template <class T>
SeqView<const T> RecurrentLayer<T>::backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                             Tape<T>& tape) const {
  Kept& kept = static_cast<Kept&>(tape);
  if (args.watch) return watched_backward(pass, args, kept);
  const Gradients all = gradients_of(pass, args, kept);
  kernels::backward(pack_, kept.read(args.x), pass.lengths, pointers_of(args.initial), kept.sweep, all.dy,
                    all.d_final, all.dx, pointers_of(args.d_initial), all.weights, *pass.team);
  dropout_.unmask(pass, all.dx, kept.dropout);
  return all.dx;
}

// One step after the other, on one thread: the same numbers.
template <class T>
SeqView<const T> RecurrentLayer<T>::watched_backward(const Pass& pass,
                                                     const typename Layer<T>::Backward& args,
                                                     Kept& kept) const {
  const SeqView<const T> dx = begin_backward(pass, args, kept, pass.team->threads());
  kernels::RecurrentTape<T>& sweep = kept.sweep;
  for (int step = sweep.walked_steps() - 1; step >= 0; --step) {
    SeqView<const T> carried[kernels::kMostStates];
    for (std::size_t k = 0; k < cell_.states.size(); ++k)
      carried[k] = sweep.state_gradient(static_cast<int>(k));
    args.watch->step(config_.reverse, step, std::span(carried).first(cell_.states.size()),
                     kept.returned_last ? SeqView<const T>{} : args.dy);
    sweep.backward_steps(step, step + 1);
  }
  pass.team->run(pass.team->threads(), [&](const Team::Worker& worker) { sweep.add_gradients(worker); });
  end_backward(pass, args, kept);
  return dx;
}

template <class T>
SeqView<const T> RecurrentLayer<T>::begin_backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                                   Tape<T>& tape, int threads) const {
  Kept& kept = static_cast<Kept&>(tape);
  const Gradients all = gradients_of(pass, args, kept);
  kept.sweep.begin_backward(pack_, kept.read(args.x), all.dy, all.d_final, all.dx, all.weights, threads);
  return all.dx;
}

template <class T>
void RecurrentLayer<T>::end_backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                     Tape<T>& tape) const {
  Kept& kept = static_cast<Kept&>(tape);
  kept.sweep.end_backward(pointers_of(args.d_initial));
  if (args.want_dx) dropout_.unmask(pass, args.dx_in(kept.dx), kept.dropout);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace carousel::layers
