// Weight layouts that the tiles read: panels of whole vectors, units padded with zeros.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <span>
#include <type_traits>

#include "kernels/table.h"

namespace carousel::kernels {

inline std::size_t count(int a, int b) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}
inline int round_up(int n, int to) {
  return (n + to - 1) / to * to;
}

/// A matrix [depth, n] of which row(k) is row k, in panels of `panel` vectors of `lanes` numbers: for each
/// panel all k, for each k the panel's numbers; `to` holds depth · round_up(n, lanes) numbers. Panels [begin,
/// end).
template <class T, class Row>
void pack_panels(Row&& row, int depth, int n, int lanes, int panel, int begin, int end, T* to) {
  const int padded = round_up(n, lanes), width = panel * lanes;
  for (int p = begin; p < end; ++p) {
    const int first = p * width, numbers = std::min(width, padded - first),
              used = std::min(numbers, n - first);
    T* out = to + count(first, depth);
    for (int k = 0; k < depth; ++k, out += numbers) {
      const T* from = row(k) + first;
      std::copy(from, from + used, out);
      std::fill(out + used, out + numbers, T(0));
    }
  }
}

// to[c · to_stride + r] = from[r · from_stride + c] for a block of four by four.
template <class T>
void transpose_block(const T* from, std::ptrdiff_t from_stride, T* to, std::ptrdiff_t to_stride) {
  if constexpr (std::is_same_v<T, float>) {
    typedef float Four __attribute__((vector_size(16)));
    Four in[4];
    for (int r = 0; r < 4; ++r) std::memcpy(&in[r], from + r * from_stride, sizeof(Four));
    const Four low01 = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5),
               low23 = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5),
               high01 = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7),
               high23 = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
    const Four out[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                         __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                         __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                         __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
    for (int c = 0; c < 4; ++c) std::memcpy(to + c * to_stride, &out[c], sizeof(Four));
  } else {
    for (int r = 0; r < 4; ++r)
      for (int c = 0; c < 4; ++c) to[c * to_stride + r] = from[r * from_stride + c];
  }
}

/// to[c · to_stride + r] = from[r · from_stride + c]
template <class T>
void transpose(const T* from, std::ptrdiff_t from_stride, int rows, int columns, T* to,
               std::ptrdiff_t to_stride) {
  constexpr int kLine = 64 / sizeof(T),
                kAhead = 4 * kLine;  // numbers; rows are too far apart for the hardware
  const int whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
  for (int c0 = 0; c0 < whole_columns; c0 += kLine) {
    const int c1 = std::min(whole_columns, c0 + kLine);
    for (int r = 0; r < whole_rows; r += 4) {
      for (int i = 0; i < 4; ++i)
        __builtin_prefetch(from + (r + i) * from_stride + std::min(c0 + kAhead, columns - 1));
      for (int c = c0; c < c1; c += 4)
        transpose_block(from + r * from_stride + c, from_stride, to + c * to_stride + r, to_stride);
    }
  }
  for (int c = 0; c < columns; ++c)
    for (int r = c < whole_columns ? whole_rows : 0; r < rows; ++r)
      to[c * to_stride + r] = from[r * from_stride + c];
}

/// Where the sums of weight gradients stand, [features][columns] in panels of columns: for each panel all
/// features, for each feature the panel's numbers.
struct SumsLayout {
  int rows, vecs, lanes, panel;  // of features, in whole tiles; of columns, in vectors

  template <class T>
  SumsLayout(const Table<T>& table, int features, int columns)
      : rows(round_up(features, table.tile_rows)),
        vecs(round_up(columns, table.lanes) / table.lanes),
        lanes(table.lanes),
        panel(table.panel) {}

  std::size_t size() const { return count(rows, vecs * lanes); }
  /// Of the first feature's numbers of a vector of columns; the next feature is row_stride(vec) further on.
  std::size_t at(int vec) const {
    const int first = vec / panel * panel;
    return count(rows, first * lanes) + static_cast<std::size_t>((vec - first) * lanes);
  }
  std::ptrdiff_t row_stride(int vec) const { return std::min(panel, vecs - vec / panel * panel) * lanes; }
};

/// Of narrow layers, and of the rows whose gates are made again at once.
inline constexpr int kDepth = 256;

/// Rows of x and d, of so many frames, that are packed at once for weight gradients of `features` numbers in
/// so many factors: a panel of d and a tile of x are in the second cache while they meet. From 1024 features
/// on, all of x is not there either way, and fewer passes over sums that come from the third cache or from
/// memory are worth more. No sum depends on it.
inline int gradient_depth(std::span<const int> features, std::size_t frames) {
  const bool wide = std::accumulate(features.begin(), features.end(), 0) >= 1024;
  return wide && frames >= 2 * kMostDepth ? kMostDepth : kDepth;
}

/// Numbers of scratch that a thread needs for them.
template <class T>
std::size_t gradient_scratch(const Table<T>& table, std::span<const int> features, int depth) {
  int rows = table.lanes * table.panel;
  for (const int n : features) rows += round_up(n, table.tile_rows);
  return count(depth, rows);
}

}  // namespace carousel::kernels
