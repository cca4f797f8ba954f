// What a start leaves of the targets of windows, for networks to learn.
#pragma once

#include <memory>

#include "carousel/data.h"
#include "forecast/series.h"

namespace carousel::forecasting {

/// A linear autoregression with the table that it sees.
struct Started {
  Table table;  ///< `series` looks into it
  Preparation preparation;
  Series series;
  LinearAutoregression fit;

  /// Fitted on the training part.
  explicit Started(const Prepared& data);
  Started(const Prepared& data, LinearAutoregression fitted);
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;
};

/// Windows of the start's table whose targets are what the start leaves of them, prepared as they are.
std::shared_ptr<const Dataset> left_by(std::shared_ptr<const Started> start,
                                       std::shared_ptr<const Dataset> windows);

}  // namespace carousel::forecasting
