// Elman's network (Elman 1990), the plain recurrent cell; φ is the candidate activation (tanh, relu, σ):
//   h = φ(W x + U h₋₁ + b)
#pragma once

#include "cells/act.h"
#include "cells/range.h"

namespace carousel::cells {

template <class Act = Standard>
struct Elman {
  enum Sum { A };
  enum State { H };
  static constexpr int kSums = 1, kStates = 1, kPerUnit = 0, kPhases = 1;
  static constexpr Range kFromX{0, 1}, kFromH[kPhases] = {{0, 1}};
  static constexpr int kFileX[] = {A}, kFileH[] = {A};

  template <int kPhase, class V>
  static constexpr void forward(const Act& act, V* a, V* s, V&, const V*) {
    a[A] = act.candidate(a[A]);
    s[H] = a[A];
  }

  template <int kPhase, class V>
  static constexpr void backward(const Act& act, V* a, const V*, const V*, V* d, const V&, const V*) {
    a[A] = d[H] * act.candidate_slope(a[A]);
    d[H] = V(0);
  }
};

}  // namespace carousel::cells
