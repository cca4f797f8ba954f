// What a run tells TensorBoard: scalars of steps, scalars and histograms of epochs.
#include <bit>
#include <cmath>
#include <filesystem>

#include "carousel/error.h"
#include "files/atomic_writer.h"
#include "train/run.h"

namespace carousel {
namespace {

/// Every step up to this one is told, then every second up to twice as many, and so on: of ten million
/// steps fifty thousand.
constexpr std::int64_t kEveryStep = 8192;

bool is_told(std::int64_t step) {
  return step % static_cast<std::int64_t>(
                    std::bit_ceil(static_cast<std::uint64_t>((step + kEveryStep - 1) / kEveryStep))) ==
         0;
}

events::Histogram histogram_of(std::string tag, const training::Distribution& from) {
  events::Histogram histogram{.tag = std::move(tag),
                              .low = from.low,
                              .high = from.high,
                              .count = static_cast<double>(from.count),
                              .sum = from.sum,
                              .squares = from.squares};
  // A bucket reaches from the limit before it, the first one from `low`: an empty one spans each gap.
  double reached = INFINITY;
  for (const Histogram::Bucket& bucket : training::with_edges(from.buckets)) {
    if (bucket.low > reached) histogram.limits.push_back(bucket.low), histogram.counts.push_back(0);
    histogram.limits.push_back(reached = bucket.high);
    histogram.counts.push_back(static_cast<double>(bucket.count));
  }
  return histogram;
}

}  // namespace

events::EventFile& Trainer::Impl::event_file() {
  if (!open_events) {
    files::make_folder(folder);
    // Of what is there stays what the checkpoint knows of; where it knows of none (a run that begins, a log
    // that was off), the steps before it.
    const events::Kept kept{saved_step, progress.events};
    open_events = std::make_unique<events::EventFile>(
        (std::filesystem::path(folder) / events::kFileName).string(), kept);
  }
  return *open_events;
}

void Trainer::Impl::log_step(const StepEvent& event) {
  if (!is_told(event.step)) return;
  std::vector<events::Scalar> scalars = {{"loss/batch", event.loss}, {"gradient/norm", event.gradient_norm}};
  if (event.accuracy) scalars.push_back({"accuracy/batch", *event.accuracy});
  if (options.clip_norm > 0 || options.clip_value > 0)
    scalars.push_back({"gradient/clipped", event.clipped ? 1.0 : 0.0});
  event_file().add(event.step, scalars);
}

void Trainer::Impl::log_epoch(const EpochRecord& record, const std::vector<training::Distribution>& weights,
                              const std::vector<training::Distribution>& gradients) {
  std::vector<events::Scalar> scalars = {{"loss/train", record.train_loss},
                                         {"optimizer/rate", *options.optimizer.rate}};
  const auto add = [&](const char* tag, const std::optional<double>& value) {
    if (value) scalars.push_back({tag, *value});
  };
  add("loss/validation", record.validation_loss);
  add("accuracy/train", record.train_accuracy);
  add("accuracy/validation", record.validation_accuracy);
  std::vector<events::Histogram> histograms;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::string& name = learner.weights()[i].name;
    histograms.push_back(histogram_of("weights/" + name, weights[i]));
    if (i < gradients.size()) histograms.push_back(histogram_of("gradients/" + name, gradients[i]));
  }
  event_file().add(record.step, scalars, histograms);
}

std::exception_ptr Trainer::Impl::settle_events() {
  if (!writes_events()) return nullptr;
  try {
    event_file().sync();
    if (!progress.cut_short) progress.events = event_file().bytes();
    return nullptr;
  } catch (const Error&) {
    if (!progress.cut_short) progress.events.reset();  // then the steps say what is the checkpoint's own
    return std::current_exception();
  }
}

}  // namespace carousel
