// The dense layer: one product over all steps and rows, and the gather of each row's last step where only
// that is used.
#include "layers/dense.h"

#include <algorithm>

#include "carousel/error.h"
#include "layers/activation.h"

namespace carousel::layers {
namespace {

int last_step(const Pass& pass, int steps, int row) {
  return pass.lengths.empty() ? steps - 1 : pass.lengths[static_cast<std::size_t>(row)] - 1;
}

}  // namespace

template <class T>
struct DenseLayer<T>::Kept final : Tape<T> {
  AlignedBuffer<T> last, y, d_sum, d_last, dx;
  kernels::DenseScratch<T> scratch;
};

template <class T>
DenseLayer<T>::DenseLayer(const Dense& spec, Flow input, const std::string& where)
    : spec_(spec),
      input_(input),
      activation_(activation_of(spec.activation, where + ".activation")),
      pack_(input.features, spec.units) {}

template <class T>
std::vector<TensorSpec> DenseLayer<T>::tensors() const {
  std::vector<TensorSpec> tensors = {
      {.name = "W", .shape = {spec_.units, input_.features}, .init = spec_.w_init, .l2 = spec_.l2_w}};
  if (spec_.bias) tensors.push_back({.name = "b", .shape = {spec_.units}, .init = spec_.b_init});
  return tensors;
}

template <class T>
void DenseLayer<T>::pack(std::span<const T* const> parameters, Team*) {
  pack_.pack(parameters[0], spec_.bias ? parameters[1] : nullptr);
}

template <class T>
std::unique_ptr<Tape<T>> DenseLayer<T>::make_tape() const {
  return std::make_unique<Kept>();
}

template <class T>
SeqView<const T> DenseLayer<T>::forward(const Pass& pass, const SeqView<const T>& whole,
                                        std::span<const T* const>, Tape<T>& tape) const {
  Kept& kept = static_cast<Kept&>(tape);
  SeqView<const T> x = whole;
  if (takes_last(pass)) {
    const SeqView<T> last = like(kept.last, x.step(0));
    for (int b = 0; b < x.rows; ++b) {
      const int t = last_step(pass, x.steps, b);
      if (t >= 0)
        std::copy_n(x.at(t, b), x.features, last.at(0, b));
      else
        std::fill_n(last.at(0, b), x.features, T(0));  // a row without steps
    }
    x = last;
  }
  const SeqView<T> y = like(kept.y, x, spec_.units);
  const kernels::Lengths lengths = lengths_of(pass);
  pack_.forward(x, lengths, y, *pass.team);
  if (activation_ != cells::Activation::linear) kernels::activate<T>(activation_, y, lengths, y, *pass.team);
  return y;
}

template <class T>
SeqView<const T> DenseLayer<T>::backward(const Pass& pass, const typename Layer<T>::Backward& args,
                                         Tape<T>& tape) const {
  Kept& kept = static_cast<Kept&>(tape);
  const bool last = takes_last(pass);
  const kernels::Lengths lengths = lengths_of(pass);
  SeqView<const T> x = args.x, d = args.dy;
  if (last) x = time_major<const T>(kept.last.data(), 1, x.rows, x.features);
  if (activation_ != cells::Activation::linear) {
    const SeqView<T> sum = like(kept.d_sum, d);
    const SeqView<const T> y = time_major<const T>(kept.y.data(), d.steps, d.rows, d.features);
    kernels::activate_backward<T>(activation_, y, d, lengths, sum, *pass.team);
    d = sum;
  }
  kernels::dense_gradients<T>(x, d, lengths, args.gradients[0], spec_.bias ? args.gradients[1] : nullptr,
                              kept.scratch, *pass.team, pass.add_gradients);
  if (!args.want_dx) return {};
  if (!last) {
    const SeqView<T> dx = args.dx_in(kept.dx);
    pack_.backward(d, lengths, dx, *pass.team);
    return dx;
  }
  const SeqView<T> d_last = like(kept.d_last, x);
  pack_.backward(d, lengths, d_last, *pass.team);
  const SeqView<T> dx = args.dx_in(kept.dx);
  std::fill_n(dx.data, dx.step_stride * dx.steps, T(0));
  for (int b = 0; b < x.rows; ++b) {
    const int t = last_step(pass, args.x.steps, b);
    if (t >= 0) std::copy_n(d_last.at(0, b), x.features, dx.at(t, b));
  }
  return dx;
}

template class DenseLayer<float>;
template class DenseLayer<double>;

}  // namespace carousel::layers
