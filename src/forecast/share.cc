// Fits the share of the networks.
#include "forecast/share.h"

#include <algorithm>
#include <numeric>

namespace carousel::forecasting {

void ShareFit::add(std::int64_t origin, std::span<const double> networks, std::span<const float> left) {
  windows_.push_back({origin, std::inner_product(networks.begin(), networks.end(), left.begin(), 0.0),
                      std::inner_product(networks.begin(), networks.end(), networks.begin(), 0.0)});
}

double ShareFit::share() const {
  std::vector<Window> windows = windows_;
  std::sort(windows.begin(), windows.end(),
            [](const Window& a, const Window& b) { return a.origin < b.origin; });
  double product = 0, square = 0;
  for (const Window& window : windows) product += window.product, square += window.square;
  if (windows.size() < 2 || !(square > 0) || !(product > 0)) return 0;
  const double share = product / square;
  const auto error = [&](const Window& window) { return window.product - share * window.square; };
  double errors = 0;
  for (std::size_t i = 0; i < windows.size(); ++i)
    for (std::size_t j = i; j < windows.size(); ++j) {
      const auto apart = static_cast<double>(windows[j].origin - windows[i].origin) / horizon_;
      if (apart >= 1 && j > i) break;
      errors += (i == j ? 1 : 2 * (1 - apart)) * error(windows[i]) * error(windows[j]);
    }
  const auto rows = static_cast<double>(windows.back().origin - windows.front().origin);
  const double side_by_side = std::min(static_cast<double>(windows.size()), 1 + rows / horizon_);
  const double variance = side_by_side / (side_by_side - 1) * errors / (square * square);
  return std::min(share, 1.0) * std::clamp(1 - variance / (share * share), 0.0, 1.0);
}

}  // namespace carousel::forecasting
