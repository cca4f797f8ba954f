// The activation layer, and names of activations.
#include "layers/activation.h"

#include "base/nearest.h"
#include "carousel/error.h"
#include "cells/registry.h"
#include "kernels/dense.h"

namespace carousel::layers {

cells::Activation activation_of(const std::string& name, const std::string& where) {
  if (const auto found = enum_value<cells::Activation>(name)) return *found;
  std::vector<std::string> known;
  for (const auto& [known_name, value] : EnumNames<cells::Activation>::names) known.emplace_back(known_name);
  throw Error(
      Code::usage_unknown_word,
      {.where = where, .what = "there is no activation '" + name + "'", .hint = base::suggest(name, known)});
}

template <class T>
struct ActivationLayer<T>::Kept final : Tape<T> {
  AlignedBuffer<T> y, dx;
};

template <class T>
std::unique_ptr<Tape<T>> ActivationLayer<T>::make_tape() const {
  return std::make_unique<Kept>();
}

template <class T>
SeqView<const T> ActivationLayer<T>::forward(const Pass& pass, const SeqView<const T>& x,
                                             std::span<const T* const>, Tape<T>& tape) const {
  const SeqView<T> y = like(static_cast<Kept&>(tape).y, x);
  kernels::activate<T>(function_, x, pass.lengths, y, *pass.team);
  return y;
}

template <class T>
SeqView<const T> ActivationLayer<T>::backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                              Tape<T>& tape) const {
  if (!args.want_dx) return {};
  Kept& kept = static_cast<Kept&>(tape);
  const SeqView<const T> y =
      time_major<const T>(kept.y.data(), args.dy.steps, args.dy.rows, args.dy.features);
  const SeqView<T> dx = args.dx_in(kept.dx);
  kernels::activate_backward<T>(function_, y, args.dy, pass.lengths, dx, *pass.team);
  return dx;
}

template class ActivationLayer<float>;
template class ActivationLayer<double>;

}  // namespace carousel::layers
