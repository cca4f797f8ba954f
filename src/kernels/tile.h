// tile: C = C_in + A times a packed panel, in registers; it knows no cell. And the loop that covers many
// rows.
#pragma once

#include "kernels/vec.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

inline constexpr int kBlock = 64;  // rows whose sums are in L1 at once

// Registers decide: rows x vectors accumulators, the vectors of one weight row, one broadcast.
#if defined(CAROUSEL_ONE_LANE)
inline constexpr int kPanel = 4, kTileRows = 2;
#elif HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
inline constexpr int kPanel = 4, kTileRows = 6;
#elif HWY_ARCH_X86
inline constexpr int kPanel = 2, kTileRows = 6;
#else
inline constexpr int kPanel = 4, kTileRows = 6;
#endif

/// A's rows: segment g of row r stands at rows[r] + g * stride, `length` numbers each.
template <class T>
struct Operand {
  const T* const* rows;
  int segments, length;
  std::ptrdiff_t stride;
};

// c[r][offset ...] = init[r][offset ...] (null: zero) + Σ a[r][k] w[k], segments and k ascending.
template <class V, int kRows, int kVecs, class T>
CAROUSEL_INLINE void tile(const Operand<T>& a, int first, const T* w, const T* const* init, T* const* c,
                          std::ptrdiff_t offset) {
  constexpr int L = V::kLanes;
  V acc[kRows][kVecs];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) acc[r][n] = init ? V::load(init[first + r] + offset + n * L) : V(T(0));
  for (int g = 0; g < a.segments; ++g) {
    const T* row[kRows];
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) row[r] = a.rows[first + r] + g * a.stride;
    for (int k = 0; k < a.length; ++k, w += kVecs * L) {
      V b[kVecs];
#pragma GCC unroll 4
      for (int n = 0; n < kVecs; ++n) b[n] = V::load(w + n * L);
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
        const V x(row[r][k]);
#pragma GCC unroll 4
        for (int n = 0; n < kVecs; ++n) acc[r][n] = fma(x, b[n], acc[r][n]);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) acc[r][n].store(c[first + r] + offset + n * L);
}

// f.template operator()<size>(first) for 1 <= size <= kMost.
template <int kMost, class F>
CAROUSEL_INLINE void with_rows(int size, int first, F&& f) {
  if constexpr (kMost > 1) {
    if (size < kMost) return with_rows<kMost - 1>(size, first, f);
  }
  f.template operator()<kMost>(first);
}

// Calls f.template operator()<kRows>(first) so that the calls cover `rows` rows in tiles as equal as they
// come: a tile of few rows reads the same weights for less work.
template <int kMost, class F>
CAROUSEL_INLINE void cover_rows(int rows, F&& f) {
  int first = 0;
  for (int tiles = (rows + kMost - 1) / kMost; tiles > 0; --tiles) {
    const int size = (rows - first + tiles - 1) / tiles;
    with_rows<kMost>(size, first, f);
    first += size;
  }
}

// Calls f.template operator()<vecs>() for 1 <= vecs <= kPanel.
template <class F>
CAROUSEL_INLINE void with_vecs(int vecs, F&& f) {
  if (vecs == 1) f.template operator()<1>();
  if (vecs == 2) f.template operator()<2>();
  if constexpr (kPanel > 2) {
    if (vecs == 3) f.template operator()<3>();
    if (vecs == 4) f.template operator()<4>();
  }
}

/// One panel of `vecs` <= kPanel vectors for `rows` rows.
template <class V, class T>
void panel_rows(const Operand<T>& a, int rows, const T* w, int vecs, const T* const* init, T* const* c,
                std::ptrdiff_t offset) {
  with_vecs(vecs, [&]<int kVecs>() {
    cover_rows<kTileRows>(rows,
                          [&]<int kRows>(int first) { tile<V, kRows, kVecs>(a, first, w, init, c, offset); });
  });
}

// kPanels whole panels for a single row, which alone leaves the FMA units waiting for each other.
template <class V, int kPanels, class T>
CAROUSEL_INLINE void single_panels(const Operand<T>& a, const T* w, const T* init, T* c) {
  constexpr int L = V::kLanes, kWidth = kPanel * L;
  const std::ptrdiff_t next = std::ptrdiff_t{a.segments} * a.length * kWidth;
  V acc[kPanels][kPanel];
#pragma GCC unroll 16
  for (int p = 0; p < kPanels; ++p)
#pragma GCC unroll 4
    for (int n = 0; n < kPanel; ++n) acc[p][n] = init ? V::load(init + p * kWidth + n * L) : V(T(0));
  for (int g = 0; g < a.segments; ++g) {
    const T* row = a.rows[0] + g * a.stride;
    for (int k = 0; k < a.length; ++k, w += kWidth) {
      const V x(row[k]);
#pragma GCC unroll 16
      for (int p = 0; p < kPanels; ++p)
#pragma GCC unroll 4
        for (int n = 0; n < kPanel; ++n) acc[p][n] = fma(x, V::load(w + p * next + n * L), acc[p][n]);
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < kPanels; ++p)
#pragma GCC unroll 4
    for (int n = 0; n < kPanel; ++n) acc[p][n].store(c + p * kWidth + n * L);
}

/// Panels [begin, end) of a packed matrix of `vecs` vectors in all; `back`: from the last to the first, so
/// that what was read last, and is still in the cache, is read first.
template <class V, class T>
void panels(const Operand<T>& a, int rows, const T* packed, int vecs, int begin, int end, bool back,
            const T* const* init, T* const* c) {
  constexpr int L = V::kLanes, kWidth = kPanel * L, kAtOnce = 8 / kPanel;
  const std::ptrdiff_t depth = std::ptrdiff_t{a.segments} * a.length;
  const int whole = vecs / kPanel < end ? vecs / kPanel : end,
            groups = rows == 1 && whole > begin ? (whole - begin) / kAtOnce : 0,
            rest = begin + groups * kAtOnce;
  for (int i = 0; i < groups; ++i) {
    const std::ptrdiff_t first = std::ptrdiff_t{begin + (back ? groups - 1 - i : i) * kAtOnce} * kWidth;
    single_panels<V, kAtOnce>(a, packed + first * depth, init ? init[0] + first : nullptr, c[0] + first);
  }
  for (int i = 0; i < end - rest; ++i) {
    const int first = (back ? end - 1 - i : rest + i) * kPanel,
              numbers = vecs - first < kPanel ? vecs - first : kPanel;
    panel_rows<V>(a, rows, packed + first * L * depth, numbers, init, c, first * L);
  }
}

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
