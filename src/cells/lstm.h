// LSTM (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000), optionally with peepholes p
// (Gers & Schmidhuber 2000; Graves 2012):
//   i = σ(W_i x + U_i h₋₁ + b_i + p_i⊙c₋₁)
//   f = σ(W_f x + U_f h₋₁ + b_f + p_f⊙c₋₁)
//   g = tanh(W_g x + U_g h₋₁ + b_g)
//   c = f⊙c₋₁ + i⊙g
//   o = σ(W_o x + U_o h₋₁ + b_o + p_o⊙c)
//   h = o⊙tanh(c)
#pragma once

#include "cells/act.h"
#include "cells/range.h"

namespace carousel::cells {

template <bool kPeephole, class Act = Standard>
struct Lstm {
  enum Sum { I, F, G, O };
  enum State { H, C };
  static constexpr int kSums = 4, kStates = 2, kPerUnit = kPeephole ? 3 : 0, kPhases = 1;
  static constexpr Range kFromX{0, 4}, kFromH[kPhases] = {{0, 4}};
  static constexpr int kFileX[] = {I, F, G, O}, kFileH[] = {I, F, G, O};
  static constexpr PerUnitGrad kPerUnitGrads[] = {{I, C, Before}, {F, C, Before}, {O, C, After}};

  template <int kPhase, class V>
  static constexpr void forward(const Act& act, V* a, V* s, V&, const V* p) {
    const V c0 = s[C];
    if constexpr (kPeephole) a[I] = a[I] + p[0] * c0, a[F] = a[F] + p[1] * c0;
    a[I] = act.gate(a[I]), a[F] = act.gate(a[F]), a[G] = act.candidate(a[G]);
    s[C] = a[F] * c0 + a[I] * a[G];
    if constexpr (kPeephole) a[O] = a[O] + p[2] * s[C];
    a[O] = act.gate(a[O]);
    s[H] = a[O] * act.output(s[C]);
  }

  template <int kPhase, class V>
  static constexpr void backward(const Act& act, V* a, const V* s0, const V* s, V* d, const V&, const V* p) {
    const V i = a[I], f = a[F], g = a[G], o = a[O], y = act.output(s[C]);
    a[O] = d[H] * y * act.gate_slope(o);
    V dc = d[C] + d[H] * o * act.output_slope(y);
    if constexpr (kPeephole) dc = dc + p[2] * a[O];
    a[I] = dc * g * act.gate_slope(i);
    a[F] = dc * s0[C] * act.gate_slope(f);
    a[G] = dc * i * act.candidate_slope(g);
    d[C] = dc * f;
    if constexpr (kPeephole) d[C] = d[C] + p[0] * a[I] + p[1] * a[F];
    d[H] = V(0);
  }
};

}  // namespace carousel::cells
