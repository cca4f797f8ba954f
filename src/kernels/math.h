// exp, σ and tanh of a Vec from FMA, + - * / alone: the same bits on every target with FMA.
#pragma once

#include "kernels/vec.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

// Polynomials: exp and expm1 on [-ln2/2, ln2/2] are Taylor sums to the degree at which the rest is below
// 2^-26; tests/kernels/activation_test.cc states and checks the error of each function in ULP.
template <class V>
struct Reduced {
  V r, shifted;
};

// x = n ln2 + r. Adding 1.5·2^23 rounds to the nearest whole number and leaves it in the low bits.
template <class V>
CAROUSEL_INLINE Reduced<V> reduce_ln2(V x) {
  constexpr float kShift = 12582912.0f, kLog2e = 1.44269504f, kLn2High = 0.693359375f,
                  kLn2Low = -2.12194440e-4f;
  const V shifted = fma(x, V(kLog2e), V(kShift));
  const V n = shifted - V(kShift);
  V r = fma(n, V(-kLn2High), x);
  r = fma(n, V(-kLn2Low), r);
  return {r, shifted};
}

// (e^r - 1 - r) / r²
template <class V>
CAROUSEL_INLINE V exp_rest(V r) {
  V p = V(1.0f / 5040);
  p = fma(p, r, V(1.0f / 720));
  p = fma(p, r, V(1.0f / 120));
  p = fma(p, r, V(1.0f / 24));
  p = fma(p, r, V(1.0f / 6));
  return fma(p, r, V(0.5f));
}

/// e^x for -87 <= x <= 88; NaN stays NaN.
template <class V>
CAROUSEL_INLINE V exp(V x) {
  const Reduced<V> red = reduce_ln2(x);
  const V p = fma(exp_rest(red.r), red.r * red.r, red.r);
  return (p + V(1.0f)) * power_of_two(red.shifted);
}

template <class V>
CAROUSEL_INLINE V sigmoid(V x) {
  const V one(1.0f);
  return one / (one + exp(min(max(V(0.0f) - x, V(-87.0f)), V(87.0f))));
}

// expm1(-2|x|) = e gives tanh|x| = -e / (e + 2), without cancellation near 0.
template <class V>
CAROUSEL_INLINE V tanh(V x) {
  const V one(1.0f), a = min(abs(x), V(9.5f));
  const Reduced<V> red = reduce_ln2(V(-2.0f) * a);
  const V p = fma(exp_rest(red.r), red.r * red.r, red.r);
  const V s = power_of_two(red.shifted);
  const V e = fma(p, s, s - one);
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
