// Dual: a number with N derivatives carried along, so that any formula written for it is differentiated
// exactly.
#pragma once

#include <array>

#include "cells/act.h"

namespace carousel {

template <int N>
struct Dual {
  double value = 0;
  std::array<double, N> d = {};

  Dual() = default;
  Dual(double number) : value(number) {}
  /// The k-th of the N variables.
  static Dual variable(double number, int k) {
    Dual v(number);
    v.d[k] = 1;
    return v;
  }

  friend Dual operator+(const Dual& a, const Dual& b) { return chain(a.value + b.value, 1, a, 1, b); }
  friend Dual operator-(const Dual& a, const Dual& b) { return chain(a.value - b.value, 1, a, -1, b); }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return chain(a.value * b.value, b.value, a, a.value, b);
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    return chain(a.value / b.value, 1 / b.value, a, -a.value / (b.value * b.value), b);
  }
  friend Dual abs(const Dual& v) { return chain(cells::abs(v.value), v.value < 0 ? -1 : 1, v, 0, v); }
  friend Dual max(const Dual& v, const Dual& bound) { return v.value < bound.value ? bound : v; }
  friend Dual min(const Dual& v, const Dual& bound) { return v.value > bound.value ? bound : v; }
  friend Dual positive(const Dual& v) { return Dual(cells::positive(v.value)); }
  friend Dual sigmoid(const Dual& v) {
    const double y = cells::sigmoid(v.value);
    return chain(y, y * (1 - y), v, 0, v);
  }
  friend Dual tanh(const Dual& v) {
    const double y = cells::tanh(v.value);
    return chain(y, 1 - y * y, v, 0, v);
  }

 private:
  static Dual chain(double value, double by_a, const Dual& a, double by_b, const Dual& b) {
    Dual result(value);
    for (int k = 0; k < N; ++k) result.d[k] = by_a * a.d[k] + by_b * b.d[k];
    return result;
  }
};

}  // namespace carousel
