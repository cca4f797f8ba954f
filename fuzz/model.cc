// Fuzzes model files: read, described, run on a few steps, streamed; as forecasters of a table; and as what a
// run goes on from.
#include <functional>
#include <vector>

#include "carousel/data.h"
#include "carousel/error.h"
#include "carousel/forecaster.h"
#include "carousel/model.h"
#include "carousel/session.h"
#include "input_file.h"

namespace {

using namespace carousel;

constexpr int kSteps = 3;
constexpr std::size_t kMostNumbers = 1 << 16;  // a model without weights may be of a million features

bool is_small(const Model& model) {
  return static_cast<std::size_t>(model.inputs()) * kSteps < kMostNumbers &&
         static_cast<std::size_t>(model.outputs()) < kMostNumbers && model.state_size() < kMostNumbers;
}

void run(const Model& model) {
  if (!is_small(model)) return;
  const std::vector<float> x(static_cast<std::size_t>(model.inputs()) * kSteps, 0.5f);
  model.predict({.data = x.data(), .rows = 1, .steps = kSteps, .features = model.inputs()});
  Session session(model);
  session.step(std::span(x).first(static_cast<std::size_t>(model.inputs())));
}

void forecast(const Forecaster& forecaster) {
  static const Table table = parse_csv("a,b\n1,2\n2,3\n3,5\n5,8\n8,13\n13,21\n");
  if (is_small(forecaster.members().front()))
    forecaster.predict(table, *all_windows(table, forecaster.preparation()), 1);
}

/// Takes up a run of this data, of which the corpus has checkpoints.
void go_on(const std::string& folder) {
  static const Prepared data = windows(parse_csv("a\n1\n2\n3\n5\n8\n13\n21\n34\n55\n89\n"),
                                       {.window = 2, .horizon = 1, .season = 1, .log = Log::off});
  const TrainOptions options = checkpoint_options(folder);
  if (options.batch <= 64 && options.epochs.value_or(1) <= 1000 && !options.tensorboard)
    Trainer::resume(folder, data, &options);
}

void only_errors(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    error.what();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile input("last.safetensors");
  input.write(data, size);
  only_errors([] {
    const Model model = load_model(input.path());
    model.summary();
    run(model);
  });
  only_errors([] { forecast(load_forecaster(input.path())); });
  only_errors([] { go_on(std::filesystem::path(input.path()).parent_path().string()); });
  return 0;
}
