// Minimal gated unit, one gate for reset and update (Zhou, Wu, Zhang & Zhou 2016); the second product waits
// for f:
//   f = σ(W_f x + U_f h₋₁ + b_f)
//   n = tanh(W_n x + U_n (f⊙h₋₁) + b_n)
//   h = (1-f)⊙h₋₁ + f⊙n
#pragma once

#include "cells/act.h"
#include "cells/range.h"

namespace carousel::cells {

template <class Act = Standard>
struct MinimalGated {
  enum Sum { F, N, Wait };  // Wait: fed by nothing; what backward knows of df before phase 0 has the rest
  enum State { H };
  static constexpr int kSums = 3, kStates = 1, kPerUnit = 0, kPhases = 2;
  static constexpr Range kFromX{0, 2}, kFromH[kPhases] = {{0, 1}, {1, 2}};
  static constexpr int kFileX[] = {F, N}, kFileH[] = {F, N};

  template <int kPhase, class V>
  static constexpr void forward(const Act& act, V* a, V* s, V& v, const V*) {
    if constexpr (kPhase == 0) {
      a[F] = act.gate(a[F]);
      v = a[F] * s[H];
    } else {
      a[N] = act.candidate(a[N]);
      s[H] = (V(1) - a[F]) * s[H] + a[F] * a[N];
    }
  }

  template <int kPhase, class V>
  static constexpr void backward(const Act& act, V* a, const V* s0, const V*, V* d, const V& dv, const V*) {
    const V f = a[F];
    if constexpr (kPhase == 1) {
      const V n = a[N], dh = d[H];
      a[N] = dh * f * act.candidate_slope(n);
      a[Wait] = dh * (n - s0[H]);
      d[H] = dh * (V(1) - f);
    } else {
      a[F] = (a[Wait] + dv * s0[H]) * act.gate_slope(f);
      d[H] = d[H] + dv * f;
    }
  }
};

}  // namespace carousel::cells
