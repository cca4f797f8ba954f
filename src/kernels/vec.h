// Vec: the value type of a target, a vector of floats (or one number) with hidden friends, as cells want it.
#pragma once

// Files with this header are compiled once per target: everything stands in the target's own namespace or is
// always_inline, so that no function compiled for a newer CPU can be picked for the whole program.
#include <cstddef>
#include <cstdint>

#if !defined(CAROUSEL_NAMESPACE)
#error "kernel headers are compiled by src/kernels/kernels.cc alone, which names its target"
#endif
#if !defined(CAROUSEL_ONE_LANE)
#include "hwy/highway.h"
#endif
#include "cells/act.h"

#define CAROUSEL_INLINE __attribute__((always_inline)) inline
// After a lambda's parameters: one that is not inlined keeps what it refers to in memory, accumulators too.
#define CAROUSEL_INLINE_LAMBDA __attribute__((always_inline))

namespace carousel::kernels::CAROUSEL_NAMESPACE {

#if defined(CAROUSEL_ONE_LANE)

template <class T>
struct Bits;
template <>
struct Bits<float> {
  using Int = std::int32_t;
};
template <>
struct Bits<double> {
  using Int = std::int64_t;
};

/// One number. Products of floats are fused like those of the vector targets: the same bits, slowly.
template <class T>
struct One {
  using Number = T;
  using Int = typename Bits<T>::Int;
  static constexpr int kLanes = 1, kVectors = 1;
  T v;

  One() = default;
  CAROUSEL_INLINE explicit One(T x) : v(x) {}

  static CAROUSEL_INLINE One load(const T* p) { return One(*p); }
  static CAROUSEL_INLINE One load_first(const T* p, int) { return One(*p); }
  CAROUSEL_INLINE void store(T* p) const { *p = v; }
  CAROUSEL_INLINE void store_first(T* p, int) const { *p = v; }
  CAROUSEL_INLINE Int bits() const { return __builtin_bit_cast(Int, v); }
  static CAROUSEL_INLINE One from_bits(Int i) { return One(__builtin_bit_cast(T, i)); }

  friend CAROUSEL_INLINE One operator+(One a, One b) { return One(a.v + b.v); }
  friend CAROUSEL_INLINE One operator-(One a, One b) { return One(a.v - b.v); }
  friend CAROUSEL_INLINE One operator*(One a, One b) { return One(a.v * b.v); }
  friend CAROUSEL_INLINE One operator/(One a, One b) { return One(a.v / b.v); }
  friend CAROUSEL_INLINE One fma(One a, One b, One c) {
    if constexpr (sizeof(T) == 4)
      return One(__builtin_fmaf(a.v, b.v, c.v));
    else
      return One(a.v * b.v + c.v);
  }
  friend CAROUSEL_INLINE One abs(One a) { return One(a.v < 0 ? -a.v : a.v); }
  friend CAROUSEL_INLINE One max(One a, One bound) { return One(a.v < bound.v ? bound.v : a.v); }
  friend CAROUSEL_INLINE One min(One a, One bound) { return One(a.v > bound.v ? bound.v : a.v); }
  friend CAROUSEL_INLINE One positive(One a) { return One(a.v > 0 ? T(1) : T(0)); }
  friend CAROUSEL_INLINE One copy_sign(One size, One sign) {
    constexpr Int kSign = Int(1) << (8 * sizeof(T) - 1);
    return from_bits((size.bits() & ~kSign) | (sign.bits() & kSign));
  }
  /// 2^n for the whole number n that `shifted` = n + kShift holds in its low bits (math.h).
  friend CAROUSEL_INLINE One power_of_two(One shifted) {
    return from_bits(static_cast<Int>(static_cast<std::uint32_t>(shifted.bits() + 127) << 23));
  }
};

using Vec = One<float>;

#else

namespace hn = hwy::HWY_NAMESPACE;

/// The widest vector of floats of this target.
struct Vec {
  using Number = float;
  using D = hn::ScalableTag<float>;
  using Native = hn::Vec<D>;
  static constexpr int kLanes = HWY_LANES(float), kVectors = 1;
  Native v;

  Vec() = default;
  CAROUSEL_INLINE Vec(Native x) : v(x) {}
  CAROUSEL_INLINE explicit Vec(float x) : v(hn::Set(D(), x)) {}

  static CAROUSEL_INLINE Vec load(const float* p) { return hn::LoadU(D(), p); }
  // Highway's masked load and store touch whole vectors where the instruction set has no masks.
  static constexpr bool kMasks = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2;
  /// The first n lanes, zero in the others; reads nothing beyond.
  static CAROUSEL_INLINE Vec load_first(const float* p, int n) {
    if constexpr (kMasks) {
      return hn::MaskedLoad(hn::FirstN(D(), static_cast<std::size_t>(n)), D(), p);
    } else {
      float some[kLanes] = {};
      for (int i = 0; i < n; ++i) some[i] = p[i];
      return load(some);
    }
  }
  CAROUSEL_INLINE void store(float* p) const { hn::StoreU(v, D(), p); }
  CAROUSEL_INLINE void store_first(float* p, int n) const {
    if constexpr (kMasks) {
      hn::BlendedStore(v, hn::FirstN(D(), static_cast<std::size_t>(n)), D(), p);
    } else {
      float some[kLanes];
      store(some);
      for (int i = 0; i < n; ++i) p[i] = some[i];
    }
  }

  friend CAROUSEL_INLINE Vec operator+(Vec a, Vec b) { return hn::Add(a.v, b.v); }
  friend CAROUSEL_INLINE Vec operator-(Vec a, Vec b) { return hn::Sub(a.v, b.v); }
  friend CAROUSEL_INLINE Vec operator*(Vec a, Vec b) { return hn::Mul(a.v, b.v); }
  friend CAROUSEL_INLINE Vec operator/(Vec a, Vec b) { return hn::Div(a.v, b.v); }
  friend CAROUSEL_INLINE Vec fma(Vec a, Vec b, Vec c) { return hn::MulAdd(a.v, b.v, c.v); }
  friend CAROUSEL_INLINE Vec abs(Vec a) { return hn::Abs(a.v); }
  // x86's own maximum and minimum are the second operand where either is NaN and where both are zero.
  friend CAROUSEL_INLINE Vec max(Vec a, Vec bound) {
    if constexpr (HWY_ARCH_X86) return hn::Max(bound.v, a.v);
    return hn::IfThenElse(hn::Lt(a.v, bound.v), bound.v, a.v);
  }
  friend CAROUSEL_INLINE Vec min(Vec a, Vec bound) {
    if constexpr (HWY_ARCH_X86) return hn::Min(bound.v, a.v);
    return hn::IfThenElse(hn::Gt(a.v, bound.v), bound.v, a.v);
  }
  friend CAROUSEL_INLINE Vec positive(Vec a) {
    return hn::IfThenElseZero(hn::Gt(a.v, hn::Zero(D())), hn::Set(D(), 1.0f));
  }
  friend CAROUSEL_INLINE Vec copy_sign(Vec size, Vec sign) { return hn::CopySign(size.v, sign.v); }
  friend CAROUSEL_INLINE Vec power_of_two(Vec shifted) {
    const hn::RebindToSigned<D> di;
    const auto n = hn::Add(hn::BitCast(di, shifted.v), hn::Set(di, 127));
    return hn::BitCast(D(), hn::ShiftLeft<23>(n));
  }
};

#endif

// Whether a cell on two vectors at once stays in the registers; where it does not, it is slower than on one.
#if defined(CAROUSEL_ONE_LANE)
inline constexpr bool kTwoFit = false;
#else
inline constexpr bool kTwoFit = !HWY_ARCH_X86 || HWY_TARGET <= HWY_AVX3;
#endif

/// Two vectors side by side, so that a chain of operations has another one to wait with.
template <class V>
struct Two {
  using Number = typename V::Number;
  static constexpr int kVectors = 2;
  V a, b;

  Two() = default;
  CAROUSEL_INLINE Two(V first, V second) : a(first), b(second) {}
  CAROUSEL_INLINE explicit Two(Number x) : a(x), b(x) {}

  friend CAROUSEL_INLINE Two operator+(Two x, Two y) { return {x.a + y.a, x.b + y.b}; }
  friend CAROUSEL_INLINE Two operator-(Two x, Two y) { return {x.a - y.a, x.b - y.b}; }
  friend CAROUSEL_INLINE Two operator*(Two x, Two y) { return {x.a * y.a, x.b * y.b}; }
  friend CAROUSEL_INLINE Two operator/(Two x, Two y) { return {x.a / y.a, x.b / y.b}; }
  friend CAROUSEL_INLINE Two fma(Two x, Two y, Two z) { return {fma(x.a, y.a, z.a), fma(x.b, y.b, z.b)}; }
  friend CAROUSEL_INLINE Two abs(Two x) { return {abs(x.a), abs(x.b)}; }
  friend CAROUSEL_INLINE Two max(Two x, Two bound) { return {max(x.a, bound.a), max(x.b, bound.b)}; }
  friend CAROUSEL_INLINE Two min(Two x, Two bound) { return {min(x.a, bound.a), min(x.b, bound.b)}; }
  friend CAROUSEL_INLINE Two positive(Two x) { return {positive(x.a), positive(x.b)}; }
  friend CAROUSEL_INLINE Two copy_sign(Two size, Two sign) {
    return {copy_sign(size.a, sign.a), copy_sign(size.b, sign.b)};
  }
  friend CAROUSEL_INLINE Two power_of_two(Two shifted) {
    return {power_of_two(shifted.a), power_of_two(shifted.b)};
  }
};

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
