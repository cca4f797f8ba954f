// Dropout inside a recurrent layer: one mask a sequence on what W multiplies, one on what U multiplies.
#pragma once

#include "layers/layer.h"

namespace carousel::layers {

/// The masks of one direction of a recurrent layer (Gal & Ghahramani 2016): each number is 0 at probability
/// `rate`, else 1 / (1 - rate); the same at every step and for every gate, so that all gates stay one
/// product. A mask is a function of seed, training step, layer, direction, row and feature alone.
template <class T>
class CellDropout {
 public:
  CellDropout(float x_rate, float h_rate, std::uint32_t number, bool reverse)
      : x_rate_(x_rate), h_rate_(h_rate), number_(number), reverse_(reverse) {}

  /// What a forward keeps for its backward.
  struct Kept {
    AlignedBuffer<T> x_mask, h_mask, x_memory;
    SeqView<const T> x;  ///< masked; absent where it is not
  };

  bool masks_x(const Pass& pass) const { return pass.drops(x_rate_); }
  /// x times its mask, kept; x itself where there is none.
  SeqView<const T> masked(const Pass& pass, const SeqView<const T>& x, Kept& kept) const;
  /// [B, H], kept; null where there is none.
  const T* h_mask(const Pass& pass, int rows, int units, Kept& kept) const;
  /// From the gradient of the masked x to that of x, in place; after a forward.
  void unmask(const Pass& pass, const SeqView<T>& dx, const Kept& kept) const;

 private:
  enum class Of : std::uint32_t { x, h };
  void draw(const Pass& pass, Of of, float rate, int rows, int features, AlignedBuffer<T>& mask) const;

  float x_rate_, h_rate_;
  std::uint32_t number_;
  bool reverse_;
};

}  // namespace carousel::layers
