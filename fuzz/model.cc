// Fuzzes model files: read, described, run on a few steps, streamed, and their preparation used on a table.
#include "carousel/model.h"
#include "base/fields_json.h"
#include "carousel/error.h"
#include "carousel/session.h"
#include "data/preparation_json.h"
#include "input_file.h"
#include "parts.h"

namespace {

using namespace carousel;

constexpr int kSteps = 3;
constexpr std::size_t kMostNumbers = 1 << 16;  // a model without weights may be of a million features

void run(const Model& model) {
  const auto size = static_cast<std::size_t>(model.inputs()) * kSteps;
  if (size > kMostNumbers || model.state_size() > kMostNumbers) return;
  const std::vector<float> x(size, 0.5f);
  model.predict({.data = x.data(), .rows = 1, .steps = kSteps, .features = model.inputs()});
  Session session(model);
  session.step(std::span(x).first(static_cast<std::size_t>(model.inputs())));
}

/// As `carousel predict` does it.
void prepare_as(const Model& model) {
  static const fuzz::InputFile table("table.csv");
  static const bool written = [] {
    const std::string text = "a,b\n1,2\n2,3\n3,5\n5,8\n8,13\n13,21\n";
    table.write(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return true;
  }();
  static_cast<void>(written);
  const Preparation fitted = data::preparation_from_json(Json::parse(model.notes().preparation), "model");
  const Inputs inputs = read_inputs({.file = table.path()}, fitted);
  fuzz::gather_all(*inputs.data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile input("model.safetensors");
  input.write(data, size);
  try {
    const Model model = load_model(input.path());
    model.summary();
    run(model);
    prepare_as(model);
  } catch (const Error& error) {
    error.what();
  }
  return 0;
}
