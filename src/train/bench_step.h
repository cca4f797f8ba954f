// bench_step: times whole training steps, as `carousel bench --work step` prints them.
#pragma once

#include "kernels/bench.h"

namespace carousel::training {

/// A step of the trainer itself: gathering the batch, one recurrent layer that returns the last step,
/// Dense(10), softmax cross-entropy, backward, clipping by norm, Adam. Random data, standard activations;
/// FLOP of the products.
kernels::BenchResult bench_step(cells::Kind cell, const kernels::BenchShape& shape, double seconds,
                                int threads);

}  // namespace carousel::training
