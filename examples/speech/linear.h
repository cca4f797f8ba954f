// The yardstick of the speech networks: least squares from the frames around each frame.
#pragma once

#include <span>
#include <vector>

#include "carousel/data.h"
#include "forecast/ridge.h"

namespace example {

/// Mean squared error, as a network's (mean over coordinates, frames, sequences), of the linear map from the
/// frames t
/// + lag of each sequence (zero beyond its ends) that is fitted on `train`; on `test`.
inline double linear_error(const carousel::Dataset& train, const carousel::Dataset& test,
                           std::span<const int> lags) {
  const int F = train.features(), K = train.target().values, inputs = static_cast<int>(lags.size()) * F + 1;
  carousel::Batch batch;
  std::vector<double> x, y;
  const auto read = [&](const carousel::Dataset& data, std::int64_t index) {
    data.gather(std::vector<std::int64_t>{index}, batch);
    x.assign(static_cast<std::size_t>(batch.steps * inputs), 0.0);
    for (int t = 0; t < batch.steps; ++t) {
      double* row = x.data() + t * inputs;
      for (std::size_t l = 0; l < lags.size(); ++l, row += F)
        if (const int from = t + lags[l]; from >= 0 && from < batch.steps)
          std::copy_n(batch.x.data() + from * F, F, row);
      *row = 1.0;
    }
    y.assign(batch.values.begin(), batch.values.end());
  };
  carousel::forecasting::Ridge ridge(inputs, K);
  for (std::int64_t i = 0; i < train.count(); ++i) read(train, i), ridge.add(x, y);
  const std::vector<double> w = ridge.solve(1.0, 1);
  double sum = 0.0;
  for (std::int64_t i = 0; i < test.count(); ++i) {
    read(test, i);
    double squares = 0.0;
    for (int t = 0; t < batch.steps; ++t)
      for (int k = 0; k < K; ++k) {
        double error = -y[static_cast<std::size_t>(t * K + k)];
        for (int j = 0; j < inputs; ++j)
          error += x[static_cast<std::size_t>(t * inputs + j)] * w[static_cast<std::size_t>(j * K + k)];
        squares += error * error;
      }
    sum += squares / (batch.steps * K);
  }
  return sum / static_cast<double>(test.count());
}

}  // namespace example
