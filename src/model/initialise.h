// Initialisers by name: fill a parameter tensor from a seed.
#pragma once

#include <cstdint>
#include <span>

#include "layers/layer.h"

namespace carousel::model {

/// Throws usage_* when `spec.init` is not an initialiser; `where` names the tensor.
void check_initialiser(const layers::TensorSpec& spec, const std::string& where);

/// Fills row-major `values` of spec.shape; tensor number `index` of a network has its own stream of draws.
///
/// Fans of a matrix [rows, columns]: fan_in = columns, fan_out = rows of a block.
/// - glorot_uniform: U(-a, a), a = sqrt(6 / (fan_in + fan_out)); glorot_normal: N(0, 2 / (fan_in + fan_out))
///   (Glorot & Bengio 2010); he_uniform: a = sqrt(6 / fan_in); he_normal: N(0, 2 / fan_in) (He et al. 2015)
/// - orthogonal: Q of a normal matrix, signs as Haar's measure asks (Saxe et al. 2014; Mezzadri 2007);
///   orthogonal(gain): gain · Q, gain > 0; all eigenvalues of a square block have that absolute value
/// - normal(sd), uniform(a) in [-a, a), constant(v), zeros, ones
void initialise(const layers::TensorSpec& spec, std::uint64_t seed, std::uint32_t index,
                std::span<double> values);

}  // namespace carousel::model
