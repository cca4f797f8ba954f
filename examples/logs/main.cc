// Trains with clipping and TensorBoard's log, whole and stopped halfway, and draws what the trainer
// remembers.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "carousel/train.h"
#include "cli/traces.h"
#include "example.h"
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

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"CO2.csv", "FOLDER"});
  const std::string &folder = arguments.words[1], whole = folder + "/whole", parts = folder + "/parts";
  example::Result result;
  std::filesystem::remove_all(whole), std::filesystem::remove_all(parts);

  const Prepared data = windows(read_csv(arguments.words[0]), {.target = "co2", .window = 36, .horizon = 12});
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
  // The pictures of report.html; of each tensor its weights and its gradient.
  const auto draw = [&](const char* name, const auto& picture) {
    std::ofstream(folder + "/" + name) << report::svg_file(picture);
  };
  const std::vector<report::HeatMap> maps = cli::histogram_section(trainer.record()).heat_maps;
  draw("gradient-norm.svg", cli::gradient_section(trainer.record()).charts[0]);
  draw("recurrent-weights.svg", maps[2]);
  draw("recurrent-gradient.svg", maps[3]);
  draw("biases.svg", maps[4]);
  result.add("steps", static_cast<double>(trainer.steps_done()));
  result.add("clipped", static_cast<double>(clipped));
  return result.finish();
}
