// What a core can do at most, on one target: products summed in registers alone, and numbers read in order.
#pragma once

#include "kernels/vec.h"

namespace carousel::kernels::CAROUSEL_NAMESPACE {

// More chains than any core has multiply-adds in flight (two units, five cycles), within 16 registers.
inline constexpr int kChains = 12;

/// numbers[0 .. kChains * lanes] = that * numbers[next] + numbers[the one after], `turns` times, in kChains
/// independent chains: 2 * kChains * lanes * turns FLOP, no memory.
template <class V, class T>
void multiply_add(T* numbers, std::size_t turns) {
  constexpr int L = V::kLanes;
  V chain[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) chain[i] = V::load(numbers + i * L);
  const V factor(numbers[kChains * L]), term(numbers[kChains * L + 1]);
  for (std::size_t turn = 0; turn < turns; ++turn)
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) chain[i] = fma(chain[i], factor, term);
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) chain[i].store(numbers + i * L);
}

/// The sum of n numbers, n a multiple of 8 vectors, `turns` times over: nothing but reading takes time.
template <class V, class T>
T read(const T* numbers, std::size_t n, std::size_t turns) {
  constexpr int L = V::kLanes, kSums = 8;
  V sum[kSums];
#pragma GCC unroll 8
  for (int i = 0; i < kSums; ++i) sum[i] = V(T(0));
  for (std::size_t turn = 0; turn < turns; ++turn)
    for (std::size_t at = 0; at < n; at += kSums * L)
#pragma GCC unroll 8
      for (int i = 0; i < kSums; ++i) sum[i] = sum[i] + V::load(numbers + at + i * L);
  T total = 0, part[L];
  for (int i = 0; i < kSums; ++i) {
    sum[i].store(part);
    for (int l = 0; l < L; ++l) total += part[l];
  }
  return total;
}

}  // namespace carousel::kernels::CAROUSEL_NAMESPACE
