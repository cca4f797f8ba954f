// Trains with clipping and TensorBoard's log, whole and stopped halfway, and draws what the trainer
// remembers.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "carousel/train.h"
#include "example.h"
#include "report/distribution_map.h"
#include "report/svg.h"

using namespace carousel;

namespace {

const ModelSpec kNetwork{{Lstm{.units = 48}, Dense{.units = 12}}};

struct Watch : TrainObserver {
  Trainer* trainer = nullptr;
  std::int64_t stop_at = 0, clipped = 0;
  void step(const StepEvent& event) override {
    clipped += event.clipped;
    if (event.step == stop_at) trainer->request_stop();
  }
};

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void draw_norms(const Trainer& trainer, const std::string& path) {
  report::GradientData data{.clip_norm = trainer.options().clip_norm};
  for (const GradientPoint& point : trainer.gradient_norms()) {
    data.steps.push_back(static_cast<double>(point.step));
    data.mean.push_back(point.mean);
    data.lowest.push_back(point.lowest);
    data.highest.push_back(point.highest);
    data.clipped.push_back(point.clipped > 0);
  }
  std::ofstream(path) << report::svg_file(report::gradient_norms(data));
}

void draw_histograms(const Trainer& trainer, std::size_t tensor, bool of_gradient, const std::string& path) {
  const auto epochs = trainer.histograms();
  std::vector<std::vector<report::Bucket>> columns;
  for (const EpochHistograms& epoch : epochs) {
    columns.emplace_back();
    const auto& one = epoch.tensors[tensor];
    for (const auto& [low, high, count] : (of_gradient ? one.gradient : one.weights).buckets)
      columns.back().push_back({low, high, static_cast<double>(count)});
  }
  const double step = epochs.size() > 1 ? epochs[1].epoch - epochs[0].epoch : 1;
  const std::string name = epochs[0].tensors[tensor].name + (of_gradient ? ", gradient" : "");
  std::ofstream(path) << report::svg_file(report::distribution_map(
      name, of_gradient ? report::Rows::decades : report::Rows::even, epochs[0].epoch, step, columns));
}

}  // namespace

// usage: logs CO2.csv FOLDER [--short] [--seed N]
int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string folder = argv[2], whole = folder + "/whole", parts = folder + "/parts";
  const example::Arguments arguments(argc - 2, argv + 2);
  example::Result result;
  std::filesystem::remove_all(whole), std::filesystem::remove_all(parts);

  const Prepared data = windows(read_csv(argv[1]), {.target = "co2", .window = 36, .horizon = 12});
  const TrainOptions options{.optimizer = {.rate = 0.003},
                             .epochs = arguments.short_run ? 4 : 60,
                             .seed = arguments.seed,
                             .clip_norm = 0.2,
                             .tensorboard = true};
  Watch watch;
  Trainer trainer(kNetwork, data, options, whole);
  trainer.run(&watch);

  // The same in two parts.
  {
    Trainer first(kNetwork, data, options, parts);
    Watch stop;
    stop.trainer = &first, stop.stop_at = trainer.steps_done() / 2 + 1;
    first.run(&stop);
  }
  Trainer second = Trainer::resume(parts, data);
  second.run();
  for (const char* file : {"/model.safetensors", "/last.safetensors", "/history.csv"})
    result.check(bytes_of(whole + file) == bytes_of(parts + file), file);

  std::int64_t clipped = 0;
  for (const GradientPoint& point : trainer.gradient_norms()) clipped += point.clipped;
  result.check(clipped == watch.clipped && clipped > 0, "the clipped steps are those that the observer saw");

  // The last epoch's histograms against the weights themselves.
  const Model model = trainer.current();
  const auto epochs = trainer.histograms();
  for (std::size_t i = 0; i < model.tensors().size(); ++i) {
    const TensorView tensor = model.tensors()[i];
    std::int64_t all = 0;
    bool equal = true;
    for (const Histogram::Bucket& bucket : epochs.back().tensors[i].weights.buckets) {
      all += bucket.count;
      equal = equal &&
              bucket.count == std::count_if(tensor.values.begin(), tensor.values.end(),
                                            [&](double x) { return x >= bucket.low && x < bucket.high; });
    }
    const bool last = epochs.back().epoch == trainer.history().back().epoch;
    result.check(last && equal && all == static_cast<std::int64_t>(tensor.values.size()),
                 "a histogram is that of the weights");
    std::printf("%-12s %7zu numbers in %3zu buckets\n", tensor.name.c_str(), tensor.values.size(),
                epochs.back().tensors[i].weights.buckets.size());
  }
  draw_norms(trainer, folder + "/gradient-norm.svg");
  draw_histograms(trainer, 1, false, folder + "/recurrent-weights.svg");
  draw_histograms(trainer, 1, true, folder + "/recurrent-gradient.svg");
  draw_histograms(trainer, 2, false, folder + "/biases.svg");
  result.add("steps", static_cast<double>(trainer.steps_done()));
  result.add("clipped", static_cast<double>(clipped));
  return result.finish();
}
