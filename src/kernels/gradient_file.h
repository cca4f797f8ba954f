// GradientFile: the transposed, padded sums of weight gradients from and to the order of files.
#pragma once

#include <algorithm>

#include "kernels/pack.h"
#include "kernels/recurrent.h"
#include "kernels/shape.h"

namespace carousel::kernels {

template <class T>
class GradientFile {
 public:
  GradientFile(const RecurrentConfig& config, const CellShape& cell, int padded,
               const CellGradients<T>& gradients)
      : order_(file_order_of(config.cell)),
        cell_(cell),
        to_(gradients),
        I_(config.inputs),
        H_(config.units),
        padded_(padded) {}

  /// What the sums start from: zero, or the gradients so far.
  void load(const Sweep<T>& sweep) const {
    const auto start = [&](T* sums, int depth, const T* from, int blocks, const int* sum_of) {
      if (!sums) return;
      std::fill_n(sums, count(depth, columns()), T(0));
      if (!to_.add || !from) return;
      for (int row = 0; row < blocks * H_; ++row)
        for (int i = 0; i < depth; ++i)
          sums[count(i, columns()) + column(sum_of, row)] =
              from[count(row, depth) + static_cast<std::size_t>(i)];
    };
    start(sweep.sums_x, I_, to_.dW, order_.blocks_x, order_.sum_x);
    start(sweep.sums_h, H_, to_.dU, order_.blocks_h, order_.sum_h);
    start(sweep.sums_b, 1, to_.db, order_.blocks_x, order_.sum_x);
    if (sweep.sums_b && to_.add && to_.dbu)  // the same numbers as db where x and h feed one sum
      for (int row = 0; row < order_.blocks_h * H_; ++row)
        sweep.sums_b[column(order_.sum_h, row)] = to_.dbu[row];
    if (!sweep.sums_p) return;
    std::fill_n(sweep.sums_p, count(cell_.per_unit, padded_), T(0));
    if (to_.add)
      for (int j = 0; j < cell_.per_unit; ++j)
        std::copy_n(to_.dp + count(j, H_), H_, sweep.sums_p + count(j, padded_));
  }

  /// Share `index` of `of` of the results.
  void store(const Sweep<T>& sweep, int index, int of) const {
    const auto finish = [&](const T* sums, int depth, T* to, int blocks, const int* sum_of) {
      if (!sums || !to) return;
      constexpr int kTile = 16;  // numbers in a cache line: a square of them is in L1 while it is turned
      const int tiles = (blocks * H_ + kTile - 1) / kTile;
      for (int tile = tiles * index / of; tile < tiles * (index + 1) / of; ++tile) {
        const int end = std::min(blocks * H_, (tile + 1) * kTile);
        for (int i0 = 0; i0 < depth; i0 += kTile) {
          const int i1 = std::min(depth, i0 + kTile);
          for (int row = tile * kTile; row < end; ++row) {
            const T* from = sums + column(sum_of, row);
            T* out = to + count(row, depth);
            for (int i = i0; i < i1; ++i) out[i] = from[count(i, columns())];
          }
        }
      }
    };
    finish(sweep.sums_x, I_, to_.dW, order_.blocks_x, order_.sum_x);
    finish(sweep.sums_h, H_, to_.dU, order_.blocks_h, order_.sum_h);
    if (index > 0) return;
    finish_column(sweep.sums_b, to_.db, order_.blocks_x, order_.sum_x);
    finish_column(sweep.sums_b, to_.dbu, order_.blocks_h, order_.sum_h);
    if (sweep.sums_p)
      for (int j = 0; j < cell_.per_unit; ++j)
        std::copy_n(sweep.sums_p + count(j, padded_), H_, to_.dp + count(j, H_));
  }

 private:
  int columns() const { return cell_.sums * padded_; }
  std::size_t column(const int* sum_of, int row) const {
    return count(sum_of[row / H_], padded_) + static_cast<std::size_t>(row % H_);
  }
  void finish_column(const T* sums, T* to, int blocks, const int* sum_of) const {
    if (!sums || !to) return;
    for (int row = 0; row < blocks * H_; ++row) to[row] = sums[column(sum_of, row)];
  }

  FileOrder order_;
  CellShape cell_;
  CellGradients<T> to_;
  int I_, H_, padded_;
};

}  // namespace carousel::kernels
