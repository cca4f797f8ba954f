// The oracle: a recurrent layer over whole sequences in double, plain loops around the cells' own text.
#pragma once

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <vector>

#include "cells/kinds.h"

namespace carousel::oracle {

using Numbers = std::vector<double>;

/// A layer and what it is given. Arrays are dense and row-major, weights in file order; an empty one is
/// absent.
struct Problem {
  cells::Kind cell = cells::Kind::lstm;
  cells::Activations activations = {};
  int T = 1, B = 1, I = 1, H = 1;
  bool reverse = false;      ///< reads each row from its last step to step 0
  std::vector<int> lengths;  ///< [B] steps of each row, 0 ... T; empty = T each
  Numbers x;                 ///< [T, B, I]
  Numbers W, U;              ///< [G_x·H, I], [G_h·H, H]
  Numbers p;                 ///< [P, H]
  Numbers b, bu;             ///< [G_x·H], [G_h·H]
  Numbers initial[2];        ///< [B, H] each, h then c; empty = 0
  Numbers h_mask;            ///< [B, H] recurrent dropout: times what U multiplies; empty = 1
};

struct Outputs {
  Numbers y;         ///< [T, B, H], 0 in steps that a row does not have
  Numbers final[2];  ///< [B, H] each; of a row without steps the initial state
};

/// Of the loss by everything in Problem; arrays have the size of a cell's weights even where Problem's are
/// absent.
struct Gradients {
  Numbers x, W, U, p, b, bu, initial[2];
};

/// Sizes of a cell's blocks: those of W and b, of U and bu, rows of p, states.
struct Blocks {
  int x, h, p, states;
};

inline Blocks blocks(cells::Kind kind) {
  return cells::visit_with(kind, cells::Standard{}, [](auto cell, const auto&) {
    using Cell = decltype(cell);
    return Blocks{Cell::kFromX.size(), static_cast<int>(std::size(Cell::kFileH)), Cell::kPerUnit,
                  Cell::kStates};
  });
}

namespace detail {

/// One row of one problem, kept step by step; `Cell` gives the equations, everything else is a loop.
template <class Cell, class Act>
class Row {
 public:
  static constexpr int kGx = std::size(Cell::kFileX), kGh = std::size(Cell::kFileH);

  Row(const Problem& problem, const Act& act, int b) : q_(problem), act_(act), b_(b) {
    length_ = q_.lengths.empty() ? q_.T : q_.lengths[b];
    a_.assign(std::size_t(length_) * q_.H * Cell::kSums, 0);
    s_.assign(std::size_t(length_ + 1) * q_.H * Cell::kStates, 0);
    v_.assign(std::size_t(length_) * Cell::kPhases * q_.H, 0);
    for (int k = 0; k < Cell::kStates; ++k)
      for (int j = 0; j < q_.H; ++j)
        if (!q_.initial[k].empty()) s(0, j)[k] = q_.initial[k][b * q_.H + j];
  }

  void forward(Outputs& out) {
    for (int step = 0; step < length_; ++step) {
      for (int j = 0; j < q_.H; ++j) {
        for (int k = 0; k < Cell::kStates; ++k) s(step + 1, j)[k] = s(step, j)[k];
        operand(step, 0)[j] = mask(j) * s(step, j)[0];
        from_x(step, j);
      }
      phase_forward<0>(step);
      for (int j = 0; j < q_.H; ++j) out.y[y_index(step, j)] = s(step + 1, j)[0];
    }
    for (int k = 0; k < Cell::kStates; ++k)
      for (int j = 0; j < q_.H; ++j) out.final[k][b_ * q_.H + j] = s(length_, j)[k];
  }

  /// After forward. `d_final` may have empty arrays.
  void backward(const Numbers& dy, const Numbers (&d_final)[2], Gradients& g) {
    Numbers d(std::size_t(q_.H) * Cell::kStates, 0.0);
    for (int k = 0; k < Cell::kStates; ++k)
      for (int j = 0; j < q_.H; ++j)
        if (!d_final[k].empty()) d[j * Cell::kStates + k] = d_final[k][b_ * q_.H + j];
    Numbers dv(q_.H, 0.0);
    for (int step = length_ - 1; step >= 0; --step) {
      if (!dy.empty())
        for (int j = 0; j < q_.H; ++j) d[j * Cell::kStates] += dy[y_index(step, j)];
      phase_backward<Cell::kPhases - 1>(step, d, dv, g);
      for (int j = 0; j < q_.H; ++j) {
        d[j * Cell::kStates] += dv[j];  // what passed through U of phase 0
        gradients(step, j, g);
      }
    }
    for (int k = 0; k < Cell::kStates; ++k)
      for (int j = 0; j < q_.H; ++j) g.initial[k][b_ * q_.H + j] = d[j * Cell::kStates + k];
  }

 private:
  int time(int step) const { return q_.reverse ? length_ - 1 - step : step; }
  std::size_t y_index(int step, int j) const { return (std::size_t(time(step)) * q_.B + b_) * q_.H + j; }
  std::size_t x_index(int step, int i) const { return (std::size_t(time(step)) * q_.B + b_) * q_.I + i; }
  double* a(int step, int j) { return &a_[(std::size_t(step) * q_.H + j) * Cell::kSums]; }
  double* s(int step, int j) { return &s_[(std::size_t(step) * q_.H + j) * Cell::kStates]; }
  double* operand(int step, int phase) { return &v_[(std::size_t(step) * Cell::kPhases + phase) * q_.H]; }

  double mask(int j) const { return q_.h_mask.empty() ? 1 : q_.h_mask[b_ * q_.H + j]; }
  void per_unit(int j, double* p) const {
    for (int k = 0; k < Cell::kPerUnit; ++k) p[k] = q_.p[k * q_.H + j];
  }

  void from_x(int step, int j) {
    for (int g = 0; g < kGh; ++g)
      if (!q_.bu.empty()) a(step, j)[Cell::kFileH[g]] += q_.bu[g * q_.H + j];
    for (int g = 0; g < kGx; ++g) {
      double& sum = a(step, j)[Cell::kFileX[g]];
      if (!q_.b.empty()) sum += q_.b[g * q_.H + j];
      for (int i = 0; i < q_.I; ++i) sum += q_.W[(g * q_.H + j) * q_.I + i] * q_.x[x_index(step, i)];
    }
  }

  template <int kPhase>
  void phase_forward(int step) {
    for (int g = 0; g < kGh; ++g) {
      if (!Cell::kFromH[kPhase].contains(Cell::kFileH[g])) continue;
      for (int j = 0; j < q_.H; ++j)
        for (int i = 0; i < q_.H; ++i)
          a(step, j)[Cell::kFileH[g]] += q_.U[(g * q_.H + j) * q_.H + i] * operand(step, kPhase)[i];
    }
    for (int j = 0; j < q_.H; ++j) {
      double p[Cell::kPerUnit + 1] = {}, v = 0;
      per_unit(j, p);
      Cell::template forward<kPhase>(act_, a(step, j), s(step + 1, j), v, p);
      if constexpr (kPhase + 1 < Cell::kPhases) operand(step, kPhase + 1)[j] = mask(j) * v;
    }
    if constexpr (kPhase + 1 < Cell::kPhases) phase_forward<kPhase + 1>(step);
  }

  /// dv: gradient of what the next phase took as operand in, of what this phase took out.
  template <int kPhase>
  void phase_backward(int step, Numbers& d, Numbers& dv, Gradients& grad) {
    for (int j = 0; j < q_.H; ++j) {
      double p[Cell::kPerUnit + 1] = {};
      per_unit(j, p);
      Cell::template backward<kPhase>(act_, a(step, j), s(step, j), s(step + 1, j), &d[j * Cell::kStates],
                                      dv[j], p);
    }
    dv.assign(q_.H, 0.0);
    for (int g = 0; g < kGh; ++g) {
      if (!Cell::kFromH[kPhase].contains(Cell::kFileH[g])) continue;
      for (int j = 0; j < q_.H; ++j) {
        const double da = a(step, j)[Cell::kFileH[g]];
        grad.bu[g * q_.H + j] += da;
        for (int i = 0; i < q_.H; ++i) {
          dv[i] += q_.U[(g * q_.H + j) * q_.H + i] * da;
          grad.U[(g * q_.H + j) * q_.H + i] += da * operand(step, kPhase)[i];
        }
      }
    }
    for (int i = 0; i < q_.H; ++i) dv[i] *= mask(i);
    if constexpr (kPhase > 0) phase_backward<kPhase - 1>(step, d, dv, grad);
  }

  /// After all phases, when every sum of unit j is a gradient: x, W, b and p.
  void gradients(int step, int j, Gradients& grad) {
    for (int g = 0; g < kGx; ++g) {
      const double da = a(step, j)[Cell::kFileX[g]];
      grad.b[g * q_.H + j] += da;
      for (int i = 0; i < q_.I; ++i) {
        grad.W[(g * q_.H + j) * q_.I + i] += da * q_.x[x_index(step, i)];
        grad.x[x_index(step, i)] += q_.W[(g * q_.H + j) * q_.I + i] * da;
      }
    }
    if constexpr (Cell::kPerUnit > 0) {
      for (int k = 0; k < Cell::kPerUnit; ++k) {
        const cells::PerUnitGrad product = Cell::kPerUnitGrads[k];
        const double* state = s(product.when == cells::Before ? step : step + 1, j);
        grad.p[k * q_.H + j] += a(step, j)[product.sum] * state[product.state];
      }
    }
  }

  const Problem& q_;
  const Act& act_;
  int b_, length_ = 0;
  Numbers a_;  // [length, H, kSums] gates, then gradients
  Numbers s_;  // [length + 1, H, kStates] states between the steps
  Numbers v_;  // [length, kPhases, H] operands of each phase's U
};

inline Outputs empty_outputs(const Problem& q) {
  Outputs out;
  out.y.assign(std::size_t(q.T) * q.B * q.H, 0);
  for (int k = 0; k < blocks(q.cell).states; ++k) out.final[k].assign(std::size_t(q.B) * q.H, 0);
  return out;
}

}  // namespace detail

inline Outputs forward(const Problem& q) {
  Outputs out = detail::empty_outputs(q);
  cells::visit(q.cell, q.activations, [&](auto cell, const auto& act) {
    for (int b = 0; b < q.B; ++b)
      detail::Row<decltype(cell), std::decay_t<decltype(act)>>(q, act, b).forward(out);
  });
  return out;
}

/// `dy` [T, B, H] and `d_final` [B, H] each, gradients of the loss by Outputs; empty = 0. dy where a row has
/// no step is not read.
inline Gradients backward(const Problem& q, const Numbers& dy, const Numbers (&d_final)[2]) {
  const Blocks n = blocks(q.cell);
  const std::size_t H = q.H;
  Gradients g;
  g.x.assign(std::size_t(q.T) * q.B * q.I, 0);
  g.W.assign(n.x * H * q.I, 0), g.U.assign(n.h * H * H, 0), g.p.assign(n.p * H, 0);
  g.b.assign(n.x * H, 0), g.bu.assign(n.h * H, 0);
  for (int k = 0; k < n.states; ++k) g.initial[k].assign(q.B * H, 0);
  Outputs out = detail::empty_outputs(q);
  cells::visit(q.cell, q.activations, [&](auto cell, const auto& act) {
    for (int b = 0; b < q.B; ++b) {
      detail::Row<decltype(cell), std::decay_t<decltype(act)>> row(q, act, b);
      row.forward(out);
      row.backward(dy, d_final, g);
    }
  });
  return g;
}

}  // namespace carousel::oracle
