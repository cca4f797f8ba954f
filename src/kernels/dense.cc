// Dense layers: packing, checks, and the split over the team.
#include "kernels/dense.h"

#include <algorithm>
#include <string>

#include "carousel/error.h"
#include "kernels/pack.h"
#include "kernels/shape.h"

namespace carousel::kernels {
namespace {

// Work below which handing it to another thread costs more than it brings.
constexpr double kThreadFlop = 1e6;

template <class A, class B>
void check(const SeqView<A>& x, int features_x, const SeqView<B>& y, int features_y) {
  if (x.features == features_x && y.features == features_y && x.steps == y.steps && x.rows == y.rows) return;
  throw Error(Code::usage_shape, {.where = "dense",
                                  .what = "input and output do not fit together",
                                  .expected = shape_text(x.steps, x.rows, features_x) + " and " +
                                              shape_text(x.steps, x.rows, features_y),
                                  .got = shape_text(x.steps, x.rows, x.features) + " and " +
                                         shape_text(y.steps, y.rows, y.features)});
}

template <class T>
void multiply(const Table<T>& table, SeqView<const T> x, const T* packed, const T* bias, SeqView<T> y,
              Team& team) {
  Product<T> product{};
  product.rows = x.steps * x.rows, product.batch = x.rows;
  product.in = x.features, product.out = y.features, product.out_padded = round_up(y.features, table.lanes);
  product.x = x.data, product.x_step = x.step_stride, product.x_row = x.row_stride;
  product.y = y.data, product.y_step = y.step_stride, product.y_row = y.row_stride;
  product.packed = packed, product.bias = bias;
  const double flop = 2.0 * product.rows * product.in * product.out;
  team.run(flop < kThreadFlop ? 1 : team.threads(), [&](const Team::Worker& worker) {
    table.product(product, {.index = worker.index, .count = worker.count});
  });
}

}  // namespace

template <class T>
DensePack<T>::DensePack(int inputs, int outputs) : DensePack(inputs, outputs, default_table<T>()) {}

template <class T>
DensePack<T>::DensePack(int inputs, int outputs, const Table<T>& table)
    : inputs_(inputs), outputs_(outputs), table_(&table) {}

template <class T>
void DensePack<T>::pack(const T* W, const T* b) {
  const int L = table_->lanes, panel = table_->panel;
  const auto panels_of = [&](int n) { return (round_up(n, L) / L + panel - 1) / panel; };
  forward_.resize(count(inputs_, round_up(outputs_, L)));
  backward_.resize(count(outputs_, round_up(inputs_, L)));
  bias_.resize(static_cast<std::size_t>(round_up(outputs_, L)));
  for (int p = 0; p < panels_of(outputs_); ++p) {
    const int first = p * panel * L, width = std::min(panel * L, round_up(outputs_, L) - first);
    transpose(W + count(first, inputs_), inputs_, std::min(width, outputs_ - first), inputs_,
              forward_.data() + count(first, inputs_), width);
  }
  pack_panels<T>([&](int n) { return W + count(n, inputs_); }, outputs_, inputs_, L, panel, 0,
                 panels_of(inputs_), backward_.data());
  has_bias_ = b != nullptr;
  if (b) std::copy_n(b, outputs_, bias_.data());
}

template <class T>
void DensePack<T>::forward(SeqView<const T> x, SeqView<T> y, Team& team) const {
  check(x, inputs_, y, outputs_);
  multiply(*table_, x, forward_.data(), has_bias_ ? bias_.data() : nullptr, y, team);
}

template <class T>
void DensePack<T>::backward(SeqView<const T> dy, SeqView<T> dx, Team& team) const {
  check(dy, outputs_, dx, inputs_);
  multiply<T>(*table_, dy, backward_.data(), nullptr, dx, team);
}

template <class T>
void dense_gradients(SeqView<const T> x, SeqView<const T> dy, T* dW, T* db, DenseScratch<T>& scratch,
                     Team& team, bool add) {
  check(x, x.features, dy, dy.features);
  const Table<T>& table = default_table<T>();
  const int in = x.features, out = dy.features, padded = round_up(out, table.lanes);
  const SumsLayout layout(table, in, out);
  const std::size_t thread_scratch = gradient_scratch(table, {in});
  scratch.sums.resize(layout.size());
  scratch.column.resize(static_cast<std::size_t>(padded));
  scratch.packed.resize(static_cast<std::size_t>(team.threads()) * thread_scratch);
  T* sums = scratch.sums.data();
  scratch.column.zero();
  const bool fresh = !add && x.steps * x.rows > 0;
  if (!fresh) scratch.sums.zero();
  const auto for_vectors = [&](auto&& f) {
    for (int v = 0; v < layout.vecs; ++v)
      f(dW + count(v * table.lanes, in), std::min(table.lanes, out - v * table.lanes), sums + layout.at(v),
        layout.row_stride(v));
  };
  if (add && dW)
    for_vectors([&](const T* file, int rows, T* to, std::ptrdiff_t stride) {
      transpose(file, in, rows, in, to, stride);
    });
  if (add && db) std::copy_n(db, out, scratch.column.data());

  Gradient<T> gradient{};
  gradient.steps = x.steps, gradient.batch = x.rows;
  gradient.in = in, gradient.out = out, gradient.out_padded = padded;
  gradient.x = x.data, gradient.x_step = x.step_stride, gradient.x_row = x.row_stride;
  gradient.g = dy.data, gradient.g_step = dy.step_stride, gradient.g_row = dy.row_stride;
  if (dW) gradient.sums = sums;
  if (db) gradient.column = scratch.column.data();
  gradient.fresh_sums = fresh;
  gradient.scratch = scratch.packed.data(), gradient.scratch_stride = thread_scratch;
  const double flop = 2.0 * x.steps * x.rows * in * out;
  team.run(flop < kThreadFlop ? 1 : team.threads(), [&](const Team::Worker& worker) {
    table.gradient(gradient, {.index = worker.index, .count = worker.count});
  });
  if (dW)
    for_vectors([&](T* file, int rows, const T* from, std::ptrdiff_t stride) {
      transpose(from, stride, in, rows, file, in);
    });
  if (db) std::copy_n(scratch.column.data(), out, db);
}

void activate(cells::Activation f, std::span<const float> x, std::span<float> y) {
  active_target().table->activate(f, x.data(), y.data(), x.size());
}
void activate(cells::Activation f, std::span<const double> x, std::span<double> y) {
  double_table().activate(f, x.data(), y.data(), x.size());
}
void activate_backward(cells::Activation f, std::span<const float> y, std::span<const float> dy,
                       std::span<float> dx) {
  active_target().table->activate_back(f, y.data(), dy.data(), dx.data(), y.size());
}
void activate_backward(cells::Activation f, std::span<const double> y, std::span<const double> dy,
                       std::span<double> dx) {
  double_table().activate_back(f, y.data(), dy.data(), dx.data(), y.size());
}

template class DensePack<float>;
template class DensePack<double>;
template void dense_gradients(SeqView<const float>, SeqView<const float>, float*, float*,
                              DenseScratch<float>&, Team&, bool);
template void dense_gradients(SeqView<const double>, SeqView<const double>, double*, double*,
                              DenseScratch<double>&, Team&, bool);

}  // namespace carousel::kernels
