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
  GradientFile(const RecurrentConfig& config, const CellShape& cell, const Table<T>& table, int padded,
               const CellGradients<T>& gradients)
      : order_(file_order_of(config.cell)),
        cell_(cell),
        table_(table),
        to_(gradients),
        I_(config.inputs),
        H_(config.units),
        padded_(padded) {}

  /// What the sums start from: zero, or the gradients so far. Those of dW and dU are left alone where the
  /// sweep says that they are fresh.
  void load(const Sweep<T>& sweep) const {
    const auto start = [&](T* sums, int depth, const T* from, int blocks, const int* sum_of) {
      if (!sums || sweep.fresh_sums) return;
      const SumsLayout layout(table_, depth, columns());
      std::fill_n(sums, layout.size(), T(0));
      if (!to_.add || !from) return;
      for (int block = 0; block < blocks; ++block)
        for (int u = 0; u < unit_vecs(); ++u) {
          const int v = sum_of[block] * unit_vecs() + u;
          transpose(from + count(block * H_ + u * lanes(), depth), depth, units_of(u), depth,
                    sums + layout.at(v), layout.row_stride(v));
        }
    };
    start(sweep.sums_x, I_, to_.dW, order_.blocks_x, order_.sum_x);
    start(sweep.sums_h, H_, to_.dU, order_.blocks_h, order_.sum_h);
    if (sweep.sums_b) std::fill_n(sweep.sums_b, columns(), T(0));
    if (sweep.sums_b && to_.add) {
      load_column(sweep.sums_b, to_.db, order_.blocks_x, order_.sum_x);
      load_column(sweep.sums_b, to_.dbu, order_.blocks_h, order_.sum_h);  // as db where x and h feed one sum
    }
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
      const SumsLayout layout(table_, depth, columns());
      const int all = blocks * unit_vecs();
      for (int i = all * index / of; i < all * (index + 1) / of; ++i) {
        const int block = i / unit_vecs(), u = i % unit_vecs(), v = sum_of[block] * unit_vecs() + u;
        transpose(sums + layout.at(v), layout.row_stride(v), depth, units_of(u),
                  to + count(block * H_ + u * lanes(), depth), depth);
      }
    };
    finish(sweep.sums_x, I_, to_.dW, order_.blocks_x, order_.sum_x);
    finish(sweep.sums_h, H_, to_.dU, order_.blocks_h, order_.sum_h);
    if (index > 0) return;
    store_column(sweep.sums_b, to_.db, order_.blocks_x, order_.sum_x);
    store_column(sweep.sums_b, to_.dbu, order_.blocks_h, order_.sum_h);
    if (sweep.sums_p)
      for (int j = 0; j < cell_.per_unit; ++j)
        std::copy_n(sweep.sums_p + count(j, padded_), H_, to_.dp + count(j, H_));
  }

 private:
  int columns() const { return cell_.sums * padded_; }
  int lanes() const { return table_.lanes; }
  int unit_vecs() const { return padded_ / lanes(); }
  int units_of(int vec) const { return std::min(lanes(), H_ - vec * lanes()); }

  void load_column(T* sums, const T* from, int blocks, const int* sum_of) const {
    if (!from) return;
    for (int block = 0; block < blocks; ++block)
      std::copy_n(from + count(block, H_), H_, sums + count(sum_of[block], padded_));
  }
  void store_column(const T* sums, T* to, int blocks, const int* sum_of) const {
    if (!sums || !to) return;
    for (int block = 0; block < blocks; ++block)
      std::copy_n(sums + count(sum_of[block], padded_), H_, to + count(block, H_));
  }

  FileOrder order_;
  CellShape cell_;
  const Table<T>& table_;
  CellGradients<T> to_;
  int I_, H_, padded_;
};

}  // namespace carousel::kernels
