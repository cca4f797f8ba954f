// The backward sweep of any cell: gates become gradients of the sums in place, dh comes from U, dx from W.
#pragma once

#include "kernels/sweep_forward.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

/// One cell's backward sweep on one thread.
template <class Cell, class Act, class V>
struct Backward {
  using T = typename V::Number;
  static constexpr int L = V::kLanes, kSums = Cell::kSums, kStates = Cell::kStates, kPhases = Cell::kPhases;

  const Sweep<T>& w;
  const Act& act;
  const Part part;
  T* gates[kBlock];
  const T* sums[kBlock];
  const T* old_state[kStates][kBlock];
  const T* new_state[kStates][kBlock];
  T* d[kStates][kBlock];
  const T* dy[kBlock];
  T* dv[kBlock];
  // Rows whose dx is still to be made: several steps at once where a step has few rows.
  int waiting = 0;
  const T* dx_sums[kBlock];
  T* dx[kBlock];
  T* dx_buffer_rows[kBlock];
  alignas(64) T dx_buffer[kBlock * kPanel * L];

  Backward(const Sweep<T>& sweep, const Act& activations, const Share& share)
      : w(sweep), act(activations), part(part_of<V>(sweep, share)) {
    for (int r = 0; r < kBlock; ++r) dx_buffer_rows[r] = dx_buffer + r * kPanel * L;
  }

  void point(int s, int begin, int rows) {
    for (int r = 0; r < rows; ++r) {
      const int b = w.order[begin + r];
      const std::ptrdiff_t row = tape_row(w, s, b) * w.padded, before = row - w.row_step * w.padded;
      const std::ptrdiff_t initial = std::ptrdiff_t{b} * w.padded;
      gates[r] = w.gates + gate_place(w, s, b) * kSums * w.padded;
      old_state[0][r] = s == 0 ? w.h0 + initial : w.h + before;
      new_state[0][r] = w.h + row;
      if constexpr (kStates > 1) {
        old_state[1][r] = s == 0 ? w.c0 + initial : w.c + before;
        new_state[1][r] = w.c + row;
      }
      for (int k = 0; k < kStates; ++k) d[k][r] = w.dstate[k] + initial;
      dv[r] = w.dv + initial;
      dy[r] = w.dy ? sequence_row(w, w.dy, w.dy_step, w.dy_row, s, b) : nullptr;
    }
  }

  // The cell on W::kVectors unit vectors of row r.
  template <int kPhase, class W>
  CAROUSEL_INLINE void cell(int r, int u) {
    const auto load = [&](W& v, const T* from) CAROUSEL_INLINE_LAMBDA {
      if constexpr (W::kVectors == 1)
        v = V::load(from + u * L);
      else
        v.a = V::load(from + u * L), v.b = V::load(from + (u + 1) * L);
    };
    const auto store = [&](const W& v, T* to) CAROUSEL_INLINE_LAMBDA {
      if constexpr (W::kVectors == 1)
        v.store(to + u * L);
      else
        v.a.store(to + u * L), v.b.store(to + (u + 1) * L);
    };
    W p[Cell::kPerUnit + 1], a[kSums], s0[kStates], s[kStates], ds[kStates], out(T(0));
    for (int k = 0; k < Cell::kPerUnit; ++k) load(p[k], w.per_unit + k * w.padded);
    for (int k = 0; k < kSums; ++k) load(a[k], gates[r] + k * w.padded);
    for (int k = 0; k < kStates; ++k)
      load(s0[k], old_state[k][r]), load(s[k], new_state[k][r]), load(ds[k], d[k][r]);
    if constexpr (kPhase + 1 == kPhases) {
      if (dy[r]) ds[0] = ds[0] + load_dy<W>(r, u);
    } else {
      load(out, dv[r]);
    }
    Cell::template backward<kPhase>(act, a, s0, s, ds, out, p);
    for (int k = 0; k < kSums; ++k) store(a[k], gates[r] + k * w.padded);
    for (int k = 0; k < kStates; ++k) store(ds[k], d[k][r]);
  }
  // dy is the caller's, and not padded.
  template <class W>
  CAROUSEL_INLINE W load_dy(int r, int u) const {
    const T* from = dy[r] + u * L;
    if constexpr (W::kVectors == 2) {
      return W(V::load(from), load_dy<V>(r, u + 1));
    } else {
      const int units = earlier(w.units - u * L, L);
      return units == L ? V::load(from) : V::load_first(from, units);
    }
  }
  // The part's units of row r.
  template <int kPhase>
  void cells(int r) {
    int u = part.unit_begin;
    if constexpr (kTwoFit)
      for (; u + 2 <= part.unit_end; u += 2) cell<kPhase, Two<V>>(r, u);
    for (; u < part.unit_end; ++u) cell<kPhase, V>(r, u);
  }

  template <int kPhase>
  void phase(int s, const Share& share) {
    constexpr int kH0 = Cell::kFromH[kPhase].begin, kH1 = Cell::kFromH[kPhase].end;
    const bool meets = share.split == Split::units && share.count > 1;
    const int end = earlier(w.active[s], part.row_end), vecs = w.padded / L;
    for (int begin = part.row_begin; begin < end; begin += kBlock) {
      const int rows = earlier(end - begin, kBlock);
      point(s, begin, rows);
      for (int r = 0; r < rows; ++r) cells<kPhase>(r);
    }
    if (meets) share.barrier(share.worker);
    for (int begin = part.row_begin; begin < end; begin += kBlock) {
      const int rows = earlier(end - begin, kBlock);
      point(s, begin, rows);
      for (int r = 0; r < rows; ++r) sums[r] = gates[r] + kH0 * w.padded;
      const Operand<T> a{sums, kH1 - kH0, w.units, w.padded};
      T* const* into = kPhase == 0 && !w.h_mask ? d[0] : dv;
      const T* const* init = into == d[0] ? const_cast<const T* const*>(d[0]) : nullptr;
      unit_panels(a, rows, w.backward_h[kPhase], vecs, s % 2 != 0, init, into);
      if (w.h_mask) add_masked<kPhase>(begin, rows);
    }
    if constexpr (kPhase > 0) {
      if (meets) share.barrier(share.worker);  // the others still read these gradients in their products
      phase<kPhase - 1>(s, share);
    }
  }

  // What dv now holds is the gradient of the mask times h₋₁, or times what the second phase multiplies.
  template <int kPhase>
  void add_masked(int begin, int rows) const {
    for (int r = 0; r < rows; ++r) {
      const T* mask = w.h_mask + std::ptrdiff_t{w.order[begin + r]} * w.padded;
      for (int u = part.unit_begin * L; u < part.unit_end * L; u += L) {
        const V masked = V::load(mask + u) * V::load(dv[r] + u);
        if constexpr (kPhase == 0)
          (V::load(d[0][r] + u) + masked).store(d[0][r] + u);
        else
          masked.store(dv[r] + u);
      }
    }
  }

  // The thread's own unit vectors of a product; a share of the units is whole panels (part_of).
  void unit_panels(const Operand<T>& a, int rows, const T* packed, int vecs, bool back, const T* const* init,
                   T* const* c) {
    panels<V>(a, rows, packed, vecs, part.unit_begin / kPanel, (part.unit_end + kPanel - 1) / kPanel, back,
              init, c);
  }

  void add_dx(int s, int b) {
    dx_sums[waiting] = w.gates + (gate_place(w, s, b) * kSums + Cell::kFromX.begin) * w.padded;
    dx[waiting] = sequence_row(w, w.dx, w.dx_step, w.dx_row, s, b);
    if (++waiting == kBlock) flush_dx();
  }
  void flush_dx() {
    if (waiting == 0) return;
    const Operand<T> a{dx_sums, Cell::kFromX.size(), w.units, w.padded};
    const int vecs = w.inputs_padded / L;
    const std::ptrdiff_t depth = std::ptrdiff_t{a.segments} * a.length;
    for (int first = 0; first < vecs; first += kPanel) {
      const int count = earlier(vecs - first, kPanel), numbers = earlier(count * L, w.inputs - first * L);
      panel_rows<V>(a, waiting, w.backward_x + first * L * depth, count,
                    static_cast<const T* const*>(nullptr), dx_buffer_rows, 0);
      for (int r = 0; r < waiting; ++r)
        for (int i = 0; i < numbers; ++i) dx[r][first * L + i] = dx_buffer_rows[r][i];
    }
    waiting = 0;
  }

  void run(const Share& share) {
    for (int s = w.steps - 1; s >= w.first_step; --s) {
      phase<kPhases - 1>(s, share);
      if (w.dx && share.split == Split::rows) {
        const int end = earlier(w.active[s], part.row_end);
        for (int place = part.row_begin; place < end; ++place) add_dx(s, w.order[place]);
      }
    }
    if (w.dx && share.split == Split::units) {
      const auto share_begin = [&](int index) {
        return w.first_step + share_of(w.steps - w.first_step, index, share.count);
      };
      for (int s = share_begin(share.index + 1) - 1; s >= share_begin(share.index); --s)
        for (int place = 0; place < w.active[s]; ++place) add_dx(s, w.order[place]);
    }
    flush_dx();
  }
};

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
