// A wavefront: recurrent layers on layers run side by side on the threads of a team, each some steps behind
// the one before it. For small batches, whose steps are too short to be divided.
#pragma once

#include <span>

#include "layers/layer.h"
#include "layers/recurrent.h"

namespace carousel::layers {

/// One layer of a wavefront, and what it is told in forward and backward.
template <class T>
struct Stage {
  const RecurrentLayer<T>* layer = nullptr;
  Tape<T>* tape = nullptr;
  std::span<const T* const> initial = {};
  typename Layer<T>::Backward backward = {};
};

/// How many of the layers from the first one on, each the input of the next, are faster as a wavefront than
/// one after the other, by the cost model (kernels/plan.h): 0 or at least 2, at most kMostStages.
inline constexpr int kMostStages = 8;
template <class T>
int wavefront_length(const Pass& pass, SeqView<const T> x, std::span<const std::unique_ptr<Layer<T>>> layers);

/// y of the last one; inputs[i] becomes what stage i was given. Each number has the bits that it has when the
/// layers run one after the other.
template <class T>
SeqView<const T> wavefront_forward(const Pass& pass, SeqView<const T> x, std::span<const Stage<T>> stages,
                                   std::span<SeqView<const T>> inputs);

/// dx of the first one, absent unless it wants it. In `stages`, dy of the last one is set, and that of the
/// others becomes what they were given.
template <class T>
SeqView<const T> wavefront_backward(const Pass& pass, std::span<Stage<T>> stages);

}  // namespace carousel::layers
