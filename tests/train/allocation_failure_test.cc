// Every allocation fails in its turn, through reading a table, a training run with its files, resuming it,
// and a prediction: the caller is told, nothing crashes, leaks or is half written, and the run can be
// resumed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "carousel/error.h"
#include "carousel/train.h"
#include "support/allocations.h"
#include "support/sanitized.h"
#include "train/folder.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;
using testing::Folder;

/// Every so many allocations one fails; CAROUSEL_EVERY_ALLOCATION=1 has each of them.
std::int64_t stride() {
  if (std::getenv("CAROUSEL_EVERY_ALLOCATION")) return 1;
#ifdef CAROUSEL_SANITIZED
  return 211;
#else
  return 53;
#endif
}

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
  const std::vector<float> expected = work(text, whole.path());
  const std::int64_t before = testing::allocations;
  std::optional<Folder> first(std::in_place, "memory_count");
  work(text, first->path());
  const std::int64_t all = testing::allocations - before;
  first.reset();
  int told = 0, survived = 0;
  for (std::int64_t n = 1; n <= all && !::testing::Test::HasFailure(); n += stride()) {
    SCOPED_TRACE("allocation " + std::to_string(n) + " of " + std::to_string(all));
    const Folder folder("memory_parts");
    testing::failing_allocation = testing::allocations + n;
    bool failed = false;
    try {
      const std::vector<float> values = work(text, folder.path());
      testing::failing_allocation = 0;
      EXPECT_EQ(values, expected);
    } catch (const std::bad_alloc&) {
      failed = true;
    } catch (const Error& error) {
      EXPECT_EQ(error.role(), Role::resource) << error.what();
      failed = true;
    }
    testing::failing_allocation = 0;
    ++(failed ? told : survived);
    if (fs::exists(folder.path()))
      for (const auto& entry : fs::directory_iterator(folder.path())) {
        EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
        if (entry.path().extension() == ".safetensors") {
          EXPECT_NO_THROW(load_model(entry.path().string()));
        }
      }
    if (!fs::exists(folder.path() + "/last.safetensors")) continue;
    const Prepared data = windows(parse_csv(text), {.target = "sales", .window = 6});
    TrainOptions options = checkpoint_options(folder.path());
    options.epochs = 2;
    Trainer::resume(folder.path(), data, &options).run();
    testing::expect_same_files(whole, folder, "after a failed allocation");
  }
  EXPECT_GT(told, survived);  // what can be done without: threads, spare memory for JSON
  std::cout << all << " allocations: " << told << " failed ones were told, " << survived << " done without\n";
}

}  // namespace
}  // namespace carousel
