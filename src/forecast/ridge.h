// Ridge regression: the linear map with the smallest squared error plus lambda times its own squares, by one
// Cholesky.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace carousel::forecasting {

/// Gathers XᵀX and XᵀY of any number of rows, then solves (XᵀX + λ I) W = XᵀY. All in double.
class Ridge {
 public:
  Ridge(int inputs, int outputs);

  /// Adds rows: x is [n, inputs], y is [n, outputs].
  void add(std::span<const double> x, std::span<const double> y);

  /// W [inputs, outputs]. λ > 0 makes the system definite whatever the data; throws check_not_finite when a
  /// row was not finite.
  /// The last `free` inputs, such as a constant, are not shrunk.
  std::vector<double> solve(double lambda, int free = 0) const;

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }

 private:
  int inputs_, outputs_;
  std::vector<double> xx_;  // [inputs, inputs], the lower triangle and what the blocks touch above it
  std::vector<double> xy_;  // [inputs, outputs]
};

}  // namespace carousel::forecasting
