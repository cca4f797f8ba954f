// Gradients before the update: L2 added, their norm, and what clipping makes of them.
#pragma once

#include <span>

#include "optim/method.h"

namespace carousel::optim {

/// g += λ w: the gradient of λ · ½ Σ w².
void add_l2(double lambda, std::span<const float> w, std::span<float> g);

/// Σ g² in double, in the fixed order of kernels/reduce.h; not finite when a number of g is not.
double sum_of_squares(std::span<const float> g);

/// Clipping by norm (Pascanu, Mikolov & Bengio 2013: g · min(1, largest / norm)), then by value. 0 = off.
Clip make_clip(double norm, double clip_norm, double clip_value);

}  // namespace carousel::optim
