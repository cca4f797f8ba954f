// Each cell's backward against dual numbers carried through its own forward, all phases and the recurrent
// products.
#include "base/random.h"
#include "cells/all_cells.h"
#include "cells/dual.h"

namespace carousel {
namespace {

/// One unit whose recurrent products are the numbers u[sum]; every sum, state and per-unit weight is a
/// variable.
template <class Cell, class Act>
class OneUnit {
 public:
  static constexpr int kVariables = Cell::kSums + Cell::kStates + Cell::kPerUnit;
  using D = Dual<kVariables>;

  OneUnit(const Act& act, const Random& random) : act_(act) {
    int draw = 0;
    const auto next = [&] { return 1.6 * random.uniform_double(draw++) - 0.8; };
    for (double& v : sums_) v = next();
    for (double& v : u_) v = next();
    for (double& v : states_) v = next();
    for (double& v : p_) v = next();
    for (double& v : d_new_) v = next();
  }

  void check() {
    forward_dual();
    forward_double();
    D loss;
    for (int k = 0; k < Cell::kStates; ++k) {
      loss = loss + D(d_new_[k]) * s_dual_[k];
      EXPECT_DOUBLE_EQ(s_dual_[k].value, s_[k]);
      d_[k] = d_new_[k];
    }
    backward<Cell::kPhases - 1>(0);

    for (int k = 0; k < Cell::kSums; ++k) {
      if (fed(k)) {
        EXPECT_NEAR(a_[k], loss.d[k], 1e-14) << "sum " << k;
      }
    }
    for (int k = 0; k < Cell::kStates; ++k)
      EXPECT_NEAR(d_[k] + (k == 0 ? through_u_ : 0), loss.d[Cell::kSums + k], 1e-14) << "state " << k;
    if constexpr (Cell::kPerUnit > 0) {
      for (int k = 0; k < Cell::kPerUnit; ++k) {
        const cells::PerUnitGrad g = Cell::kPerUnitGrads[k];
        const double state = g.when == cells::Before ? states_[g.state] : s_[g.state];
        EXPECT_NEAR(a_[g.sum] * state, loss.d[Cell::kSums + Cell::kStates + k], 1e-14)
            << "per-unit weight " << k;
      }
    }
  }

 private:
  static bool fed(int sum) {
    bool found = Cell::kFromX.contains(sum);
    for (const cells::Range& range : Cell::kFromH) found = found || range.contains(sum);
    return found;
  }

  void forward_dual() {
    D a[Cell::kSums], p[Cell::kPerUnit + 1], v;
    for (int k = 0; k < Cell::kSums; ++k) a[k] = D::variable(sums_[k], k);
    for (int k = 0; k < Cell::kStates; ++k) s_dual_[k] = D::variable(states_[k], Cell::kSums + k);
    for (int k = 0; k < Cell::kPerUnit; ++k) p[k] = D::variable(p_[k], Cell::kSums + Cell::kStates + k);
    v = s_dual_[0];
    forward<0>(a, s_dual_, v, p);
  }

  void forward_double() {
    std::copy(std::begin(sums_), std::end(sums_), a_);
    std::copy(std::begin(states_), std::end(states_), s_);
    double v = s_[0];
    forward<0>(a_, s_, v, p_);
  }

  template <int kPhase, class V>
  void forward(V* a, V* s, V& v, const V* p) {
    for (int k = Cell::kFromH[kPhase].begin; k < Cell::kFromH[kPhase].end; ++k) a[k] = a[k] + V(u_[k]) * v;
    Cell::template forward<kPhase>(act_, a, s, v, p);
    if constexpr (kPhase + 1 < Cell::kPhases) forward<kPhase + 1>(a, s, v, p);
  }

  template <int kPhase>
  void backward(double dv) {
    Cell::template backward<kPhase>(act_, a_, states_, s_, d_, dv, p_);
    through_u_ = 0;
    for (int k = Cell::kFromH[kPhase].begin; k < Cell::kFromH[kPhase].end; ++k) through_u_ += u_[k] * a_[k];
    if constexpr (kPhase > 0) backward<kPhase - 1>(through_u_);
  }

  const Act& act_;
  double sums_[Cell::kSums], u_[Cell::kSums], states_[Cell::kStates], p_[Cell::kPerUnit + 1];
  double d_new_[Cell::kStates];
  double a_[Cell::kSums], s_[Cell::kStates], d_[Cell::kStates], through_u_ = 0;
  D s_dual_[Cell::kStates];
};

class EachCell : public testing::TestWithParam<CellCase> {};
INSTANTIATE_TEST_SUITE_P(, EachCell, testing::ValuesIn(all_cell_cases()), case_name);

TEST_P(EachCell, BackwardIsTheDerivativeOfForward) {
  cells::visit(GetParam().kind, GetParam().activations, [](auto cell, const auto& act) {
    for (std::uint32_t draw = 0; draw < 50; ++draw)
      OneUnit<decltype(cell), std::decay_t<decltype(act)>>(act, Random(1, Random::Use::test, draw)).check();
  });
}

}  // namespace
}  // namespace carousel
