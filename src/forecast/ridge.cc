// The normal equations, in blocks that stay in the first cache, and their Cholesky factor.
#include "forecast/ridge.h"

#include <algorithm>
#include <cmath>

#include "carousel/error.h"

namespace carousel::forecasting {
namespace {

/// c [m, n] += Σ over rows of a(row)[0 .. m) times b(row)[0 .. n), four rows at a time so that c is touched
/// less often.
void add_products(double* c, int c_stride, const double* a, int a_stride, int m, const double* b,
                  int b_stride, int n, int rows) {
  int r = 0;
  for (; r + 4 <= rows; r += 4) {
    const double* b0 = b + static_cast<std::ptrdiff_t>(r) * b_stride;
    const double *b1 = b0 + b_stride, *b2 = b1 + b_stride, *b3 = b2 + b_stride;
    for (int i = 0; i < m; ++i) {
      const double* at = a + static_cast<std::ptrdiff_t>(r) * a_stride + i;
      const double a0 = at[0], a1 = at[a_stride], a2 = at[2 * a_stride], a3 = at[3 * a_stride];
      double* to = c + static_cast<std::ptrdiff_t>(i) * c_stride;
      for (int j = 0; j < n; ++j) to[j] += (a0 * b0[j] + a1 * b1[j]) + (a2 * b2[j] + a3 * b3[j]);
    }
  }
  for (; r < rows; ++r)
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < n; ++j)
        c[static_cast<std::ptrdiff_t>(i) * c_stride + j] += a[static_cast<std::ptrdiff_t>(r) * a_stride + i] *
                                                            b[static_cast<std::ptrdiff_t>(r) * b_stride + j];
}

constexpr int kRowBlock = 64, kBlock = 64;

}  // namespace

Ridge::Ridge(int inputs, int outputs)
    : inputs_(inputs),
      outputs_(outputs),
      xx_(static_cast<std::size_t>(inputs) * inputs),
      xy_(static_cast<std::size_t>(inputs) * outputs) {}

void Ridge::add(std::span<const double> x, std::span<const double> y) {
  const int rows = static_cast<int>(x.size() / inputs_);
  if (x.size() != static_cast<std::size_t>(rows) * inputs_ ||
      y.size() != static_cast<std::size_t>(rows) * outputs_)
    throw Error(Code::usage_shape, {.where = "Ridge::add", .what = "x and y need as many rows"});
  for (int r = 0; r < rows; r += kRowBlock) {
    const int n = std::min(kRowBlock, rows - r);
    const double* block = x.data() + static_cast<std::ptrdiff_t>(r) * inputs_;
    for (int i = 0; i < inputs_; i += kBlock) {
      const int m = std::min(kBlock, inputs_ - i);
      for (int j = 0; j <= i; j += kBlock)  // the blocks on and left of the diagonal
        add_products(&xx_[static_cast<std::size_t>(i) * inputs_ + j], inputs_, block + i, inputs_, m,
                     block + j, inputs_, std::min(kBlock, inputs_ - j), n);
      add_products(&xy_[static_cast<std::size_t>(i) * outputs_], outputs_, block + i, inputs_, m,
                   y.data() + static_cast<std::ptrdiff_t>(r) * outputs_, outputs_, outputs_, n);
    }
  }
}

std::vector<double> Ridge::solve(double lambda, int free) const {
  const std::size_t n = inputs_, k = outputs_;
  std::vector<double> factor = xx_, w = xy_;
  for (std::size_t i = 0; i + free < n; ++i) factor[i * n + i] += lambda;

  const auto dot = [](const double* a, const double* b, std::size_t count) {
    double sum[4] = {};
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4)
      for (std::size_t l = 0; l < 4; ++l) sum[l] += a[i + l] * b[i + l];
    for (; i < count; ++i) sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  };
  for (std::size_t i = 0; i < n; ++i) {  // factor Lᵀ: row by row, each entry from two rows already done
    double* row = &factor[i * n];
    for (std::size_t j = 0; j < i; ++j) row[j] = (row[j] - dot(row, &factor[j * n], j)) / factor[j * n + j];
    const double pivot = row[i] - dot(row, row, i);
    if (!(pivot > 0) || !std::isfinite(pivot))
      throw Error(Code::check_not_finite,
                  {.where = "Ridge::solve",
                   .what = "the normal equations are not positive definite",
                   .hint = "the data holds values that are not finite, or of very different size"});
    row[i] = std::sqrt(pivot);
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t o = 0; o < k; ++o) {
      double sum = w[i * k + o];
      for (std::size_t j = 0; j < i; ++j) sum -= factor[i * n + j] * w[j * k + o];
      w[i * k + o] = sum / factor[i * n + i];
    }
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t o = 0; o < k; ++o) {
      double sum = w[i * k + o];
      for (std::size_t j = i + 1; j < n; ++j) sum -= factor[j * n + i] * w[j * k + o];
      w[i * k + o] = sum / factor[i * n + i];
    }
  return w;
}

}  // namespace carousel::forecasting
