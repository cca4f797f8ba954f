// GRU with the reset gate after the product (cuDNN; Keras' default; PyTorch), after Cho et al. 2014:
//   r = σ(W_r x + b_r + U_r h₋₁ + bu_r)
//   z = σ(W_z x + b_z + U_z h₋₁ + bu_z)
//   n = tanh(W_n x + b_n + r⊙(U_n h₋₁ + bu_n))
//   h = (1-z)⊙n + z⊙h₋₁
#pragma once

#include "cells/act.h"
#include "cells/range.h"

namespace carousel::cells {

template <class Act = Standard>
struct Gru {
  enum Sum { NX, R, Z, NH };  // n has two sums, of x and of h, so that both ranges are contiguous
  enum State { H };
  static constexpr int kSums = 4, kStates = 1, kPerUnit = 0, kPhases = 1;
  static constexpr Range kFromX{0, 3}, kFromH[kPhases] = {{1, 4}};
  static constexpr int kFileX[] = {R, Z, NX}, kFileH[] = {R, Z, NH};

  template <int kPhase, class V>
  static constexpr void forward(const Act& act, V* a, V* s, V&, const V*) {
    a[R] = act.gate(a[R]), a[Z] = act.gate(a[Z]);
    a[NX] = act.candidate(a[NX] + a[R] * a[NH]);  // a[NH] stays: the slope by r needs it
    s[H] = (V(1) - a[Z]) * a[NX] + a[Z] * s[H];
  }

  template <int kPhase, class V>
  static constexpr void backward(const Act& act, V* a, const V* s0, const V*, V* d, const V&, const V*) {
    const V n = a[NX], r = a[R], z = a[Z], u = a[NH], dh = d[H];
    a[NX] = dh * (V(1) - z) * act.candidate_slope(n);
    a[NH] = a[NX] * r;
    a[R] = a[NX] * u * act.gate_slope(r);
    a[Z] = dh * (s0[H] - n) * act.gate_slope(z);
    d[H] = dh * z;
  }
};

}  // namespace carousel::cells
