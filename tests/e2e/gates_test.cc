// Gates through the program: what carousel inspect --on writes is what the library computes, and no more than
// was asked for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "carousel/activations.h"
#include "e2e/program.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

constexpr int kRows = 12, kSteps = 7, kFeatures = 2;

std::vector<float> numbers() {
  std::vector<float> x;
  for (int i = 0; i < kRows * kSteps * kFeatures; ++i)
    x.push_back(static_cast<float>((i * 37) % 100) / 50 - 1);
  return x;
}

class Gates : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shop = new Workshop;
    shop->write("x.npy", npy({kRows, kSteps, kFeatures}, numbers()));
    shop->write("y.npy", npy({kRows}, std::vector<float>(kRows, 0.5f)));
    std::vector<std::int32_t> lengths(kRows, kSteps);
    lengths[4] = 3;
    std::string file = npy({kRows}, std::vector<float>(kRows, 0.0f));  // then of whole numbers
    file.replace(file.find("<f4"), 3, "<i4");
    std::memcpy(file.data() + file.size() - sizeof(std::int32_t) * kRows, lengths.data(),
                sizeof(std::int32_t) * kRows);
    shop->write("l.npy", file);
    shop->write("net.toml", R"([[layer]]
kind = "bidirectional"
returns = "sequence"
forward = { kind = "lstm", units = 4 }
backward = { kind = "gru", units = 3 }
[[layer]]
kind = "dropout"
rate = 0.5
[[layer]]
kind = "rnn"
units = 5
[[layer]]
kind = "dense"
)");
    const Ran ran = run(shop->path(), {"train", "x.npy", "--target", "y.npy", "--settings", "net.toml",
                                       "--scale", "none", "--epochs", "1", "--out", "run"});
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
  static void TearDownTestSuite() { delete shop, shop = nullptr; }

  /// Of sequence 4, of which three steps count.
  static std::vector<LayerActivations> expected() {
    const Model model = load_model((shop->path() / "run/model.safetensors").string());
    const std::vector<float> x = numbers();
    return activations(model, {x.data() + 4 * kSteps * kFeatures, 1, 3, kFeatures});
  }

  static Workshop* shop;
};
Workshop* Gates::shop = nullptr;

TEST_F(Gates, CsvIsWhatTheLibraryComputes) {
  const Ran ran = run(shop->path(), {"inspect", "run", "--on", "x.npy", "--lengths", "l.npy", "--sequence",
                                     "4", "--csv", "-"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  std::istringstream lines(ran.out);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "layer,direction,gate,unit,step,value");
  for (const LayerActivations& layer : expected())
    for (const Trace& trace : layer.traces)
      for (int unit = 0; unit < layer.units; ++unit)
        for (int step = 0; step < 3; ++step) {
          const std::string head = std::to_string(layer.layer) +
                                   (layer.direction == Direction::forward ? ",forward," : ",backward,") +
                                   trace.name + "," + std::to_string(unit) + "," + std::to_string(step) + ",";
          ASSERT_TRUE(std::getline(lines, line));
          ASSERT_EQ(line.substr(0, head.size()), head);
          EXPECT_EQ(std::strtof(line.c_str() + head.size(), nullptr),
                    trace.values[static_cast<std::size_t>(step * layer.units + unit)])
              << line;
        }
  EXPECT_FALSE(std::getline(lines, line)) << line;
}

TEST_F(Gates, TheFolderHoldsPicturesInTheOrderOfMemory) {
  const Ran ran = run(shop->path(), {"inspect", "run", "--on", "x.npy", "--lengths", "l.npy", "--sequence",
                                     "4", "--out", "new/gates"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("sequence 4 of 12, 3 steps"), std::string::npos) << ran.out;
  std::string memory = "layer,direction,unit,rank,memory\n";
  for (const LayerActivations& layer : expected()) {
    std::vector<int> order = layer.by_memory();
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end(), [&](int a, int b) {
      return layer.memory[static_cast<std::size_t>(a)] > layer.memory[static_cast<std::size_t>(b)];
    }));
    const std::string direction = layer.direction == Direction::forward ? "forward" : "backward";
    for (const Trace& trace : layer.traces) {
      const std::string picture = shop->read("new/gates/layer" + std::to_string(layer.layer) + "-" +
                                             direction + "-" + trace.name + ".svg");
      std::size_t at = 0;
      for (const int unit : order) {  // from top to bottom
        const std::size_t next =
            picture.find("text-anchor=\"end\" fill=\"var(--dim)\">" + std::to_string(unit) + "<", at);
        EXPECT_NE(next, std::string::npos) << trace.name << " " << unit;
        at = next;
      }
    }
  }
  EXPECT_EQ(shop->read("new/gates/memory.csv").substr(0, memory.size()), memory);
  EXPECT_NE(shop->read("new/gates/gates.html").find("f = σ(W_f x + U_f h₋₁ + b_f)"), std::string::npos);
  EXPECT_TRUE(shop->has("new/gates/gates.csv"));
  const Ran again = run(shop->path(), {"inspect", "run", "--on", "x.npy", "--out", "new/gates"});
  EXPECT_EQ(again.status, 2) << again.err;
  EXPECT_EQ(run(shop->path(), {"inspect", "run", "--on", "x.npy", "--out", "new/gates", "--force"}).status,
            0);
}

TEST_F(Gates, NothingIsWrittenThatWasNotAskedFor) {
  const auto before = shop->contents();
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"inspect", "run"},
                                             {"inspect", "run", "--on", "x.npy"},
                                             {"inspect", "run", "--on", "x.npy", "--csv", "-"}})
    EXPECT_EQ(run(shop->path(), words).status, 0);
  EXPECT_EQ(shop->contents(), before);
}

TEST_F(Gates, JsonSaysTheSameOfOneLayer) {
  const Ran ran = run(shop->path(), {"inspect", "run", "--on", "x.npy", "--lengths", "l.npy", "--sequence",
                                     "4", "--layer", "2", "--json"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const Json json = Json::parse(ran.out);  // one line: the only direction of layer 2
  const LayerActivations layer = expected().at(2);
  EXPECT_EQ(json["cell"], "rnn");
  EXPECT_EQ(json["units"], 5);
  EXPECT_EQ(json["steps"], 3);
  ASSERT_EQ(json["traces"].size(), 1u);
  const std::vector<float>& h = layer.traces.at(0).values;
  double sum = 0;
  for (const float v : h) sum += v;
  EXPECT_NEAR(json["traces"][0]["mean"], sum / static_cast<double>(h.size()), 1e-12);
  EXPECT_EQ(json["traces"][0]["lowest"], *std::min_element(h.begin(), h.end()));
  EXPECT_EQ(json["memory"].get<std::vector<double>>(), layer.memory);
}

TEST_F(Gates, AWindowOfATableIsSeenAsTheNetworkSeesIt) {
  shop->write("sales.csv", sales_csv(80));
  ASSERT_EQ(run(shop->path(), {"train", "sales.csv", "--target", "sales", "--units", "4", "--epochs", "1",
                               "--window", "24", "--out", "sales"})
                .status,
            0);
  const Ran ran = run(shop->path(), {"inspect", "sales", "--on", "sales.csv", "--sequence", "2"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("2010-03 to 2012-02, 24 steps"), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace carousel::e2e
