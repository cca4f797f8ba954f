// Dense products over many rows, forward and backward, and elementwise activations.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "base/aligned.h"
#include "base/team.h"
#include "base/view.h"
#include "cells/act.h"
#include "kernels/dispatch.h"

namespace carousel::kernels {

using Lengths = std::span<const std::int32_t>;

/// The packed weights of y = W x + b: W [N, K] row-major, b [N] or null.
template <class T>
class DensePack {
 public:
  DensePack(int inputs, int outputs);
  /// For a target that is named (tests): `*find_target("avx2").table`.
  DensePack(int inputs, int outputs, const Table<T>& table);

  /// Reads the weights; they may be freed afterwards. The first time takes the memory.
  void pack(const T* W, const T* b);

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }

  /// y = W x + b for every step of every row, zero from a row's length on; terms in the order b, then k
  /// ascending. x [T, B, K], y [T, B, N], any strides, features consecutive. `lengths` [B], empty = T for
  /// all. Throws usage_shape when sizes disagree.
  void forward(SeqView<const T> x, Lengths lengths, SeqView<T> y, Team& team) const;
  /// dx = Wᵀ dy, n ascending.
  void backward(SeqView<const T> dy, Lengths lengths, SeqView<T> dx, Team& team) const;

 private:
  int inputs_, outputs_;
  const Table<T>* table_;
  bool has_bias_ = false;
  AlignedBuffer<T> forward_, backward_, bias_;
};

/// Memory that `dense_gradients` needs; grown, never shrunk.
template <class T>
struct DenseScratch {
  AlignedBuffer<T> sums, column, packed;
};

/// dW [N, K] = Σ dy xᵀ and db [N] = Σ dy over all steps descending, then rows ascending, within the rows'
/// lengths; null = not wanted. Overwritten, or continued with `add`. `table`: for a target that is named
/// (tests), here and below.
template <class T>
void dense_gradients(SeqView<const T> x, SeqView<const T> dy, Lengths lengths, T* dW, T* db,
                     DenseScratch<T>& scratch, Team& team, bool add = false,
                     const Table<T>& table = default_table<T>());

/// y = f(x), element by element, zero from a row's length on; y may be x.
template <class T>
void activate(cells::Activation f, SeqView<const T> x, Lengths lengths, SeqView<T> y, Team& team,
              const Table<T>& table = default_table<T>());
/// dx = dy · f' where y is f's output, zero from a row's length on; dx may be dy.
template <class T>
void activate_backward(cells::Activation f, SeqView<const T> y, SeqView<const T> dy, Lengths lengths,
                       SeqView<T> dx, Team& team, const Table<T>& table = default_table<T>());

}  // namespace carousel::kernels
