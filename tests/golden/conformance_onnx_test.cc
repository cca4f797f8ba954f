// ONNX's own node tests of RNN, LSTM and GRU, where their files are there.
#include <gtest/gtest.h>

#include <set>

#include "support/compare.h"
#include "support/data_folder.h"
#include "support/infer.h"
#include "support/onnx_file.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;
using testing::Given;
using testing::OnnxNode;
using testing::OnnxTensor;

fs::path folder() {
  return testing::data_folder() / "conformance" / "onnx_node";
}

/// The node test as a network of ours.
Given given_by(const OnnxNode& node, const std::map<std::string, OnnxTensor>& tensors) {
  const bool has_peepholes = tensors.contains("P");
  const auto attribute = [&](const char* name) {
    const auto at = node.whole.find(name);
    return at == node.whole.end() ? 0 : at->second;
  };
  Recurrent layer{.units = static_cast<int>(attribute("hidden_size")), .returns = Returns::sequence};
  layer.recurrent_bias = tensors.contains("B");
  std::vector<int> order;  // of their gates, in our order
  if (node.type == "RNN") {
    layer.cell = "rnn", order = {0};
  } else if (node.type == "LSTM") {  // theirs: i o f c
    layer.cell = has_peepholes ? "peephole-lstm" : "lstm", order = {0, 2, 3, 1};
  } else {  // theirs: z r h
    layer.cell = attribute("linear_before_reset") != 0 ? "gru" : "gru-reset-before", order = {1, 0, 2};
  }
  const std::vector<std::int64_t>& shape = tensors.at("X").shape;
  const bool batch_first = attribute("layout") == 1;
  Given given{.spec = {{layer}},
              .x = tensors.at("X").values,
              .rows = static_cast<int>(shape[batch_first ? 0 : 1]),
              .steps = static_cast<int>(shape[batch_first ? 1 : 0]),
              .features = static_cast<int>(shape[2]),
              .layout = batch_first ? Layout::batch_major : Layout::time_major};
  given.weights["layers.0.W"] = testing::reordered(tensors.at("W").values, order);
  given.weights["layers.0.U"] = testing::reordered(tensors.at("R").values, order);
  if (layer.recurrent_bias) {
    const auto& both = tensors.at("B").values;
    const auto middle = both.begin() + static_cast<std::ptrdiff_t>(both.size() / 2);
    given.weights["layers.0.b"] = testing::reordered({both.begin(), middle}, order);
    given.weights["layers.0.bu"] = testing::reordered({middle, both.end()}, order);
  }
  if (has_peepholes) given.weights["layers.0.p"] = testing::reordered(tensors.at("P").values, {0, 2, 1});
  if (tensors.contains("initial_h")) given.states["layers.0.h"] = tensors.at("initial_h").values;
  if (tensors.contains("initial_c")) given.states["layers.0.c"] = tensors.at("initial_c").values;
  if (tensors.contains("sequence_lens")) {
    const auto& lengths = tensors.at("sequence_lens").values;
    given.lengths.assign(lengths.begin(), lengths.end());
  }
  return given;
}

/// Their numbers come from a float network: some few roundings of theirs and of ours, in half units of the
/// largest.
constexpr testing::Bound kBound{.absolute = 8 * 0x1p-24};

template <class T>
int compare(const Given& given, const fs::path& outputs) {
  const auto found = testing::infer<T>(given);
  int compared = 0;
  for (int k = 0; fs::exists(outputs / ("output_" + std::to_string(k) + ".pb")); ++k, ++compared) {
    const OnnxTensor expected = testing::read_onnx_tensor(outputs / ("output_" + std::to_string(k) + ".pb"));
    // With one direction their Y and Y_h hold our numbers in our order.
    const std::vector<T>& ours = expected.name == "Y" ? found.y : found.states.at("layers.0.h");
    testing::expect_close<T>(expected.name, ours, expected.values, kBound);
  }
  return compared;
}

TEST(ConformanceOnnx, NodeTests) {
  if (!fs::exists(folder())) GTEST_SKIP() << "no " << folder();
  std::set<std::string> types;
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(folder())) {
    SCOPED_TRACE(entry.path().filename().string());
    const OnnxNode node = testing::read_onnx_node(entry.path() / "model.onnx");
    const fs::path set = entry.path() / "test_data_set_0";
    std::map<std::string, OnnxTensor> tensors;
    for (const auto& file : fs::directory_iterator(set))
      if (file.path().filename().string().starts_with("input_")) {
        OnnxTensor tensor = testing::read_onnx_tensor(file.path());
        ASSERT_NE(std::find(node.inputs.begin(), node.inputs.end(), tensor.name), node.inputs.end());
        tensors[tensor.name] = std::move(tensor);
      }
    const Given given = given_by(node, tensors);
    EXPECT_GE(compare<double>(given, set), 1);
    EXPECT_GE(compare<float>(given, set), 1);
    types.insert(node.type), ++cases;
  }
  EXPECT_EQ(cases, 12);
  EXPECT_EQ(types.size(), 3u);
}

}  // namespace
}  // namespace carousel
