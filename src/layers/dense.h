// The dense layer: y = φ(W x + b) on every step, or on the last step of each row.
#pragma once

#include "carousel/spec.h"
#include "cells/act.h"
#include "kernels/dense.h"
#include "layers/layer.h"

namespace carousel::layers {

template <class T>
class DenseLayer final : public Layer<T> {
 public:
  /// Throws usage_* when the spec is wrong; `where` names the layer in messages.
  DenseLayer(const Dense& spec, Flow input, const std::string& where);

  std::string kind() const override { return "dense"; }
  Flow output(Flow input) const override {
    return {spec_.units, input.sequence && spec_.returns == Returns::sequence};
  }
  std::vector<TensorSpec> tensors() const override;
  double flop_per_step() const override { return 2.0 * spec_.units * input_.features; }
  void pack(std::span<const T* const> parameters, Team* team) override;
  std::unique_ptr<Tape<T>> make_tape() const override;
  SeqView<const T> forward(const Pass& pass, const SeqView<const T>& x, std::span<const T* const> initial,
                           Tape<T>& tape) const override;
  SeqView<const T> backward(const Pass& pass, const typename Layer<T>::Backward& args,
                            Tape<T>& tape) const override;

 private:
  struct Kept;
  bool takes_last(const Pass& pass) const {
    return input_.sequence && spec_.returns == Returns::last && !pass.every_step;
  }
  std::span<const std::int32_t> lengths_of(const Pass& pass) const {
    return takes_last(pass) ? std::span<const std::int32_t>{} : pass.lengths;
  }

  Dense spec_;
  Flow input_;
  cells::Activation activation_;
  kernels::DensePack<T> pack_;
};

}  // namespace carousel::layers
