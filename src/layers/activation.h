// The activation layer, and the activation that a name stands for.
#pragma once

#include <string>

#include "cells/act.h"
#include "layers/layer.h"

namespace carousel::layers {

/// Throws usage_unknown_word with the nearest known name.
cells::Activation activation_of(const std::string& name, const std::string& where);

/// φ of every number; its gradient is taken from its output.
template <class T>
class ActivationLayer final : public Layer<T> {
 public:
  ActivationLayer(cells::Activation function, Flow input) : function_(function), input_(input) {}

  std::string kind() const override { return "activation"; }
  Flow output(Flow input) const override { return input; }
  double flop_per_step() const override { return input_.features; }
  std::unique_ptr<Tape<T>> make_tape() const override;
  SeqView<const T> forward(const Pass& pass, const SeqView<const T>& x, std::span<const T* const> initial,
                           Tape<T>& tape) const override;
  SeqView<const T> backward(const Pass& pass, const typename Layer<T>::Backward& args,
                            Tape<T>& tape) const override;

 private:
  struct Kept;
  cells::Activation function_;
  Flow input_;
};

}  // namespace carousel::layers
