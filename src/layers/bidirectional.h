// The bidirectional layer: two recurrent layers over the same input, one in each direction, merged.
#pragma once

#include "layers/recurrent.h"

namespace carousel::layers {

template <class T>
class BidirectionalLayer final : public Layer<T> {
 public:
  /// As RecurrentLayer.
  BidirectionalLayer(const Bidirectional& spec, Flow input, std::uint32_t number, const std::string& where);

  std::string kind() const override { return "bidirectional " + forward_.kind() + "+" + backward_.kind(); }
  Flow output(Flow input) const override;
  std::vector<TensorSpec> tensors() const override;
  std::vector<StateSpec> states() const override;
  double flop_per_step() const override { return forward_.flop_per_step() + backward_.flop_per_step(); }
  void pack(std::span<const T* const> parameters, Team* team) override;
  std::unique_ptr<Tape<T>> make_tape() const override;
  SeqView<const T> forward(const Pass& pass, const SeqView<const T>& x, std::span<const T* const> initial,
                           Tape<T>& tape) const override;
  void final_states(const Tape<T>& tape, std::span<T* const> out) const override;
  std::vector<Ran<T>> ran(const Tape<T>& tape) const override;
  SeqView<const T> backward(const Pass& pass, const typename Layer<T>::Backward& args,
                            Tape<T>& tape) const override;

 private:
  struct Kept;
  template <class F, class G>
  void run_both(const Pass& pass, SeqView<const T> x, bool in_turn, F&& forward, G&& backward) const;

  Merge merge_;
  RecurrentLayer<T> forward_, backward_;
  std::size_t tensor_count_ = forward_.tensors().size(),
              state_count_ = forward_.states().size();  // of forward_
};

}  // namespace carousel::layers
