// Weight gradients: C[i][o] = Σ over rows of x[row][i] d[row][o], one product over all steps and rows.
#pragma once

#include "kernels/sweep_forward.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

/// One x of the product: its rows, how many numbers, and which columns of d (in vectors) it meets.
template <class T>
struct Factor {
  const T* const* rows;
  int width, begin, end;
  T* sums;        ///< as SumsLayout has them (pack.h); null = not wanted
  int first = 0;  ///< where the rows' features stand in `sums`
  int all = 0;    ///< how many `sums` has; 0 = width
};

// c[r][n] += Σ_k a[k][r] d[k][n]; fresh: c starts at zero, whatever stands there.
template <class V, int kVecs, class T>
CAROUSEL_INLINE void outer_tile(int depth, const T* a, const T* d, std::ptrdiff_t d_stride, T* c,
                                std::ptrdiff_t c_stride, bool fresh) {
  constexpr int L = V::kLanes;
  V acc[kTileRows][kVecs];
#pragma GCC unroll 16
  for (int r = 0; r < kTileRows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) acc[r][n] = fresh ? V(T(0)) : V::load(c + r * c_stride + n * L);
  for (int k = 0; k < depth; ++k, a += kTileRows, d += d_stride) {
    V b[kVecs];
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) b[n] = V::load(d + n * L);
#pragma GCC unroll 16
    for (int r = 0; r < kTileRows; ++r) {
      const V x(a[r]);
#pragma GCC unroll 4
      for (int n = 0; n < kVecs; ++n) acc[r][n] = fma(x, b[n], acc[r][n]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kTileRows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) acc[r][n].store(c + r * c_stride + n * L);
}

/// Adds a block of rows to the sums of the column panels [begin, end) of d; `columns` numbers a row of d, of
/// which the last vector may be cut (dense layers).
template <class V, class T>
struct Outer {
  static constexpr int L = V::kLanes;

  int columns, begin, end;
  T* column_sums;  ///< null = not wanted
  T* packed_d;     ///< `most` for each column of a panel, then for each feature of each factor (whole tiles)
  int most;        ///< rows of a block

  void add(const T* const* d, int depth, const Factor<T>* factors, int count, bool fresh) const {
    T* x = packed_x();
    for (int f = 0; f < count; ++f)
      if (factors[f].sums) x = pack_x(factors[f], depth, x);
    for (int p = begin; p < end; ++p) {
      pack_d(d, depth, p);
      x = packed_x();
      for (int f = 0; f < count; ++f)
        if (factors[f].sums) x = multiply(factors[f], depth, p, x, fresh);
    }
  }

 private:
  T* packed_x() const { return packed_d + std::ptrdiff_t{most} * kPanel * L; }
  int vecs() const { return (columns + L - 1) / L; }
  int panel_vecs(int p) const { return earlier(kPanel, vecs() - p * kPanel); }

  // Whole rows of a panel, so that memory is read in runs.
  template <int kVecs>
  CAROUSEL_INLINE void pack_rows(const T* const* d, int depth, int column, T* to) const {
    constexpr int kAhead = 8;  // rows; they are further apart than the hardware looks ahead
    V sum[kVecs];
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) sum[n] = column_sums ? V::load(column_sums + column + n * L) : V(T(0));
    for (int k = 0; k < depth; ++k, to += kVecs * L) {
      const T* next = d[earlier(k + kAhead, depth - 1)] + column;
#pragma GCC unroll 4
      for (int n = 0; n < kVecs; ++n) {
        __builtin_prefetch(next + n * L);
        const int numbers = columns - column - n * L;
        const V v =
            numbers >= L ? V::load(d[k] + column + n * L) : V::load_first(d[k] + column + n * L, numbers);
        v.store(to + n * L);
        sum[n] = sum[n] + v;
      }
    }
    if (!column_sums) return;
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) sum[n].store(column_sums + column + n * L);
  }

  void pack_d(const T* const* d, int depth, int p) const {
    with_vecs(panel_vecs(p), [&]<int kVecs>() { pack_rows<kVecs>(d, depth, p * kPanel * L, packed_d); });
  }

  // Tiles of kTileRows features, k by k; returns the end.
  T* pack_x(const Factor<T>& f, int depth, T* to) const {
    // Rows, so that a cache line is read once for all its tiles; the next ones are fetched meanwhile.
    constexpr int kTogether = 8;
    for (int k0 = 0; k0 < depth; k0 += kTogether) {
      const int k1 = earlier(depth, k0 + kTogether);
      for (int i = 0; i < f.width; i += kTileRows) {
        T* out = to + i * depth + k0 * kTileRows;
        const int numbers = earlier(kTileRows, f.width - i);
        for (int k = k0; k < k1; ++k, out += kTileRows) {
          const T* from = f.rows[k] + i;
          __builtin_prefetch(f.rows[earlier(k + kTogether, depth - 1)] + i);
          if (numbers == kTileRows)
            __builtin_memcpy(out, from, kTileRows * sizeof(T));
          else
            for (int r = 0; r < kTileRows; ++r) out[r] = r < numbers ? from[r] : T(0);
        }
      }
    }
    return to + depth * whole_tiles(f.width);
  }
  static int whole_tiles(int width) {
    return (width + kTileRows - 1) / kTileRows * kTileRows;
  }

  // Panel p for all features of f, which are packed at `x`; returns the end of those.
  T* multiply(const Factor<T>& f, int depth, int p, T* x, bool fresh) const {
    const int rows = whole_tiles(f.width);
    const int v0 = later(p * kPanel, f.begin), v1 = earlier(p * kPanel + panel_vecs(p), f.end);
    if (v0 < v1) {
      const std::ptrdiff_t stride = std::ptrdiff_t{panel_vecs(p)} * L;
      const int within = (v0 - p * kPanel) * L;
      T* c = f.sums + std::ptrdiff_t{p} * kPanel * L * whole_tiles(f.all ? f.all : f.width) +
             f.first * stride + within;
      with_vecs(v1 - v0, [&]<int kVecs>() {
        for (int i = 0; i < rows; i += kTileRows)
          outer_tile<V, kVecs>(depth, x + i * depth, packed_d + within, stride, c + i * stride, stride,
                               fresh);
      });
    }
    return x + depth * rows;
  }
};

/// dW, dU, db and dp of a sweep, once its gates hold gradients: processed steps in reverse, then b ascending.
template <class V, class T>
void weight_gradients(const Sweep<T>& w, const Share& share) {
  constexpr int L = V::kLanes;
  const CellShape& cell = w.cell;
  const int unit_vecs = w.padded / L, columns = cell.sums * w.padded;
  const int all_panels = (columns / L + kPanel - 1) / kPanel;
  const Outer<V, T> outer{columns,
                          share_of(all_panels, share.index, share.count),
                          share_of(all_panels, share.index + 1, share.count),
                          w.sums_b,
                          w.scratch + share.index * w.scratch_stride,
                          w.depth};
  const T *d[kMostDepth], *x[kMostDepth], *v[kMostDepth];
  const T *before[kMostStates][kMostDepth], *after[kMostStates][kMostDepth], *masked[kMostDepth];
  const auto range = [&](const cells::Range& r) {
    return Factor<T>{nullptr, 0, r.begin * unit_vecs, r.end * unit_vecs, nullptr};
  };
  Factor<T> factors[1 + kMostPhases] = {range(cell.from_x), range(cell.from_h[0]), range(cell.from_h[1])};
  factors[0].rows = x, factors[0].width = w.inputs, factors[0].sums = w.sums_x;
  factors[1].rows = w.h_mask ? masked : before[0], factors[1].width = w.units, factors[1].sums = w.sums_h;
  factors[2].rows = v, factors[2].width = w.units, factors[2].sums = w.sums_h;
  const int u0 = share_of(unit_vecs, share.index, share.count),
            u1 = share_of(unit_vecs, share.index + 1, share.count);

  int depth = 0;
  bool fresh = w.fresh_sums;
  const auto flush = [&] {
    outer.add(d, depth, factors, 1 + cell.phases, fresh);
    fresh = false;
    for (int j = 0; j < (w.sums_p ? cell.per_unit : 0); ++j) {
      const cells::PerUnitGrad& g = cell.per_unit_grads[j];
      const T* const* state = g.when == cells::After ? after[g.state] : before[g.state];
      for (int u = u0; u < u1; ++u) {
        T* to = w.sums_p + j * w.padded + u * L;
        V sum = V::load(to);
        for (int k = 0; k < depth; ++k)
          sum = fma(V::load(d[k] + g.sum * w.padded + u * L), V::load(state[k] + u * L), sum);
        sum.store(to);
      }
    }
    depth = 0;
  };
  for (int s = w.steps - 1; s >= w.first_step; --s) {
    for (int b = 0; b < w.rows; ++b) {
      if (w.length[b] <= s) continue;
      const std::ptrdiff_t row = tape_row(w, s, b), before_row = (row - w.row_step) * w.padded,
                           initial = std::ptrdiff_t{b} * w.padded;
      d[depth] = w.gates + gate_place(w, s, b) * columns;
      x[depth] = sequence_row(w, w.x, w.x_step, w.x_row, s, b);
      v[depth] = cell.phases > 1 ? w.v + gate_place(w, s, b) * w.padded : nullptr;
      before[0][depth] = s == 0 ? w.h0 + initial : w.h + before_row;
      after[0][depth] = w.h + row * w.padded;
      if (w.h_mask) masked[depth] = s == 0 ? w.h0_masked + initial : w.h_masked + before_row;
      if (cell.states > 1) {
        before[1][depth] = s == 0 ? w.c0 + initial : w.c + before_row;
        after[1][depth] = w.c + row * w.padded;
      }
      if (++depth == w.depth) flush();
    }
  }
  if (depth > 0) flush();
}

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
