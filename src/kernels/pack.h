// Weight layouts that the tiles read: panels of whole vectors, units padded with zeros.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/aligned.h"

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

/// One column of numbers of `pack_columns`: column c of the panel comes from row(c), a row of `depth`
/// numbers, or is zero where row(c) is null; `width` columns side by side, k by k.
template <class T, class Row>
void pack_columns(Row&& row, int depth, int width, T* to) {
  constexpr int kStretch = 16;  // the numbers of a row that are in one cache line are read together
  for (int k0 = 0; k0 < depth; k0 += kStretch) {
    const int k1 = std::min(depth, k0 + kStretch);
    for (int c = 0; c < width; ++c) {
      const T* from = row(c);
      for (int k = k0; k < k1; ++k) to[count(k, width) + static_cast<std::size_t>(c)] = from ? from[k] : T(0);
    }
  }
}

}  // namespace carousel::kernels
