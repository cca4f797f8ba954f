// Network: the layers of a spec with their parameters named and initialised; forward, backward and states of
// all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "carousel/model.h"
#include "layers/layer.h"
#include "layers/wavefront.h"

namespace carousel::model {

/// One parameter tensor, unpadded, with what the trainer must know of it.
template <class T>
struct Parameter {
  std::string name;  ///< "layers.0.W"
  std::vector<int> shape;
  float l2 = 0;  ///< λ of λ · ½ Σ w²
  AlignedBuffer<T> values;
};

/// A parameter's name, shape and l2, without its numbers.
struct TensorShape {
  std::string name;
  std::vector<int> shape;
  float l2 = 0;
};

/// All parameters of a network in file order: owned by a Model (const) or by the trainer (mutable).
template <class T>
using Parameters = std::vector<Parameter<T>>;

/// The activations of one pass. Reused from batch to batch; allocates only when a batch is larger than any
/// before.
template <class T>
struct Workspace {
  std::vector<std::unique_ptr<layers::Tape<T>>> tapes;
  std::vector<SeqView<const T>> inputs;  ///< what each layer was given
  std::vector<const T*> initial;         ///< the initial states that forward was given
  std::vector<T*> gradient_pointers;
  AlignedBuffer<T> dx[2];                ///< gradients between layers, of which two live at a time
  std::vector<layers::Stage<T>> stages;  ///< of a wavefront
  std::vector<int>
      wavefront;  ///< [layer] of how many layers' wavefront it was the last in forward; 0 = of none
  bool forward_kept = false;  ///< a training forward is waiting for its backward
};

template <class T>
class Network {
 public:
  /// Throws usage_* (with the layer's number in `where`) when the spec is wrong.
  Network(const ModelSpec& spec, int inputs);

  Parameters<T> initialise(std::uint64_t seed) const;  ///< fresh parameters
  std::vector<TensorShape> shapes() const;             ///< names and shapes of all parameters; allocates none
  Parameters<T> zeros() const;                         ///< the same shapes, for gradients
  /// After each change of the parameters; a team shares the work.
  void pack(const Parameters<T>& parameters, Team* team = nullptr);
  Workspace<T> make_workspace() const;

  int inputs() const { return inputs_; }
  layers::Flow output() const { return flows_.back(); }
  const std::vector<StateInfo>& states() const { return states_; }
  std::size_t state_size() const { return state_size_; }
  std::size_t layer_count() const { return layers_.size(); }
  const layers::Layer<T>& layer(std::size_t i) const { return *layers_[i]; }
  layers::Flow flow_into(std::size_t i) const { return flows_[i]; }

  /// y of x. `initial`: states in the order of states(), each a dense [B, H]; empty = zero.
  SeqView<const T> forward(const layers::Pass& pass, SeqView<const T> x, std::span<const T* const> initial,
                           Workspace<T>& workspace) const;
  /// The same from the states that the last forward, or the last carry_on, of as many rows ended with: see
  /// kernels::carry_on. pass.carry is set, pass.lengths empty.
  SeqView<const T> carry_on(const layers::Pass& pass, const SeqView<const T>& x,
                            Workspace<T>& workspace) const;
  void final_states(const Workspace<T>& workspace, std::span<T* const> out) const;

  struct Backward {
    SeqView<const T> dy;
    std::span<const T* const> d_final = {};
    std::span<T* const> d_initial = {};
    bool want_dx = false;
    std::span<layers::StateWatch<T>* const> watches = {};  ///< one for each layer, or none at all
  };
  /// Gradients (overwritten) of all parameters, and dx where wanted. Throws usage_conflict without a training
  /// forward.
  SeqView<const T> backward(const layers::Pass& pass, const Backward& args, Workspace<T>& workspace,
                            Parameters<T>& gradients) const;

 private:
  std::size_t state_count(std::size_t layer) const {
    return (layer + 1 < first_state_.size() ? first_state_[layer + 1] : states_.size()) - first_state_[layer];
  }
  layers::Pass pass_of(std::size_t layer, const layers::Pass& pass) const;

  int inputs_;
  std::vector<std::unique_ptr<layers::Layer<T>>> layers_;
  std::vector<layers::Flow> flows_;  ///< into layer i; the last one is the output
  std::vector<StateInfo> states_;
  std::vector<std::size_t> first_state_, first_tensor_;
  std::vector<const T*> pack_pointers_;
  std::size_t state_size_ = 0;
};

extern template class Network<float>;
extern template class Network<double>;

}  // namespace carousel::model
