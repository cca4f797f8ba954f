// exp, σ and tanh of a Vec, or two, from FMA, + - * / alone: the same bits on every target with FMA.
#pragma once

#include "kernels/vec.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

// kScale·x = -n ln2 - kScale·r with whole n, |kScale·r| <= ln2/2, and s = 2^n: e^(-kScale·x) = s
// e^(-kScale·r).
template <class V>
struct Reduced {
  V r, s;
};

// Adding 1.5·2^23 rounds to the nearest whole number and leaves it in the low bits. kScale is a power of two.
template <int kScale, class V>
CAROUSEL_INLINE Reduced<V> reduce(V x) {
  constexpr float kShift = 12582912.0f, kLog2e = 1.44269504f, kLn2High = 0.693359375f,
                  kLn2Low = -2.12194440e-4f;
  const V shifted = fma(x, V(-kScale * kLog2e), V(kShift));
  const V n = shifted - V(kShift);
  V r = fma(n, V(kLn2High / kScale), x);
  r = fma(n, V(kLn2Low / kScale), r);
  return {r, power_of_two(shifted)};
}

// (e^(-kScale·r) - 1) / r: the polynomial of degree 4 in it misses (e^-r - 1 + r) / r² by the least that is
// possible for its weight in e^-r, 3.2e-9. tests/kernels states and checks the errors of the functions.
template <int kScale, class V>
CAROUSEL_INLINE V slope_of_exp(V r) {
  constexpr float k2 = kScale * kScale, k3 = k2 * kScale, k4 = k3 * kScale, k5 = k4 * kScale,
                  k6 = k5 * kScale;
  const V r2 = r * r;
  const V low = fma(r, V(-0x1.55549p-3f * k3), V(0.5f * k2));
  V p = fma(r, V(-0x1.123ab8p-7f * k5), V(0x1.5554cep-5f * k4));
  p = fma(r2, V(0x1.6d6bccp-10f * k6), p);
  p = fma(r2, p, low);
  return fma(r, p, V(-kScale));
}

/// e^-x for -87 <= x <= 70; from there to 87 something so small that 1 + it is 1. NaN stays NaN.
template <class V>
CAROUSEL_INLINE V exp_minus(V x) {
  const Reduced<V> red = reduce<1>(x);
  return fma(red.r * red.s, slope_of_exp<1>(red.r), red.s);
}

template <class V>
CAROUSEL_INLINE V sigmoid(V x) {
  const V one(1.0f);
  return one / (one + exp_minus(min(max(x, V(-87.0f)), V(87.0f))));
}

// e^(-2|x|) - 1 = e gives tanh|x| = -e / (e + 2), without cancellation near 0.
template <class V>
CAROUSEL_INLINE V tanh(V x) {
  const Reduced<V> red = reduce<2>(min(abs(x), V(9.5f)));
  const V e = fma(red.r * red.s, slope_of_exp<2>(red.r), red.s - V(1.0f));
  return copy_sign(e / (e + V(2.0f)), x);
}

#if defined(CAROUSEL_ONE_LANE)
CAROUSEL_INLINE One<double> sigmoid(One<double> x) {
  return One<double>(cells::sigmoid(x.v));
}
CAROUSEL_INLINE One<double> tanh(One<double> x) {
  return One<double>(cells::tanh(x.v));
}
#endif

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
