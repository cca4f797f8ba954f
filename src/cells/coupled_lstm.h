// Coupled LSTM, one gate that both writes and forgets (CIFG; Greff, Srivastava, Koutník, Steunebrink &
// Schmidhuber 2017):
//   i = σ(W_i x + U_i h₋₁ + b_i)
//   g = tanh(W_g x + U_g h₋₁ + b_g)
//   o = σ(W_o x + U_o h₋₁ + b_o)
//   c = (1-i)⊙c₋₁ + i⊙g
//   h = o⊙tanh(c)
#pragma once

#include "cells/act.h"
#include "cells/range.h"

namespace carousel::cells {

template <class Act = Standard>
struct CoupledLstm {
  enum Sum { I, G, O };
  enum State { H, C };
  static constexpr int kSums = 3, kStates = 2, kPerUnit = 0, kPhases = 1;
  static constexpr Range kFromX{0, 3}, kFromH[kPhases] = {{0, 3}};
  static constexpr int kFileX[] = {I, G, O}, kFileH[] = {I, G, O};

  template <int kPhase, class V>
  static constexpr void forward(const Act& act, V* a, V* s, V&, const V*) {
    a[I] = act.gate(a[I]), a[G] = act.candidate(a[G]), a[O] = act.gate(a[O]);
    s[C] = (V(1) - a[I]) * s[C] + a[I] * a[G];
    s[H] = a[O] * act.output(s[C]);
  }

  template <int kPhase, class V>
  static constexpr void backward(const Act& act, V* a, const V* s0, const V* s, V* d, const V&, const V*) {
    const V i = a[I], g = a[G], o = a[O], y = act.output(s[C]);
    const V dc = d[C] + d[H] * o * act.output_slope(y);
    a[I] = dc * (g - s0[C]) * act.gate_slope(i);
    a[G] = dc * i * act.candidate_slope(g);
    a[O] = d[H] * y * act.gate_slope(o);
    d[C] = dc * (V(1) - i);
    d[H] = V(0);
  }
};

}  // namespace carousel::cells
