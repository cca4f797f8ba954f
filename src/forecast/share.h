// ShareFit: how much of what the networks say is worth adding to the start.
#pragma once

#include <span>
#include <vector>

namespace carousel::forecasting {

/// Least squares of what the start leaves, r, on what the networks say of it, n: a = Σ r n / Σ n². A window's
/// steps err together, so that the windows tell how certain a is: with e = Σ r n - a Σ n² of each of W
/// windows (the inner sums over the window's steps), its squared standard error is
///
///     s² = W / (W - 1) · Σ e² / (Σ n²)²
///
/// (White, "A Heteroskedasticity-Consistent Covariance Matrix Estimator", 1980, by windows). The share is a
/// shrunk by what it may owe to chance, a · max(0, 1 - s² / a²) (the empirical Bayes estimate, with a normal
/// prior around 0 of the variance max(0, a² - s²)), within [0, 1]. One window tells nothing of chance: 0.
class ShareFit {
 public:
  /// One window.
  void add(std::span<const double> networks, std::span<const float> left);
  double share() const;

 private:
  std::vector<double> products_, squares_;  // by window
};

}  // namespace carousel::forecasting
