// The dropout layer: forward and backward draw the same mask again instead of keeping it.
#include "layers/dropout.h"

#include "base/aligned.h"
#include "base/random.h"

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
  // bits < threshold drops; compared in 32 bits, so the rate is exact to 2^-32.
  const auto threshold = static_cast<std::uint32_t>(static_cast<double>(rate_) * 0x1p32);
  const T scale = T(1) / (T(1) - static_cast<T>(rate_));
  const Random random(pass.seed, Random::Use::dropout, number_, pass.step);
  const auto rows = [&](const Team::Worker& worker) {
    for (int b = worker.index; b < in.rows; b += worker.count)
      for (int t = 0; t < in.steps; ++t) {
        const T* x = in.at(t, b);
        T* y = out.at(t, b);
        // A row's steps begin at whole blocks of four words, whatever the length of the batch.
        const std::uint64_t blocks = (static_cast<std::uint64_t>(in.features) + 3) / 4;
        const std::uint64_t first =
            (static_cast<std::uint64_t>(b) << 40) + static_cast<std::uint64_t>(t) * blocks;
        for (int j = 0; j < in.features; j += 4) {
          std::uint32_t words[4];
          random.block(first + static_cast<std::uint64_t>(j / 4), words);
          for (int k = j; k < in.features && k < j + 4; ++k)
            y[k] = words[k - j] < threshold ? T(0) : x[k] * scale;
        }
      }
  };
  pass.team->run(in.rows, rows);
}

template <class T>
SeqView<const T> DropoutLayer<T>::forward(const Pass& pass, SeqView<const T> x, std::span<const T* const>,
                                          Tape<T>& tape) const {
  if (!pass.training || rate_ == 0) return x;
  const SeqView<T> y = like(static_cast<Kept&>(tape).y, x);
  apply(pass, x, y);
  return y;
}

template <class T>
SeqView<const T> DropoutLayer<T>::backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                           Tape<T>& tape) const {
  if (!args.want_dx || rate_ == 0) return args.want_dx ? args.dy : SeqView<const T>{};
  const SeqView<T> dx = like(static_cast<Kept&>(tape).dx, args.dy);
  apply(pass, args.dy, dx);
  return dx;
}

template class DropoutLayer<float>;
template class DropoutLayer<double>;

}  // namespace carousel::layers
