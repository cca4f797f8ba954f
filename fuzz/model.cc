// Fuzzes model files: read, described, run on a few steps, streamed; and as forecasters of a table.
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

void only_errors(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    error.what();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile input("model.safetensors");
  input.write(data, size);
  only_errors([] {
    const Model model = load_model(input.path());
    model.summary();
    run(model);
  });
  only_errors([] { forecast(load_forecaster(input.path())); });
  return 0;
}
