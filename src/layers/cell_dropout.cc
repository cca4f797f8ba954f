// Dropout inside a recurrent layer: the masks drawn, and x and dx multiplied by theirs.
#include "layers/cell_dropout.h"

#include <algorithm>

#include "base/random.h"
#include "kernels/elementwise.h"
#include "kernels/share_out.h"

namespace carousel::layers {
namespace {

// to(t, b) = from(t, b) ⊙ mask(b), within the rows' lengths.
template <class T>
void multiply(const Pass& pass, const SeqView<const T>& from, const T* mask, const SeqView<T>& to) {
  constexpr double kNumber = 0.2;  // nanoseconds, roughly
  const auto features = static_cast<std::size_t>(from.features);
  kernels::share_out_rows(*pass.team, from.steps, from.rows, kNumber * from.steps * from.rows * from.features,
                          [&](int t, int first, int last, int) {
                            for (int b = first; b < last; ++b) {
                              const auto row = static_cast<std::size_t>(b);
                              if (!pass.lengths.empty() && t >= pass.lengths[row]) continue;
                              const T *in = from.at(t, b), *m = mask + row * features;
                              T* out = to.at(t, b);
                              for (std::size_t i = 0; i < features; ++i) out[i] = in[i] * m[i];
                            }
                          });
}

}  // namespace

template <class T>
void CellDropout<T>::draw(const Pass& pass, Of of, float rate, int rows, int features,
                          AlignedBuffer<T>& mask) const {
  const auto width = static_cast<std::size_t>(features);
  mask.resize(static_cast<std::size_t>(rows) * width);
  std::fill(mask.begin(), mask.end(), T(1));
  const Random random(pass.seed, Random::Use::dropout, number_, pass.step);
  const std::uint64_t which = (reverse_ ? 2U : 0U) + static_cast<std::uint32_t>(of);
  for (std::size_t b = 0; b < static_cast<std::size_t>(rows); ++b) {
    const std::span<T> row(mask.data() + b * width, width);
    kernels::dropout(random, (std::uint64_t{b} << 40) + (which << 32), rate, row, row);
  }
}

template <class T>
SeqView<const T> CellDropout<T>::masked(const Pass& pass, const SeqView<const T>& x, Kept& kept) const {
  kept.x = {};
  if (!masks_x(pass)) return x;
  draw(pass, Of::x, x_rate_, x.rows, x.features, kept.x_mask);
  const SeqView<T> masked = like(kept.x_memory, x);
  multiply(pass, x, kept.x_mask.data(), masked);
  kept.x = masked;
  return masked;
}

template <class T>
const T* CellDropout<T>::h_mask(const Pass& pass, int rows, int units, Kept& kept) const {
  if (!pass.drops(h_rate_)) return nullptr;
  draw(pass, Of::h, h_rate_, rows, units, kept.h_mask);
  return kept.h_mask.data();
}

template <class T>
void CellDropout<T>::unmask(const Pass& pass, const SeqView<T>& dx, const Kept& kept) const {
  if (dx && kept.x) multiply<T>(pass, dx, kept.x_mask.data(), dx);
}

template class CellDropout<float>;
template class CellDropout<double>;

}  // namespace carousel::layers
