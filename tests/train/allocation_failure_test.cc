// Every allocation fails in its turn, through reading a table, a training run with its files, resuming it,
// and a prediction: the caller is told, nothing crashes, leaks or is half written, and the run can be
// resumed.
#include <gtest/gtest.h>

#include <filesystem>

#include "carousel/train.h"
#include "support/fail_allocations.h"
#include "train/folder.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;
using testing::Folder;

std::string text_of_table() {
  std::string text = "month,sales,weather\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(1990 + i / 12) + "-" + std::to_string(101 + i % 12).substr(1) + "," +
            std::to_string(100 + 7 * i % 31) + "," + std::to_string(i % 5) + ".5\n";
  return text;
}

/// Everything that one train and one predict do; returns what is predicted.
std::vector<float> work(const std::string& text, const std::string& folder) {
  const Table table = parse_csv(text);
  const Prepared data = windows(table, {.target = "sales", .window = 6});
  const ModelSpec spec{
      {Bidirectional{.returns = Returns::sequence, .forward = Lstm{.units = 3}, .backward = Gru{.units = 3}},
       Lstm{.units = 4, .returns = Returns::sequence, .recurrent_dropout = 0.2f}, Gru{.units = 3},
       Dense{.units = 1}}};
  TrainOptions options{.batch = 6, .epochs = 1, .tensorboard = true, .threads = 2};
  Trainer(spec, data, options, folder).run();
  options.epochs = 2;
  Trainer::resume(folder, data, &options).run();
  const Model model = load_model(folder + "/model.safetensors");
  const std::vector<float> x(2 * 6 * static_cast<std::size_t>(model.inputs()), 0.25f);
  State state;
  const Output output = model.predict({.data = x.data(), .rows = 2, .steps = 6, .features = model.inputs()},
                                      {.final = &state, .threads = 2});
  return output.values;
}

TEST(AllocationFailure, IsToldAndHarmless) {
  const std::string text = text_of_table();
  const Folder whole("memory_whole");
  testing::fail_each_allocation(
      whole, [&](const std::string& folder) { return work(text, folder); },
      [&](const Folder& folder) {
        for (const auto& entry : fs::directory_iterator(folder.path())) {
          if (entry.path().extension() == ".safetensors") {
            EXPECT_NO_THROW(load_model(entry.path().string()));
          }
        }
        if (!fs::exists(folder.path() + "/last.safetensors")) return;
        const Prepared data = windows(parse_csv(text), {.target = "sales", .window = 6});
        TrainOptions options = checkpoint_options(folder.path());
        options.epochs = 2;
        Trainer::resume(folder.path(), data, &options).run();
        testing::expect_same_files(whole, folder, "after a failed allocation");
      });
}

}  // namespace
}  // namespace carousel
