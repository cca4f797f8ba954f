// Kernels over plain rows and spans: the dense layer's products, activations, and the largest number.
#pragma once

#include "kernels/gradient.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

/// y = x times the packed matrix + bias for the rows [first, last).
template <class V, class T>
void product(const Product<T>& w, std::int64_t first, std::int64_t last) {
  constexpr int L = V::kLanes;
  alignas(64) T buffer[kBlock * kPanel * L];
  const T* x[kBlock];
  const T* init[kBlock];
  T *y[kBlock], *c[kBlock];
  for (int r = 0; r < kBlock; ++r) c[r] = buffer + r * kPanel * L;
  const int vecs = w.out_padded / L;
  int rows = 0;
  const auto multiply = [&] {
    const Operand<T> a{x, 1, w.in, 0};
    for (int v = 0; v < vecs; v += kPanel) {
      const int count = earlier(vecs - v, kPanel), numbers = earlier(count * L, w.out - v * L);
      for (int r = 0; r < rows; ++r) init[r] = w.bias + v * L;
      panel_rows<V>(a, rows, w.packed + std::ptrdiff_t{v} * L * w.in, count,
                    w.bias ? init : static_cast<const T* const*>(nullptr), c, 0);
      for (int r = 0; r < rows; ++r)
        __builtin_memcpy(y[r] + v * L, c[r], sizeof(T) * static_cast<std::size_t>(numbers));
    }
    rows = 0;
  };
  auto t = static_cast<int>(first / w.batch), b = static_cast<int>(first % w.batch);
  for (std::int64_t row = first; row < last; ++row) {
    T* to = w.y + t * w.y_step + b * w.y_row;
    if (w.length && t >= w.length[b]) {
      __builtin_memset(static_cast<void*>(to), 0, sizeof(T) * static_cast<std::size_t>(w.out));
    } else {
      x[rows] = w.x + t * w.x_step + b * w.x_row;
      y[rows] = to;
      if (++rows == kBlock) multiply();
    }
    if (++b == w.batch) b = 0, ++t;
  }
  if (rows > 0) multiply();
}

/// Weight gradients of a dense layer: t descending, then b ascending. Shared out by features of x or by
/// panels of outputs, whichever are more.
template <class V, class T>
void gradient(const Gradient<T>& w, const Share& share) {
  constexpr int L = V::kLanes;
  const int vecs = w.out_padded / L, panels = (vecs + kPanel - 1) / kPanel,
            tiles = (w.in + kTileRows - 1) / kTileRows;
  const bool by_features = tiles >= panels;
  const auto part = [&](int all, bool divided, int index) {
    return !divided ? (index > share.index ? all : 0) : share_of(all, index, share.count);
  };
  const int x0 = part(tiles, by_features, share.index) * kTileRows,
            x1 = earlier(part(tiles, by_features, share.index + 1) * kTileRows, w.in);
  const Outer<V, T> outer{w.out,
                          part(panels, !by_features, share.index),
                          part(panels, !by_features, share.index + 1),
                          by_features && share.index > 0 ? static_cast<T*>(nullptr) : w.column,
                          w.scratch + share.index * w.scratch_stride,
                          w.depth};
  const T *d[kMostDepth], *x[kMostDepth];
  const Factor<T> factor{x, x1 - x0, 0, vecs, w.sums, x0, w.in};
  int depth = 0;
  bool fresh = w.fresh_sums;
  const auto flush = [&] {
    outer.add(d, depth, &factor, 1, fresh);
    fresh = false;
    depth = 0;
  };
  for (int t = w.steps - 1; t >= 0; --t) {
    for (int b = 0; b < w.batch; ++b) {
      if (w.length && t >= w.length[b]) continue;
      d[depth] = w.g + t * w.g_step + b * w.g_row;
      x[depth] = w.x + t * w.x_step + b * w.x_row + x0;
      if (++depth == w.depth) flush();
    }
  }
  if (depth > 0) flush();
}

// f(V, i, numbers) for each vector of n numbers.
template <class V, class F>
CAROUSEL_INLINE void for_vectors(std::size_t n, F&& f) {
  constexpr std::size_t L = V::kLanes;
  std::size_t i = 0;
  for (; i + L <= n; i += L) f(i, static_cast<int>(L));
  if (i < n) f(i, static_cast<int>(n - i));
}

template <class V, class T>
CAROUSEL_INLINE V load_some(const T* p, int numbers) {
  return numbers == V::kLanes ? V::load(p) : V::load_first(p, numbers);
}

template <class V, class T>
void activate(cells::Activation name, const T* x, T* y, std::size_t n) {
  for_vectors<V>(n, [&](std::size_t i, int numbers) {
    cells::apply(name, load_some<V>(x + i, numbers)).store_first(y + i, numbers);
  });
}

template <class V, class T>
void activate_back(cells::Activation name, const T* y, const T* dy, T* dx, std::size_t n) {
  for_vectors<V>(n, [&](std::size_t i, int numbers) {
    const V d = load_some<V>(dy + i, numbers) * cells::slope(name, load_some<V>(y + i, numbers));
    d.store_first(dx + i, numbers);
  });
}

// Infinity and NaN times zero is NaN; everything else adds nothing.
template <class V, class T>
T largest(const T* x, std::size_t n) {
  V most(T(0)), sum(T(0));
  for_vectors<V>(n, [&](std::size_t i, int numbers) {
    const V v = load_some<V>(x + i, numbers);
    most = max(most, abs(v));
    sum = fma(v, V(T(0)), sum);
  });
  T lanes[V::kLanes], sums[V::kLanes];
  most.store(lanes);
  sum.store(sums);
  T result(0), all(0);
  for (const T lane : lanes) result = lane > result ? lane : result;
  for (const T lane : sums) all = all + lane;
  return result + all;
}

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
