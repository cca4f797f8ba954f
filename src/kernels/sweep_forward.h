// The forward sweep of any cell: products into a buffer of 64 rows x one unit vector x sums, then the cell on
// it.
#pragma once

#include "kernels/math.h"
#include "kernels/table.h"
#include "kernels/tile.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

template <class T>
CAROUSEL_INLINE std::ptrdiff_t tape_row(const Sweep<T>& w, int s, int b) {
  return w.first_row[b] + s * w.row_step;
}

// Where row b's gates (and v) of processed step s are kept, in rows.
template <class T>
CAROUSEL_INLINE std::ptrdiff_t gate_place(const Sweep<T>& w, int s, int b) {
  return static_cast<std::ptrdiff_t>(s - w.first_step) * w.rows + b;
}

// x of row b at processed step s; the same for dy and dx.
template <class T, class P>
CAROUSEL_INLINE P* sequence_row(const Sweep<T>& w, P* data, std::ptrdiff_t step, std::ptrdiff_t row, int s,
                                int b) {
  return data + (w.reverse ? w.length[b] - 1 - s : s) * step + b * row;
}

/// The rows and units of one thread.
struct Part {
  int row_begin, row_end;    // places in `order`
  int unit_begin, unit_end;  // unit vectors
};

CAROUSEL_INLINE constexpr int later(int a, int b) {
  return a > b ? a : b;
}
CAROUSEL_INLINE constexpr int earlier(int a, int b) {
  return a < b ? a : b;
}

CAROUSEL_INLINE int share_of(int total, int index, int count) {
  return static_cast<int>(static_cast<long>(total) * index / count);
}

template <class V, class T>
CAROUSEL_INLINE Part part_of(const Sweep<T>& w, const Share& share) {
  const int vecs = w.padded / V::kLanes;
  if (share.split == Split::units) {  // whole panels, as the products of backward want them
    const int panels = (vecs + kPanel - 1) / kPanel;
    return {0, w.rows, share_of(panels, share.index, share.count) * kPanel,
            earlier(share_of(panels, share.index + 1, share.count) * kPanel, vecs)};
  }
  return {share.row_begin, share.row_end, 0, vecs};
}

// How many sums a tile of so many rows holds at once: few rows leave registers, and want many chains of FMA.
template <int kRows>
inline constexpr int kGroup = kRows <= 2 ? 4 : kPanel;

// Where one unit vector of the sums of rows stands: the first sum of row r at at(r), the next `step` further.
template <class F>
struct Sums {
  F at;
  std::ptrdiff_t step;
};
template <class F>
Sums(F, std::ptrdiff_t) -> Sums<F>;

// Sums [kG0, kG1) of one unit vector for kRows rows: what stands at `from`, plus x times its weights (those
// of sums [kX0, kX1)), plus h times its weights ([kH0, kH1)), to `to`. A weight row holds one vector for each
// sum that it feeds.
template <class V, int kRows, int kG0, int kG1, int kX0, int kX1, int kH0, int kH1, class T, class F, class G>
CAROUSEL_INLINE void gate_tile(const T* const* x, int inputs, const T* wx, const T* const* h, int units,
                               const T* wh, const Sums<F>& from, const Sums<G>& to, int first) {
  constexpr int L = V::kLanes, kN = kG1 - kG0;
  V acc[kRows][kN];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < kN; ++n) acc[r][n] = V::load(from.at(first + r) + (kG0 + n) * from.step);
  const auto add = [&]<int kF0, int kF1>(const T* const* rows, int depth, const T* w)
      __attribute__((always_inline)) {
    constexpr int kFrom = later(kG0, kF0), kTo = earlier(kG1, kF1);
    if constexpr (kFrom < kTo) {
      const T* row[kRows];
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) row[r] = rows[first + r];
      w += (kFrom - kF0) * L;
      for (int k = 0; k < depth; ++k, w += (kF1 - kF0) * L) {
        V b[kTo - kFrom];
#pragma GCC unroll 4
        for (int n = 0; n < kTo - kFrom; ++n) b[n] = V::load(w + n * L);
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
          const V a(row[r][k]);
#pragma GCC unroll 4
          for (int n = 0; n < kTo - kFrom; ++n)
            acc[r][n + kFrom - kG0] = fma(a, b[n], acc[r][n + kFrom - kG0]);
        }
      }
    }
  };
  add.template operator()<kX0, kX1>(x, inputs, wx);
  add.template operator()<kH0, kH1>(h, units, wh);
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < kN; ++n) acc[r][n].store(to.at(first + r) + (kG0 + n) * to.step);
}

// All sums of one unit vector for `rows` rows.
template <class V, int kSums, int kX0, int kX1, int kH0, int kH1, class T, class F, class G>
void gate_rows(int rows, const T* const* x, int inputs, const T* wx, const T* const* h, int units,
               const T* wh, const Sums<F>& from, const Sums<G>& to) {
  constexpr int kMost = kSums == 1 && kPanel == 4 ? 2 * kTileRows : kTileRows;
  cover_rows<kMost>(rows, [&]<int kRows>(int first) {
    const auto group = [&]<int kG0>(auto&& self) {
      constexpr int kG1 = earlier(kG0 + kGroup<kRows>, kSums);
      gate_tile<V, kRows, kG0, kG1, kX0, kX1, kH0, kH1>(x, inputs, wx, h, units, wh, from, to, first);
      if constexpr (kG1 < kSums) self.template operator()<kG1>(self);
    };
    group.template operator()<0>(group);
  });
}

// How many unit vectors a single row takes at once: eight chains of FMA or a few more.
template <int kSums>
inline constexpr int kSingleUnits = (8 + kSums - 1) / kSums;

// A whole first cache, in bytes: a unit vector's weights that fill it to the last line are still better taken
// alone, for what is read last is still there on the way back (1.05x for an LSTM of 64 units). Of a cache of
// 48 KiB this leaves a third unused: it errs on the safe side.
inline constexpr long kUnitAloneFits = 32 * 1024;

// The same sums for a single row and kUnits unit vectors side by side, from init [sums][padded]: one row
// alone leaves the FMA units waiting for each other.
template <class V, int kUnits, int kSums, int kX0, int kX1, int kH0, int kH1, class T>
CAROUSEL_INLINE void single_row(const T* x, int inputs, const T* wx, const T* h, int units, const T* wh,
                                const T* init, std::ptrdiff_t padded, V (&acc)[kUnits][kSums]) {
  constexpr int L = V::kLanes;
#pragma GCC unroll 16
  for (int u = 0; u < kUnits; ++u)
#pragma GCC unroll 4
    for (int n = 0; n < kSums; ++n) acc[u][n] = V::load(init + n * padded + u * L);
  const auto add = [&]<int kF0, int kF1>(const T* row, int depth, const T* w) CAROUSEL_INLINE_LAMBDA {
    constexpr int kWidth = (kF1 - kF0) * L;
    const std::ptrdiff_t next = std::ptrdiff_t{depth} * kWidth;
    for (int k = 0; k < depth; ++k, w += kWidth) {
      const V a(row[k]);
#pragma GCC unroll 16
      for (int u = 0; u < kUnits; ++u)
#pragma GCC unroll 4
        for (int n = kF0; n < kF1; ++n) acc[u][n] = fma(a, V::load(w + u * next + (n - kF0) * L), acc[u][n]);
    }
  };
  if constexpr (kX0 < kX1) add.template operator()<kX0, kX1>(x, inputs, wx);
  if constexpr (kH0 < kH1) add.template operator()<kH0, kH1>(h, units, wh);
}

/// One cell's forward sweep on one thread.
template <class Cell, class Act, class V>
struct Forward {
  using T = typename V::Number;
  static constexpr int L = V::kLanes, kSums = Cell::kSums, kStates = Cell::kStates, kPhases = Cell::kPhases;
  static constexpr int kX0 = Cell::kFromX.begin, kX1 = Cell::kFromX.end;

  const Sweep<T>& w;
  const Act& act;
  const Part part;
  alignas(64) T buffer[kBlock * kSums * L];
  const T* x[kBlock];
  const T* operand[kBlock];
  T* gates[kBlock];
  const T* old_state[kStates][kBlock];
  T* new_state[kStates][kBlock];
  T* v[kBlock];
  const T* h_mask[kBlock];
  T* h_masked[kBlock];

  Forward(const Sweep<T>& sweep, const Act& activations, const Share& share)
      : w(sweep), act(activations), part(part_of<V>(sweep, share)) {}

  T* gate_row(int s, int b) const {
    const std::ptrdiff_t row =
        w.keep_gates ? gate_place(w, s, b) : static_cast<std::ptrdiff_t>(s % w.hoist_steps) * w.rows + b;
    return w.gates + row * kSums * w.padded;
  }

  // Pointers of rows [begin, begin + rows) of `order` at step s.
  template <int kPhase>
  void point(int s, int begin, int rows) {
    for (int r = 0; r < rows; ++r) {
      const int b = w.order[begin + r];
      const std::ptrdiff_t row = tape_row(w, s, b) * w.padded, before = row - w.row_step * w.padded;
      const std::ptrdiff_t initial = std::ptrdiff_t{b} * w.padded;
      x[r] = sequence_row(w, w.x, w.x_step, w.x_row, s, b);
      gates[r] = gate_row(s, b);
      old_state[0][r] = s == 0 ? w.h0 + initial : w.h + before;
      new_state[0][r] = w.h + row;
      if constexpr (kStates > 1) {
        old_state[1][r] = s == 0 || !w.keep_states ? w.c0 + initial : w.c + before;
        new_state[1][r] = w.keep_states ? w.c + row : w.c0 + initial;
      }
      if constexpr (kPhases > 1) v[r] = w.v + (w.keep_gates ? gate_place(w, s, b) : b) * w.padded;
      if constexpr (kPhase == 0)
        operand[r] = old_state[0][r];
      else
        operand[r] = v[r];
      if (w.h_mask) {
        h_mask[r] = w.h_mask + initial, h_masked[r] = w.h_masked + row;
        if (kPhase == 0) operand[r] = s == 0 ? w.h0_masked + initial : w.h_masked + before;
      }
    }
  }

  // One unit vector of the bias, of the rows' gates, and of the buffer.
  auto bias_sums(int u) const {
    return Sums{[from = w.bias + u * L](int) CAROUSEL_INLINE_LAMBDA { return from; }, w.padded};
  }
  auto gate_sums(int u) const {
    return Sums{[this, u](int r) CAROUSEL_INLINE_LAMBDA { return gates[r] + u * L; }, w.padded};
  }
  auto buffer_sums() {
    return Sums{[this](int r) CAROUSEL_INLINE_LAMBDA { return buffer + r * kSums * L; }, L};
  }
  const T* weights_x(int u) const { return w.forward_x + std::ptrdiff_t{u} * L * (kX1 - kX0) * w.inputs; }

  // The products of x for rows of several steps, kept in the gates' place.
  void hoist(int first_step, int last_step) {
    int rows = 0;
    const auto flush = [&] {
      for (int u = part.unit_begin; u < part.unit_end; ++u)
        gate_rows<V, kSums, kX0, kX1, 0, 0>(rows, x, w.inputs, weights_x(u), x, 0,
                                            static_cast<const T*>(nullptr), bias_sums(u), gate_sums(u));
      rows = 0;
    };
    for (int s = first_step; s < last_step; ++s) {
      const int end = earlier(w.active[s], part.row_end);
      for (int place = part.row_begin; place < end; ++place) {
        const int b = w.order[place];
        x[rows] = sequence_row(w, w.x, w.x_step, w.x_row, s, b);
        gates[rows] = gate_row(s, b);
        if (++rows == kBlock) flush();
      }
    }
    if (rows > 0) flush();
  }

  // A unit vector of a row: where in x, gates, ... the row is, and which one.
  struct Place {
    int row, unit;
  };

  // The cell at one place, or at two, with their sums.
  template <int kPhase, class W>
  CAROUSEL_INLINE void cell(Place first, Place second, W* a) {
    const auto load = [&](W& to, auto&& from) CAROUSEL_INLINE_LAMBDA {
      if constexpr (W::kVectors == 1)
        to = V::load(from(first));
      else
        to.a = V::load(from(first)), to.b = V::load(from(second));
    };
    const auto store = [&](const W& from, auto&& to) CAROUSEL_INLINE_LAMBDA {
      if constexpr (W::kVectors == 1)
        from.store(to(first));
      else
        from.a.store(to(first)), from.b.store(to(second));
    };
    W p[Cell::kPerUnit + 1], s[kStates], out;
    for (int k = 0; k < Cell::kPerUnit; ++k)
      load(p[k], [&](Place at) { return w.per_unit + k * w.padded + at.unit * L; });
    for (int k = 0; k < kStates; ++k)
      load(s[k], [&](Place at) { return old_state[k][at.row] + at.unit * L; });
    Cell::template forward<kPhase>(act, a, s, out, p);
    if (w.keep_gates || kPhase + 1 < kPhases)
      for (int k = 0; k < kSums; ++k)
        store(a[k], [&](Place at) { return gates[at.row] + k * w.padded + at.unit * L; });
    const auto masked = [&](const W& operand_of_u) CAROUSEL_INLINE_LAMBDA {
      W mask;
      load(mask, [&](Place at) { return h_mask[at.row] + at.unit * L; });
      return operand_of_u * mask;
    };
    if constexpr (kPhase + 1 < kPhases) {
      if (w.h_mask) out = masked(out);
      store(out, [&](Place at) { return v[at.row] + at.unit * L; });
    } else {
      for (int k = 0; k < kStates; ++k)
        store(s[k], [&](Place at) { return new_state[k][at.row] + at.unit * L; });
      if (w.h_mask) store(masked(s[0]), [&](Place at) { return h_masked[at.row] + at.unit * L; });
    }
  }

  // The cell at place(0), ..., place(count - 1), with sum(i, k).
  template <int kPhase, class F, class G>
  CAROUSEL_INLINE void cells_at(int count, F&& place, G&& sum) {
    int i = 0;
    if constexpr (kTwoFit)
      for (; i + 2 <= count; i += 2) {
        Two<V> a[kSums];
        for (int k = 0; k < kSums; ++k) a[k] = {sum(i, k), sum(i + 1, k)};
        cell<kPhase, Two<V>>(place(i), place(i + 1), a);
      }
    for (; i < count; ++i) {
      V a[kSums];
      for (int k = 0; k < kSums; ++k) a[k] = sum(i, k);
      cell<kPhase, V>(place(i), {}, a);
    }
  }

  // One unit vector of `rows` rows.
  template <int kPhase>
  void unit(int rows, int u) {
    constexpr int kH0 = Cell::kFromH[kPhase].begin, kH1 = Cell::kFromH[kPhase].end;
    const T* wh = w.forward_h[kPhase] + std::ptrdiff_t{u} * L * (kH1 - kH0) * w.units;
    if (kPhase == 0 && !w.hoist)
      gate_rows<V, kSums, kX0, kX1, kH0, kH1>(rows, x, w.inputs, weights_x(u), operand, w.units, wh,
                                              bias_sums(u), buffer_sums());
    else
      gate_rows<V, kSums, 0, 0, kH0, kH1>(rows, x, 0, static_cast<const T*>(nullptr), operand, w.units, wh,
                                          gate_sums(u), buffer_sums());
    cells_at<kPhase>(
        rows,
        [&](int r) {
          return Place{r, u};
        },
        [&](int r, int k) { return V::load(buffer + (r * kSums + k) * L); });
  }

  // kUnits unit vectors of a single row.
  template <int kPhase, int kUnits>
  void single(int u) {
    constexpr int kH0 = Cell::kFromH[kPhase].begin, kH1 = Cell::kFromH[kPhase].end;
    const T* wh = w.forward_h[kPhase] + std::ptrdiff_t{u} * L * (kH1 - kH0) * w.units;
    V sums[kUnits][kSums];
    if (kPhase == 0 && !w.hoist)
      single_row<V, kUnits, kSums, kX0, kX1, kH0, kH1>(x[0], w.inputs, weights_x(u), operand[0], w.units, wh,
                                                       w.bias + u * L, w.padded, sums);
    else
      single_row<V, kUnits, kSums, 0, 0, kH0, kH1>(x[0], 0, static_cast<const T*>(nullptr), operand[0],
                                                   w.units, wh, static_cast<const T*>(gates[0]) + u * L,
                                                   w.padded, sums);
    cells_at<kPhase>(
        kUnits,
        [&](int n) {
          return Place{0, u + n};
        },
        [&](int n, int k) { return sums[n][k]; });
  }

  // Whether the weights of one unit vector fit the first cache and those of kUnits leave nothing of it: then
  // they are taken one by one, so that the next step, on its way back, finds what was read last. Two chains
  // or less would be slower.
  template <int kPhase, int kUnits>
  bool one_fits() const {
    constexpr int kH = Cell::kFromH[kPhase].end - Cell::kFromH[kPhase].begin;
    const long numbers = long{w.units} * kH + (kPhase == 0 && !w.hoist ? long{w.inputs} * (kX1 - kX0) : 0);
    const long bytes = numbers * L * static_cast<long>(sizeof(T));
    return kH > 2 && bytes <= kUnitAloneFits && kUnits * bytes >= kUnitAloneFits;
  }

  // All of the part's units, from the first to the last or back: what was read last is still in the cache.
  template <int kPhase>
  void units(int rows, bool back) {
    const int count = part.unit_end - part.unit_begin;
    if (rows > 1) {
      for (int i = 0; i < count; ++i) unit<kPhase>(rows, back ? part.unit_end - 1 - i : part.unit_begin + i);
      return;
    }
    constexpr int kAtOnce = kSingleUnits<kSums>;
    const int groups = one_fits<kPhase, kAtOnce>() ? 0 : count / kAtOnce,
              rest = part.unit_begin + groups * kAtOnce;
    for (int i = 0; i < groups; ++i)
      single<kPhase, kAtOnce>(part.unit_begin + (back ? groups - 1 - i : i) * kAtOnce);
    for (int i = 0; i < part.unit_end - rest; ++i) single<kPhase, 1>(back ? part.unit_end - 1 - i : rest + i);
  }

  template <int kPhase>
  void phase(int s, const Share& share) {
    const int end = earlier(w.active[s], part.row_end);
    bool back = (s % 2 != 0) != w.turned;
    for (int begin = part.row_begin; begin < end; begin += kBlock, back = !back) {
      const int rows = earlier(end - begin, kBlock);
      point<kPhase>(s, begin, rows);
      units<kPhase>(rows, back);
    }
    if (share.split == Split::units && share.count > 1) share.barrier(share.worker);
    if constexpr (kPhase + 1 < kPhases) phase<kPhase + 1>(s, share);
  }

  void run(const Share& share) {
    const int chunk = w.hoist_steps;
    for (int s = w.first_step; s < w.steps; ++s) {
      if (w.hoist && (s - w.first_step) % chunk == 0) hoist(s, earlier(s + chunk, w.steps));
      phase<0>(s, share);
    }
  }
};

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
