// Kernels over plain rows and spans: the dense layer's products, activations, and the search for what is not
// finite.
#pragma once

#include "kernels/gradient.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

/// y = x times the packed matrix + bias for a share of the rows.
template <class V, class T>
void product(const Product<T>& w, const Share& share) {
  constexpr int L = V::kLanes;
  alignas(64) T buffer[kBlock * kPanel * L];
  const T* x[kBlock];
  const T* init[kBlock];
  T *y[kBlock], *c[kBlock];
  const int vecs = w.out_padded / L, end = share_of(w.rows, share.index + 1, share.count);
  for (int begin = share_of(w.rows, share.index, share.count); begin < end; begin += kBlock) {
    const int rows = earlier(end - begin, kBlock);
    for (int r = 0; r < rows; ++r) {
      const int t = (begin + r) / w.batch, b = (begin + r) % w.batch;
      x[r] = w.x + t * w.x_step + b * w.x_row;
      y[r] = w.y + t * w.y_step + b * w.y_row;
      c[r] = buffer + r * kPanel * L;
    }
    const Operand<T> a{x, 1, w.in, 0};
    for (int first = 0; first < vecs; first += kPanel) {
      const int count = earlier(vecs - first, kPanel), numbers = earlier(count * L, w.out - first * L);
      for (int r = 0; r < rows; ++r) init[r] = w.bias + first * L;
      panel_rows<V>(a, rows, w.packed + std::ptrdiff_t{first} * L * w.in, count,
                    w.bias ? init : static_cast<const T* const*>(nullptr), c, 0);
      for (int r = 0; r < rows; ++r)
        for (int i = 0; i < numbers; ++i) y[r][first * L + i] = c[r][i];
    }
  }
}

/// Weight gradients of a dense layer: t descending, then b ascending.
template <class V, class T>
void gradient(const Gradient<T>& w, const Share& share) {
  constexpr int L = V::kLanes;
  const int panels_all = (w.out_padded / L + kPanel - 1) / kPanel;
  const Outer<V, T> outer{w.out, share_of(panels_all, share.index, share.count),
                          share_of(panels_all, share.index + 1, share.count), w.column,
                          w.scratch + share.index * w.scratch_stride};
  const T *d[kDepth], *x[kDepth];
  const Factor<T> factor{x, w.in, 0, w.out_padded / L, w.sums};
  int depth = 0;
  bool fresh = w.fresh_sums;
  const auto flush = [&] {
    outer.add(d, depth, &factor, 1, fresh);
    fresh = false;
    depth = 0;
  };
  for (int t = w.steps - 1; t >= 0; --t) {
    for (int b = 0; b < w.batch; ++b) {
      d[depth] = w.g + t * w.g_step + b * w.g_row;
      x[depth] = w.x + t * w.x_step + b * w.x_row;
      if (++depth == kDepth) flush();
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
bool finite(const T* x, std::size_t n) {
  V sum(T(0));
  for_vectors<V>(n,
                 [&](std::size_t i, int numbers) { sum = fma(load_some<V>(x + i, numbers), V(T(0)), sum); });
  T lanes[V::kLanes];
  sum.store(lanes);
  T all(0);
  for (const T lane : lanes) all = all + lane;
  return all == T(0);
}

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
