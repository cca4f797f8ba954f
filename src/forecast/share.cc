// Fits the share of the networks.
#include "forecast/share.h"

#include <algorithm>
#include <numeric>

namespace carousel::forecasting {

void ShareFit::add(std::span<const double> networks, std::span<const float> left) {
  products_.push_back(std::inner_product(networks.begin(), networks.end(), left.begin(), 0.0));
  squares_.push_back(std::inner_product(networks.begin(), networks.end(), networks.begin(), 0.0));
}

double ShareFit::share() const {
  const auto windows = static_cast<double>(products_.size());
  const double square = std::accumulate(squares_.begin(), squares_.end(), 0.0);
  if (windows < 2 || !(square > 0)) return 0;
  const double share = std::accumulate(products_.begin(), products_.end(), 0.0) / square;
  if (!(share > 0)) return 0;
  double errors = 0;
  for (std::size_t w = 0; w < products_.size(); ++w) {
    const double error = products_[w] - share * squares_[w];
    errors += error * error;
  }
  const double variance = windows / (windows - 1) * errors / (square * square);
  return std::clamp(share - variance / share, 0.0, 1.0);
}

}  // namespace carousel::forecasting
