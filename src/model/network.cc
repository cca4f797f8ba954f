// Network: builds the layers of a spec, and runs them one after the other in both directions.
#include "model/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "carousel/error.h"
#include "layers/make.h"
#include "model/initialise.h"
#include "model/spec_json.h"

namespace carousel::model {
namespace {

std::size_t size_of(const std::vector<int>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1},
                         [](std::size_t n, int d) { return n * static_cast<std::size_t>(d); });
}

// The ranges and names that a settings file may hold are those of a spec in C++ too.
Layer checked(const Layer& layer, const std::string& where) {
  return layer_from_json(layer_to_json(layer), where);
}

template <class X>
std::span<X> part(std::span<X> all, std::size_t first, std::size_t count) {
  return all.empty() ? all : all.subspan(first, count);
}

/// The setting that initialises a tensor: "forward.W" -> "forward.w_init", "bu" -> "b_init".
std::string initialiser_of(const std::string& tensor) {
  const std::size_t letter = tensor.rfind('.') + 1;  // npos + 1 is 0
  return tensor.substr(0, letter) + static_cast<char>(std::tolower(tensor[letter])) + "_init";
}

}  // namespace

template <class T>
Network<T>::Network(const ModelSpec& spec, int inputs) : inputs_(inputs) {
  if (inputs < 1 || inputs > kMaxUnits)
    throw Error(Code::usage_shape, {.where = "inputs",
                                    .what = "a network cannot have so many input features",
                                    .expected = fmt::format("1 to {}", kMaxUnits),
                                    .got = std::to_string(inputs)});
  if (spec.layers.empty())
    throw Error(Code::usage_missing, {.where = "layers",
                                      .what = "a network needs a layer",
                                      .hint = "in a settings file a layer begins with [[layer]]"});
  layers::Flow flow{inputs, true};
  flows_.push_back(flow);
  std::size_t tensors = 0;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const std::string where = fmt::format("layer[{}]", i);
    layers_.push_back(
        layers::make<T>(checked(spec.layers[i], where), flow, static_cast<std::uint32_t>(i), where));
    first_state_.push_back(states_.size());
    first_tensor_.push_back(tensors);
    for (const layers::StateSpec& state : layers_[i]->states()) {
      states_.push_back({fmt::format("layers.{}.{}", i, state.name), state.units, state_size_});
      state_size_ += static_cast<std::size_t>(state.units);
    }
    for (const layers::TensorSpec& tensor : layers_[i]->tensors()) {
      check_initialiser(tensor, where + "." + initialiser_of(tensor.name));
      ++tensors;
    }
    flow = layers_[i]->output(flow);
    flows_.push_back(flow);
  }
}

template <class T>
std::vector<TensorShape> Network<T>::shapes() const {
  std::vector<TensorShape> shapes;
  for (std::size_t i = 0; i < layers_.size(); ++i)
    for (const layers::TensorSpec& tensor : layers_[i]->tensors())
      shapes.push_back({fmt::format("layers.{}.{}", i, tensor.name), tensor.shape, tensor.l2});
  return shapes;
}

template <class T>
Parameters<T> Network<T>::zeros() const {
  Parameters<T> parameters;
  for (TensorShape& tensor : shapes())
    parameters.push_back(
        {std::move(tensor.name), tensor.shape, tensor.l2, AlignedBuffer<T>(size_of(tensor.shape))});
  return parameters;
}

template <class T>
Parameters<T> Network<T>::initialise(std::uint64_t seed) const {
  Parameters<T> parameters = zeros();
  std::size_t index = 0;
  std::vector<double> values;
  for (const auto& layer : layers_)
    for (const layers::TensorSpec& tensor : layer->tensors()) {
      AlignedBuffer<T>& out = parameters[index].values;
      values.assign(out.size(), 0.0);
      model::initialise(tensor, seed, static_cast<std::uint32_t>(index), values);
      std::transform(values.begin(), values.end(), out.begin(), [](double v) { return static_cast<T>(v); });
      ++index;
    }
  return parameters;
}

template <class T>
void Network<T>::pack(const Parameters<T>& parameters, Team* team) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::size_t end = i + 1 < layers_.size() ? first_tensor_[i + 1] : parameters.size();
    std::vector<const T*>& pointers = pack_pointers_;
    pointers.clear();
    for (std::size_t k = first_tensor_[i]; k < end; ++k) pointers.push_back(parameters[k].values.data());
    layers_[i]->pack(pointers, team);
  }
}

template <class T>
Workspace<T> Network<T>::make_workspace() const {
  Workspace<T> workspace;
  for (const auto& layer : layers_) workspace.tapes.push_back(layer->make_tape());
  workspace.inputs.resize(layers_.size());
  workspace.wavefront.resize(layers_.size());
  workspace.initial.reserve(states_.size());
  return workspace;
}

template <class T>
layers::Pass Network<T>::pass_of(std::size_t layer, const layers::Pass& pass) const {
  layers::Pass inner = pass;
  if (!flows_[layer].sequence && !pass.every_step) inner.lengths = {};
  return inner;
}

template <class T>
SeqView<const T> Network<T>::forward(const layers::Pass& pass, SeqView<const T> x,
                                     std::span<const T* const> initial, Workspace<T>& workspace) const {
  workspace.initial.assign(initial.begin(), initial.end());
  const auto initial_of = [&](std::size_t i) { return part(initial, first_state_[i], state_count(i)); };
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const layers::Pass inner = pass_of(i, pass);
    const int length = layers::wavefront_length(inner, x, std::span(layers_).subspan(i));
    if (length > 0) {
      const auto count = static_cast<std::size_t>(length);
      workspace.stages.clear();
      for (std::size_t k = i; k < i + count; ++k)
        workspace.stages.push_back(
            {.layer = layers_[k]->in_time(), .tape = workspace.tapes[k].get(), .initial = initial_of(k)});
      x = layers::wavefront_forward<T>(inner, x, workspace.stages,
                                       std::span(workspace.inputs).subspan(i, count));
      i += count - 1;
    } else {
      workspace.inputs[i] = x;
      x = layers_[i]->forward(inner, x, initial_of(i), *workspace.tapes[i]);
    }
    workspace.wavefront[i] = length;
  }
  workspace.forward_kept = pass.training;
  return x;
}

template <class T>
SeqView<const T> Network<T>::carry_on(const layers::Pass& pass, const SeqView<const T>& x,
                                      Workspace<T>& workspace) const {
  // The last layer's view is made where the caller has it: a copy would wait for what was just stored.
  SeqView<const T> y;
  const std::size_t last = layers_.size() - 1;
  for (std::size_t i = 0; i < last; ++i)
    y = layers_[i]->forward(pass, i == 0 ? x : y, {}, *workspace.tapes[i]);
  return layers_[last]->forward(pass, last == 0 ? x : y, {}, *workspace.tapes[last]);
}

template <class T>
void Network<T>::final_states(const Workspace<T>& workspace, std::span<T* const> out) const {
  for (std::size_t i = 0; i < layers_.size(); ++i)
    layers_[i]->final_states(*workspace.tapes[i], part(out, first_state_[i], state_count(i)));
}

template <class T>
SeqView<const T> Network<T>::backward(const layers::Pass& pass, const Backward& args, Workspace<T>& workspace,
                                      Parameters<T>& gradients) const {
  if (!workspace.forward_kept)
    throw Error(Code::usage_conflict,
                {.where = "backward",
                 .what = "there is no training forward whose gradients are still to be taken",
                 .hint = "call forward with training = true before each backward"});
  workspace.forward_kept = false;
  std::vector<T*>& pointers = workspace.gradient_pointers;
  pointers.clear();
  for (Parameter<T>& gradient : gradients) pointers.push_back(gradient.values.data());
  const std::span<T* const> all(pointers);
  const std::span<const T* const> initial(workspace.initial);
  const auto backward_of = [&](std::size_t i, SeqView<const T> dy, AlignedBuffer<T>* memory) ->
      typename layers::Layer<T>::Backward {
        const std::size_t end = i + 1 < layers_.size() ? first_tensor_[i + 1] : all.size();
        return {.x = workspace.inputs[i],
                .dy = dy,
                .initial = part(initial, first_state_[i], state_count(i)),
                .d_final = part(args.d_final, first_state_[i], state_count(i)),
                .d_initial = part(args.d_initial, first_state_[i], state_count(i)),
                .gradients = all.subspan(first_tensor_[i], end - first_tensor_[i]),
                .want_dx = i > 0 || args.want_dx,
                .memory = memory,
                .watch = args.watches.empty() ? nullptr : args.watches[i]};
      };
  SeqView<const T> dy = args.dy;
  for (std::size_t i = layers_.size(); i-- > 0;) {
    const layers::Pass inner = pass_of(i, pass);
    if (const auto count = static_cast<std::size_t>(workspace.wavefront[i]);
        count > 0 && args.watches.empty()) {
      i -= count - 1;
      workspace.stages.clear();
      for (std::size_t k = i; k < i + count; ++k)
        workspace.stages.push_back({.layer = layers_[k]->in_time(),
                                    .tape = workspace.tapes[k].get(),
                                    .backward = backward_of(k, dy, nullptr)});  // all live at a time
      dy = layers::wavefront_backward<T>(inner, workspace.stages);
    } else {
      AlignedBuffer<T>& free = workspace.dx[dy.data && dy.data == workspace.dx[0].data() ? 1 : 0];
      dy = layers_[i]->backward(inner, backward_of(i, dy, &free), *workspace.tapes[i]);
    }
  }
  return dy;
}

template class Network<float>;
template class Network<double>;

}  // namespace carousel::model
