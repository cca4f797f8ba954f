// ShareFit: how much of what the networks say is worth adding to the start.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace carousel::forecasting {

/// Least squares of what the start leaves, r, on what the networks say of it, n: a = Σ r n / Σ n². How
/// certain a is, the windows tell. With e = Σ r n - a Σ n² of each of W windows (sums over the window's
/// steps), which begin at the rows t and whose H steps overlap, its squared standard error is
///
///     s² = E / (E - 1) · ΣΣ max(0, 1 - |tᵢ - tⱼ| / H) eᵢ eⱼ / (Σ n²)²,   E = min(W, 1 + (max t - min t) / H)
///
/// (Newey and West, "A Simple, Positive Semi-Definite, Heteroskedasticity and Autocorrelation Consistent
/// Covariance Matrix", 1987; E windows fit side by side). The share is a, 1 at most, shrunk by what it may
/// owe to chance: min(1, a) · max(0, 1 - s² / a²) (the empirical Bayes estimate, with a normal prior around 0
/// of the variance max(0, a² - s²)). One window tells nothing of chance: 0.
class ShareFit {
 public:
  explicit ShareFit(int horizon) : horizon_(horizon) {}
  /// A window whose first target is in the row `origin`; in any order.
  void add(std::int64_t origin, std::span<const double> networks, std::span<const float> left);
  /// 0 ... 1.
  double share() const;

 private:
  struct Window {
    std::int64_t origin;
    double product, square;  ///< Σ r n, Σ n²
  };

  int horizon_;
  std::vector<Window> windows_;
};

}  // namespace carousel::forecasting
