// The list of all cells: a kind, a type and a name each; kernels and the oracle are instantiated from it.
#pragma once

#include <iterator>
#include <tuple>

#include "cells/act.h"
#include "cells/coupled_lstm.h"
#include "cells/elman.h"
#include "cells/gru.h"
#include "cells/gru_reset_before.h"
#include "cells/lstm.h"
#include "cells/minimal_gated.h"

namespace carousel::cells {

// A cell X<Act> is a pointwise map of a unit (or of a vector of them): sums and old state in, new state out.
// What it declares:
//   kSums, kStates, kPerUnit
//       how many numbers `a` a unit has, states `s` (h first, c second), per-unit weights `p`
//   kPhases
//       a phase is a product with U, then a pointwise part; most cells have one
//   kFromX, kFromH[kPhases]
//       the sums that x feeds, before phase 0, and those that the recurrent operand of each phase feeds;
//       the operand of phase 0 is h₋₁, that of a later phase the v that the phase before it wrote
//   kFileX[], kFileH[]
//       the sum of each gate block of W and b, and of U and bu, in file order; block g is rows [g·H, (g+1)·H)
//   kPerUnitGrads[kPerUnit]
//       the products that make dp; only where kPerUnit > 0
//   forward<phase>(act, a, s, v, p)
//       a: sums in, gates out, kept for backward; s: old state in, new state out, in the last phase;
//       v: the next phase's operand out
//   backward<phase>(act, a, s0, s, d, dv, p), from the last phase to the first
//       a: gates in; gradients out, those of kFromH[k] after phase k, all after phase 0
//       s0, s: old and new state; dv: gradient of the v of this phase, from U of the next
//       d: gradient of the new state in, of the old one out, without what passes through U of phase 0

/// Every cell, in the order of `Cells`.
enum class Kind { rnn, lstm, peephole_lstm, coupled_lstm, gru, gru_reset_before, mgu };

template <class Act>
using Cells = std::tuple<Elman<Act>,           //
                         Lstm<false, Act>,     //
                         Lstm<true, Act>,      //
                         CoupledLstm<Act>,     //
                         Gru<Act>,             //
                         GruResetBefore<Act>,  //
                         MinimalGated<Act>>;

inline constexpr int kKinds = std::tuple_size_v<Cells<Standard>>;

/// What users call them, in the same order.
inline constexpr const char* kNames[] = {
    "rnn", "lstm", "peephole-lstm", "coupled-lstm", "gru", "gru-reset-before", "mgu"};
static_assert(std::size(kNames) == kKinds);

/// The cell of a kind known at compile time.
template <Kind kKind, class Act = Standard>
using Cell = std::tuple_element_t<static_cast<int>(kKind), Cells<Act>>;

/// f(cell, act) for the cell of `kind`, an empty object whose type is what counts, with a policy given.
template <int kFirst = 0, class Act, class F>
constexpr decltype(auto) visit_with(Kind kind, const Act& act, F&& f) {
  if constexpr (kFirst + 1 < kKinds) {
    if (static_cast<int>(kind) != kFirst) return visit_with<kFirst + 1>(kind, act, static_cast<F&&>(f));
  }
  return f(std::tuple_element_t<kFirst, Cells<Act>>{}, act);
}

/// f(cell, act) for the cell of `kind`; act is Standard where the three activations are σ, tanh, tanh,
/// otherwise Named. The one place from which all cells are instantiated: f is called, at compile time, with
/// 2·kKinds pairs of types.
template <class F>
constexpr decltype(auto) visit(Kind kind, const Activations& activations, F&& f) {
  if (activations == Activations{}) return visit_with(kind, Standard{}, static_cast<F&&>(f));
  return visit_with(kind, Named{activations}, static_cast<F&&>(f));
}

}  // namespace carousel::cells
