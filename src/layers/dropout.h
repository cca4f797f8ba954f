// The dropout layer: a fresh mask for every element and step, from counter-based draws.
#pragma once

#include "layers/layer.h"

namespace carousel::layers {

/// In training y = x ⊙ m / (1 - rate) with m = 0 at probability `rate` (Srivastava et al. 2014); in use y =
/// x. The mask is a function of seed, training step, layer, row, time and feature alone.
template <class T>
class DropoutLayer final : public Layer<T> {
 public:
  DropoutLayer(float rate, Flow input, std::uint32_t number) : rate_(rate), input_(input), number_(number) {}

  std::string kind() const override { return "dropout"; }
  Flow output(Flow input) const override { return input; }
  double flop_per_step() const override { return 0; }
  std::unique_ptr<Tape<T>> make_tape() const override;
  SeqView<const T> forward(const Pass& pass, const SeqView<const T>& x, std::span<const T* const> initial,
                           Tape<T>& tape) const override;
  SeqView<const T> backward(const Pass& pass, const typename Layer<T>::Backward& args,
                            Tape<T>& tape) const override;

 private:
  struct Kept;
  void apply(const Pass& pass, SeqView<const T> in, SeqView<T> out) const;

  float rate_;
  Flow input_;
  std::uint32_t number_;
};

}  // namespace carousel::layers
