// The recurrent layer: any cell, in one direction of time, over ragged rows.
#pragma once

#include "carousel/spec.h"
#include "kernels/recurrent.h"
#include "layers/cell_dropout.h"

namespace carousel::layers {

/// The cell and activations that a spec names. Throws usage_* (`where` is the layer's name in messages).
kernels::RecurrentConfig config_of(const Recurrent& spec, int inputs, const std::string& where);

template <class T>
class RecurrentLayer final : public Layer<T> {
 public:
  /// Throws usage_* when the spec is wrong; `number` is the layer's place in its network (streams of
  /// dropout), `where` names it in messages.
  RecurrentLayer(const Recurrent& spec, Flow input, std::uint32_t number, const std::string& where);

  std::string kind() const override { return spec_.cell; }
  Flow output(Flow) const override { return {config_.units, spec_.returns == Returns::sequence}; }
  std::vector<TensorSpec> tensors() const override;
  std::vector<StateSpec> states() const override;
  double flop_per_step() const override;
  void pack(std::span<const T* const> parameters, Team* team) override;
  std::unique_ptr<Tape<T>> make_tape() const override;
  SeqView<const T> forward(const Pass& pass, const SeqView<const T>& x, std::span<const T* const> initial,
                           Tape<T>& tape) const override;
  void final_states(const Tape<T>& tape, std::span<T* const> out) const override;
  std::vector<Ran<T>> ran(const Tape<T>& tape) const override;
  SeqView<const T> backward(const Pass& pass, const typename Layer<T>::Backward& args,
                            Tape<T>& tape) const override;
  const RecurrentLayer<T>* in_time() const override { return config_.reverse ? nullptr : this; }

  // forward and backward in parts (wavefront.h): what comes before and after the steps, and the sweep itself.
  void begin_forward(const Pass& pass, const SeqView<const T>& x, std::span<const T* const> initial,
                     Tape<T>& tape, int chunk) const;
  SeqView<const T> end_forward(const Pass& pass, Tape<T>& tape) const;
  SeqView<const T> begin_backward(const Pass& pass, const typename Layer<T>::Backward& args, Tape<T>& tape,
                                  int threads) const;
  void end_backward(const Pass& pass, const typename Layer<T>::Backward& args, Tape<T>& tape) const;
  /// Whether it must see all of its input before its first step.
  bool masks_x(const Pass& pass) const { return dropout_.masks_x(pass); }
  kernels::RecurrentTape<T>& sweep(Tape<T>& tape) const;
  const kernels::RecurrentPack<T>& packed() const { return pack_; }

 private:
  struct Kept;
  struct Gradients;  // those that come in, and where those that go out are put

  SeqView<const T> watched_backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                    Kept& kept) const;

  Gradients gradients_of(const Pass& pass, const typename Layer<T>::Backward& args, Kept& kept) const;

  Recurrent spec_;
  const cells::CellInfo& cell_;
  kernels::RecurrentConfig config_;
  kernels::RecurrentPack<T> pack_;
  CellDropout<T> dropout_;
};

}  // namespace carousel::layers
