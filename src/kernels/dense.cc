// Dense layers: packing, checks, and the split over the team.
#include "kernels/dense.h"

#include <algorithm>
#include <string>

#include "kernels/pack.h"
#include "kernels/shape.h"
#include "kernels/share_out.h"

namespace carousel::kernels {
namespace {

// Rough: nanoseconds of one core for a floating-point operation of these products, and for an activation.
constexpr double kFlop = 0.015, kActivation = 0.5;

template <class A, class B>
void check(const SeqView<A>& x, int features_x, const SeqView<B>& y, int features_y) {
  if (x.features == features_x && y.features == features_y && x.steps == y.steps && x.rows == y.rows) return;
  bad_shape("dense", "input and output do not fit together",
            shape_text(x.steps, x.rows, features_x) + " and " + shape_text(x.steps, x.rows, features_y),
            shape_text(x.steps, x.rows, x.features) + " and " + shape_text(y.steps, y.rows, y.features));
}

const std::int32_t* checked(Lengths lengths, int rows) {
  check_lengths("dense", lengths, rows);
  return lengths.empty() ? nullptr : lengths.data();
}

template <class T>
void multiply(const Table<T>& table, SeqView<const T> x, Lengths lengths, const T* packed, const T* bias,
              SeqView<T> y, Team& team) {
  Product<T> product{};
  product.batch = x.rows, product.length = checked(lengths, x.rows);
  product.in = x.features, product.out = y.features, product.out_padded = round_up(y.features, table.lanes);
  product.x = x.data, product.x_step = x.step_stride, product.x_row = x.row_stride;
  product.y = y.data, product.y_step = y.step_stride, product.y_row = y.row_stride;
  product.packed = packed, product.bias = bias;
  const double flop = 2 * static_cast<double>(frames_of(lengths, x.steps, x.rows)) * product.in * product.out;
  share_out(team, std::int64_t{x.steps} * x.rows, flop * kFlop,
            [&](std::int64_t first, std::int64_t last, int) { table.product(product, first, last); });
}

// f(t, b) for the steps of each row, and y zero after them.
template <class T, class F>
void each_vector(SeqView<T> y, Lengths lengths, double nanoseconds, Team& team, F&& f) {
  const std::int32_t* length = checked(lengths, y.rows);
  share_out_rows(team, y.steps, y.rows,
                 nanoseconds * y.features * static_cast<double>(frames_of(lengths, y.steps, y.rows)),
                 [&](int t, int first, int last, int) {
                   for (int b = first; b < last; ++b) {
                     if (!length || t < length[b])
                       f(t, b);
                     else
                       std::fill_n(y.at(t, b), y.features, T(0));
                   }
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
void DensePack<T>::forward(SeqView<const T> x, Lengths lengths, SeqView<T> y, Team& team) const {
  check(x, inputs_, y, outputs_);
  multiply(*table_, x, lengths, forward_.data(), has_bias_ ? bias_.data() : nullptr, y, team);
}

template <class T>
void DensePack<T>::backward(SeqView<const T> dy, Lengths lengths, SeqView<T> dx, Team& team) const {
  check(dy, outputs_, dx, inputs_);
  multiply<T>(*table_, dy, lengths, backward_.data(), nullptr, dx, team);
}

template <class T>
void dense_gradients(SeqView<const T> x, SeqView<const T> dy, Lengths lengths, T* dW, T* db,
                     DenseScratch<T>& scratch, Team& team, bool add, const Table<T>& table) {
  check(x, x.features, dy, dy.features);
  const int in = x.features, out = dy.features, padded = round_up(out, table.lanes);
  const SumsLayout layout(table, in, out);
  scratch.sums.resize(layout.size());
  scratch.column.resize(static_cast<std::size_t>(padded));
  // By all frames, whatever the lengths, so that no later batch of this size takes memory.
  const int depth = gradient_depth({&in, 1}, count(x.steps, x.rows));
  const std::size_t thread_scratch = gradient_scratch(table, {&in, 1}, depth);
  scratch.packed.resize(static_cast<std::size_t>(team.threads()) * thread_scratch);
  T* sums = scratch.sums.data();
  scratch.column.zero();
  const auto frames = static_cast<double>(frames_of(lengths, x.steps, x.rows));
  const bool fresh = !add && frames > 0;
  if (!fresh) scratch.sums.zero();
  const auto for_vectors = [&](int index, int of, auto&& f) {
    for (int v = layout.vecs * index / of; v < layout.vecs * (index + 1) / of; ++v)
      f(dW + count(v * table.lanes, in), std::min(table.lanes, out - v * table.lanes), sums + layout.at(v),
        layout.row_stride(v));
  };
  if (add && dW)
    for_vectors(0, 1, [&](const T* file, int rows, T* to, std::ptrdiff_t stride) {
      transpose(file, in, rows, in, to, stride);
    });
  if (add && db) std::copy_n(db, out, scratch.column.data());

  Gradient<T> gradient{};
  gradient.steps = x.steps, gradient.batch = x.rows, gradient.length = checked(lengths, x.rows);
  gradient.in = in, gradient.out = out, gradient.out_padded = padded;
  gradient.x = x.data, gradient.x_step = x.step_stride, gradient.x_row = x.row_stride;
  gradient.g = dy.data, gradient.g_step = dy.step_stride, gradient.g_row = dy.row_stride;
  if (dW) gradient.sums = sums;
  if (db) gradient.column = scratch.column.data();
  gradient.fresh_sums = fresh;
  gradient.scratch = scratch.packed.data(), gradient.scratch_stride = thread_scratch, gradient.depth = depth;
  team.run(threads_for(2 * frames * in * out * kFlop, team.threads()), [&](const Team::Worker& worker) {
    table.gradient(gradient, {.index = worker.index, .count = worker.count});
    worker.barrier();
    if (dW)
      for_vectors(worker.index, worker.count, [&](T* file, int rows, const T* from, std::ptrdiff_t stride) {
        transpose(from, stride, in, rows, file, in);
      });
  });
  if (db) std::copy_n(scratch.column.data(), out, db);
}

template <class T>
void activate(cells::Activation f, SeqView<const T> x, Lengths lengths, SeqView<T> y, Team& team,
              const Table<T>& table) {
  check(x, y.features, y, x.features);
  const auto n = static_cast<std::size_t>(x.features);
  each_vector(y, lengths, kActivation, team,
              [&](int t, int b) { table.activate(f, x.at(t, b), y.at(t, b), n); });
}

template <class T>
void activate_backward(cells::Activation f, SeqView<const T> y, SeqView<const T> dy, Lengths lengths,
                       SeqView<T> dx, Team& team, const Table<T>& table) {
  check(y, dx.features, dx, y.features);
  check(dy, dx.features, dx, dy.features);
  const auto n = static_cast<std::size_t>(y.features);
  each_vector(dx, lengths, kActivation, team,
              [&](int t, int b) { table.activate_back(f, y.at(t, b), dy.at(t, b), dx.at(t, b), n); });
}

template class DensePack<float>;
template class DensePack<double>;
template void dense_gradients(SeqView<const float>, SeqView<const float>, Lengths, float*, float*,
                              DenseScratch<float>&, Team&, bool, const Table<float>&);
template void dense_gradients(SeqView<const double>, SeqView<const double>, Lengths, double*, double*,
                              DenseScratch<double>&, Team&, bool, const Table<double>&);
template void activate(cells::Activation, SeqView<const float>, Lengths, SeqView<float>, Team&,
                       const Table<float>&);
template void activate(cells::Activation, SeqView<const double>, Lengths, SeqView<double>, Team&,
                       const Table<double>&);
template void activate_backward(cells::Activation, SeqView<const float>, SeqView<const float>, Lengths,
                                SeqView<float>, Team&, const Table<float>&);
template void activate_backward(cells::Activation, SeqView<const double>, SeqView<const double>, Lengths,
                                SeqView<double>, Team&, const Table<double>&);

}  // namespace carousel::kernels
