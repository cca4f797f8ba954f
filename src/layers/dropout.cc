// The dropout layer: forward and backward draw the same mask again instead of keeping it.
#include "layers/dropout.h"

#include <algorithm>

#include "base/aligned.h"
#include "base/random.h"
#include "kernels/elementwise.h"
#include "kernels/share_out.h"

namespace carousel::layers {

template <class T>
struct DropoutLayer<T>::Kept final : Tape<T> {
  AlignedBuffer<T> y, dx;
};

template <class T>
std::unique_ptr<Tape<T>> DropoutLayer<T>::make_tape() const {
  return std::make_unique<Kept>();
}

template <class T>
void DropoutLayer<T>::apply(const Pass& pass, SeqView<const T> in, SeqView<T> out) const {
  constexpr double kNumber = 1.5;  // nanoseconds, roughly
  const Random random(pass.seed, Random::Use::dropout, number_, pass.step);
  const auto features = static_cast<std::size_t>(in.features);
  // A row's steps begin at whole blocks of four words, whatever the length of the batch.
  const std::uint64_t blocks = (features + 3) / 4;
  kernels::share_out_rows(
      *pass.team, in.steps, in.rows, kNumber * in.steps * in.rows * in.features,
      [&](int t, int first, int last, int) {
        for (int b = first; b < last; ++b) {
          if (!pass.lengths.empty() && t >= pass.lengths[static_cast<std::size_t>(b)])
            std::fill_n(out.at(t, b), features, T(0));
          else
            kernels::dropout(
                random, (static_cast<std::uint64_t>(b) << 40) + static_cast<std::uint64_t>(t) * blocks, rate_,
                std::span<const T>(in.at(t, b), features), std::span<T>(out.at(t, b), features));
        }
      });
}

template <class T>
SeqView<const T> DropoutLayer<T>::forward(const Pass& pass, const SeqView<const T>& x,
                                          std::span<const T* const>, Tape<T>& tape) const {
  if (!pass.drops(rate_)) return x;
  const SeqView<T> y = like(static_cast<Kept&>(tape).y, x);
  apply(pass, x, y);
  return y;
}

template <class T>
SeqView<const T> DropoutLayer<T>::backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                           Tape<T>& tape) const {
  if (!args.want_dx || !pass.drops(rate_)) return args.want_dx ? args.dy : SeqView<const T>{};
  const SeqView<T> dx = args.dx_in(static_cast<Kept&>(tape).dx);
  apply(pass, args.dy, dx);
  return dx;
}

template class DropoutLayer<float>;
template class DropoutLayer<double>;

}  // namespace carousel::layers
