// StepLayer: a sequence of length one through a layer, its gradients added to those of the steps before.
#include "carousel/step.h"

#include <fmt/format.h>

#include "carousel/error.h"
#include "model/model_impl.h"

namespace carousel {
namespace {

[[noreturn]] void wrong_size(const char* what, std::size_t expected, std::size_t got) {
  throw Error(Code::usage_shape, {.where = "StepLayer",
                                  .what = fmt::format("{} is of another size", what),
                                  .expected = std::to_string(expected),
                                  .got = std::to_string(got)});
}

}  // namespace

template <class T>
struct StepLayer<T>::Tape::Kept {
  const void* owner;  // the layer whose step this is
  model::Workspace<T> workspace;
  std::vector<T> x, state;
  int rows = 0;
  std::uint32_t step = 0;
};

template <class T>
struct StepLayer<T>::Impl {
  model::Network<T> network;
  model::Parameters<T> parameters, gradients;
  bool changed = true;  // the weights may differ from their pack
  std::uint64_t seed;
  bool recurrent;           // its masks are those of a sequence; a dropout layer's are those of a step
  std::uint32_t masks = 0;  // which ones are drawn

  Impl(const Layer& spec, int inputs, std::uint64_t seed_of_masks)
      : network(ModelSpec{{spec}}, inputs),
        parameters(network.initialise(seed_of_masks)),
        gradients(network.zeros()),
        seed(seed_of_masks),
        recurrent(std::holds_alternative<Recurrent>(spec)),
        masks(recurrent ? 1 : 0) {}

  std::vector<const T*> blocks(const std::vector<T>& state, int rows) const {
    std::vector<const T*> pointers;
    for (const StateInfo& s : network.states())
      pointers.push_back(state.data() + s.offset * static_cast<std::size_t>(rows));
    return pointers;
  }
  std::vector<T*> blocks(std::vector<T>& state, int rows) const {
    std::vector<T*> pointers;
    for (const StateInfo& s : network.states())
      pointers.push_back(state.data() + s.offset * static_cast<std::size_t>(rows));
    return pointers;
  }
  std::size_t state_size(int rows) const { return network.state_size() * static_cast<std::size_t>(rows); }
};

template <class T>
StepLayer<T>::Tape::Tape() = default;
template <class T>
StepLayer<T>::Tape::~Tape() = default;
template <class T>
StepLayer<T>::Tape::Tape(Tape&&) noexcept = default;
template <class T>
typename StepLayer<T>::Tape& StepLayer<T>::Tape::operator=(Tape&&) noexcept = default;
template <class T>
StepLayer<T>::~StepLayer() = default;
template <class T>
StepLayer<T>::StepLayer(StepLayer&&) noexcept = default;
template <class T>
StepLayer<T>& StepLayer<T>::operator=(StepLayer&&) noexcept = default;

template <class T>
StepLayer<T>::StepLayer(const Layer& spec, int inputs, std::uint64_t seed) {
  if (model::reads_backwards(spec))
    throw Error(
        Code::usage_conflict,
        {.where = "StepLayer", .what = "a layer that reads backward in time cannot run a step at a time"});
  impl_ = std::make_unique<Impl>(spec, inputs, seed);
}

template <class T>
int StepLayer<T>::inputs() const {
  return impl_->network.inputs();
}

template <class T>
int StepLayer<T>::outputs() const {
  return impl_->network.output().features;
}

template <class T>
std::vector<typename StepLayer<T>::Parameter> StepLayer<T>::parameters() {
  impl_->changed = true;
  std::vector<Parameter> all;
  for (std::size_t i = 0; i < impl_->parameters.size(); ++i) {
    auto &p = impl_->parameters[i], &g = impl_->gradients[i];
    const std::size_t prefix = std::string("layers.0.").size();
    all.push_back({p.name.substr(prefix),
                   p.shape,
                   {p.values.data(), p.values.size()},
                   {g.values.data(), g.values.size()}});
  }
  return all;
}

template <class T>
void StepLayer<T>::zero_gradients() {
  impl_->changed = true;
  for (auto& gradient : impl_->gradients) gradient.values.zero();
}

template <class T>
std::vector<T> StepLayer<T>::zero_state(int rows) const {
  return std::vector<T>(impl_->state_size(rows), T(0));
}

template <class T>
void StepLayer<T>::next_sequence() {
  if (impl_->recurrent) ++impl_->masks;
}

template <class T>
std::vector<T> StepLayer<T>::step(std::span<const T> x, std::vector<T>& state, Tape& tape) {
  const auto inputs = static_cast<std::size_t>(impl_->network.inputs());
  if (x.empty() || x.size() % inputs != 0) wrong_size("x", inputs, x.size());
  const int rows = static_cast<int>(x.size() / inputs);
  if (state.size() != impl_->state_size(rows)) wrong_size("state", impl_->state_size(rows), state.size());
  if (impl_->changed) impl_->network.pack(impl_->parameters);
  impl_->changed = false;

  if (!tape.kept_ || tape.kept_->owner != impl_.get())
    tape.kept_ = std::make_unique<typename Tape::Kept>(
        typename Tape::Kept{impl_.get(), impl_->network.make_workspace(), {}, {}, 0, 0});
  auto& kept = *tape.kept_;
  kept.x.assign(x.begin(), x.end());
  kept.state = state;
  kept.rows = rows;
  kept.step = impl_->recurrent ? impl_->masks : ++impl_->masks;
  const layers::Pass pass{.training = true, .seed = impl_->seed, .step = kept.step, .team = &Team::process()};
  const SeqView<const T> y =
      impl_->network.forward(pass, batch_major<const T>(kept.x.data(), rows, 1, impl_->network.inputs()),
                             std::as_const(*impl_).blocks(std::as_const(kept.state), rows), kept.workspace);
  impl_->network.final_states(kept.workspace, impl_->blocks(state, rows));
  std::vector<T> out;
  for (int b = 0; b < rows; ++b) out.insert(out.end(), y.at(0, b), y.at(0, b) + y.features);
  return out;
}

template <class T>
std::vector<T> StepLayer<T>::step_backward(std::span<const T> dy, std::vector<T>& d_state, Tape& tape) {
  if (!tape.kept_ || tape.kept_->owner != impl_.get())
    throw Error(Code::usage_conflict,
                {.where = "StepLayer::step_backward", .what = "this tape has not seen a step of this layer"});
  impl_->changed = true;  // what follows a backward is an update of the weights
  auto& kept = *tape.kept_;
  const std::size_t size = static_cast<std::size_t>(kept.rows) * static_cast<std::size_t>(outputs());
  if (dy.size() != size) wrong_size("dy", size, dy.size());
  if (d_state.size() != impl_->state_size(kept.rows))
    wrong_size("d_state", impl_->state_size(kept.rows), d_state.size());
  const std::vector<T> d_final = d_state;
  const auto in = std::as_const(*impl_).blocks(d_final, kept.rows);
  const auto out = impl_->blocks(d_state, kept.rows);
  const layers::Pass pass{.training = true,
                          .add_gradients = true,
                          .seed = impl_->seed,
                          .step = kept.step,
                          .team = &Team::process()};
  const SeqView<const T> dx =
      impl_->network.backward(pass,
                              {.dy = batch_major<const T>(dy.data(), kept.rows, 1, outputs()),
                               .d_final = in,
                               .d_initial = out,
                               .want_dx = true},
                              kept.workspace, impl_->gradients);
  std::vector<T> result;
  for (int b = 0; b < kept.rows; ++b) result.insert(result.end(), dx.at(0, b), dx.at(0, b) + dx.features);
  return result;
}

template class StepLayer<float>;
template class StepLayer<double>;

}  // namespace carousel
