// Takes the start off the targets.
#include "forecast/residuals.h"

#include "forecast/baselines.h"
#include "forecast/forecaster_impl.h"

namespace carousel::forecasting {
namespace {

class Residuals final : public Dataset {
 public:
  Residuals(std::shared_ptr<const Started> start, std::shared_ptr<const Dataset> windows)
      : start_(std::move(start)), windows_(std::move(windows)) {}

  std::int64_t count() const override { return windows_->count(); }
  int max_steps() const override { return windows_->max_steps(); }
  int features() const override { return windows_->features(); }
  TargetShape target() const override { return windows_->target(); }
  std::int64_t id(std::int64_t index) const override { return windows_->id(index); }
  int length(std::int64_t index) const override { return windows_->length(index); }
  void gather(std::span<const std::int64_t> indices, Batch& batch) const override {
    windows_->gather(indices, batch);
    const std::vector<float> start = prepared_start(start_->fit, start_->series, start_->preparation, batch);
    for (std::size_t i = 0; i < batch.values.size(); ++i) batch.values[i] -= start[i];
  }

 private:
  std::shared_ptr<const Started> start_;
  std::shared_ptr<const Dataset> windows_;
};

}  // namespace

Started::Started(const Prepared& data)
    : table(*data.table),
      preparation(data.preparation),
      series(series_of(table, preparation)),
      fit(series, origins_of(*data.train)) {}

Started::Started(const Prepared& data, LinearAutoregression fitted)
    : table(*data.table),
      preparation(data.preparation),
      series(series_of(table, preparation)),
      fit(std::move(fitted)) {}

std::shared_ptr<const Dataset> left_by(std::shared_ptr<const Started> start,
                                       std::shared_ptr<const Dataset> windows) {
  return std::make_shared<Residuals>(std::move(start), std::move(windows));
}

}  // namespace carousel::forecasting
