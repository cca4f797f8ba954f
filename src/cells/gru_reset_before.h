// GRU with the reset gate before the product (Cho et al. 2014); the second product waits for r:
//   r = σ(W_r x + U_r h₋₁ + b_r)
//   z = σ(W_z x + U_z h₋₁ + b_z)
//   n = tanh(W_n x + U_n (r⊙h₋₁) + b_n)
//   h = (1-z)⊙n + z⊙h₋₁
#pragma once

#include "cells/act.h"
#include "cells/range.h"

namespace carousel::cells {

template <class Act = Standard>
struct GruResetBefore {
  enum Sum { R, Z, N };
  enum State { H };
  static constexpr int kSums = 3, kStates = 1, kPerUnit = 0, kPhases = 2;
  static constexpr Range kFromX{0, 3}, kFromH[kPhases] = {{0, 2}, {2, 3}};
  static constexpr int kFileX[] = {R, Z, N}, kFileH[] = {R, Z, N};

  template <int kPhase, class V>
  static constexpr void forward(const Act& act, V* a, V* s, V& v, const V*) {
    if constexpr (kPhase == 0) {
      a[R] = act.gate(a[R]), a[Z] = act.gate(a[Z]);
      v = a[R] * s[H];
    } else {
      a[N] = act.candidate(a[N]);
      s[H] = (V(1) - a[Z]) * a[N] + a[Z] * s[H];
    }
  }

  template <int kPhase, class V>
  static constexpr void backward(const Act& act, V* a, const V* s0, const V*, V* d, const V& dv, const V*) {
    if constexpr (kPhase == 1) {
      const V z = a[Z], n = a[N], dh = d[H];
      a[N] = dh * (V(1) - z) * act.candidate_slope(n);
      a[Z] = dh * (s0[H] - n) * act.gate_slope(z);
      d[H] = dh * z;
    } else {
      const V r = a[R];
      a[R] = dv * s0[H] * act.gate_slope(r);
      d[H] = d[H] + dv * r;
    }
  }
};

}  // namespace carousel::cells
