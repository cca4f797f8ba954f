// All kernels of one target; compiled once per target with CAROUSEL_NAMESPACE and the compiler's flags for
// it.
#include <tuple>

#include "cells/kinds.h"
#include "kernels/elementwise_loops.h"
#include "kernels/limits.h"
#include "kernels/rows.h"
#include "kernels/sweep_backward.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {
namespace {

template <class Cell, class Act, class V, class T>
void forward_on(const Act& act, const Sweep<T>& w, const Share& share) {
  Forward<Cell, Act, V>(w, act, share).run(share);
}

template <class Cell, class Act, class V, class T>
void backward_on(const Act& act, const Sweep<T>& w, const Share& share) {
  Backward<Cell, Act, V>(w, act, share).run(share);
}

// f for the cell number `kind`, with a policy given.
template <class V, int kKind, class Act, class T>
void forward_kind(int kind, const Act& act, const Sweep<T>& w, const Share& share) {
  if constexpr (kKind < cells::kKinds) {
    if (kind == kKind)
      forward_on<std::tuple_element_t<kKind, cells::Cells<Act>>, Act, V>(act, w, share);
    else
      forward_kind<V, kKind + 1>(kind, act, w, share);
  }
}

template <class V, int kKind, class Act, class T>
void backward_kind(int kind, const Act& act, const Sweep<T>& w, const Share& share) {
  if constexpr (kKind < cells::kKinds) {
    if (kind == kKind)
      backward_on<std::tuple_element_t<kKind, cells::Cells<Act>>, Act, V>(act, w, share);
    else
      backward_kind<V, kKind + 1>(kind, act, w, share);
  }
}

bool standard(const cells::Activations& a) {
  return a.gate == cells::Activation::sigmoid && a.candidate == cells::Activation::tanh &&
         a.output == cells::Activation::tanh;
}

template <class V, class T>
void forward(int kind, const Sweep<T>& w, const Share& share) {
  if (standard(w.activations))
    forward_kind<V, 0>(kind, cells::Standard{}, w, share);
  else
    forward_kind<V, 0>(kind, cells::Named{w.activations}, w, share);
}

template <class V, class T>
void backward(int kind, const Sweep<T>& w, const Share& share) {
  if (standard(w.activations))
    backward_kind<V, 0>(kind, cells::Standard{}, w, share);
  else
    backward_kind<V, 0>(kind, cells::Named{w.activations}, w, share);
}

template <class V>
constexpr Table<typename V::Number> make_table() {
  using T = typename V::Number;
  return {V::kLanes,
          kPanel,
          kTileRows,
          &forward<V, T>,
          &backward<V, T>,
          &weight_gradients<V, T>,
          &product<V, T>,
          &gradient<V, T>,
          &activate<V, T>,
          &activate_back<V, T>,
          &largest<V, T>,
          &exp_all,
          &log_all,
          &log1p_all,
          &dropout<T>,
          kChains,
          &multiply_add<V, T>,
          &read<V, T>};
}

}  // namespace

extern const Table<float> table_float;
constinit const Table<float> table_float = make_table<Vec>();
#if defined(CAROUSEL_ONE_LANE)
extern const Table<double> table_double;
constinit const Table<double> table_double = make_table<One<double>>();
#endif

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
