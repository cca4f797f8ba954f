// Networks that others trained or drew in Keras and PyTorch, with what they put out, where their files are
// there.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "support/compare.h"
#include "support/data_folder.h"
#include "support/infer.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Given;

const std::vector<int> kKerasLstm = {0, 1, 2, 3},
                       kKerasGru = {1, 0, 2};  // their i f c o and z r h, in our order

json read_json(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

std::vector<double> read_column(const fs::path& path) {
  std::ifstream file(path);
  return {std::istream_iterator<double>(file), {}};
}

/// All numbers of nested arrays, row by row.
std::vector<double> flat(const json& array) {
  if (array.is_number()) return {array.get<double>()};
  std::vector<double> all;
  for (const json& part : array) {
    const std::vector<double> numbers = flat(part);
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  return all;
}

std::vector<double> transposed(const json& matrix) {
  std::vector<double> all;
  for (std::size_t column = 0; column < matrix[0].size(); ++column)
    for (const json& row : matrix) all.push_back(row[column].get<double>());
  return all;
}

/// Keras' list of layers as RTNeural stores it: kernels are [in, out].
void add_keras_layer(const json& layer, Given& given) {
  const std::string name = "layers." + std::to_string(given.spec.layers.size()) + ".";
  const std::string type = layer.at("type"), activation = layer.at("activation");
  const json& weights = layer.at("weights");
  const int units = layer.at("shape").back();
  if (type == "dense" || type == "time-distributed-dense") {
    given.spec.layers.push_back(
        Dense{.units = units, .activation = activation.empty() ? "linear" : activation});
    given.weights[name + "W"] = transposed(weights[0]);
    given.weights[name + "b"] = flat(weights[1]);
    return;
  }
  ASSERT_TRUE(type == "lstm" || type == "gru") << type;
  const bool gru = type == "gru";
  const auto& order = gru ? kKerasGru : kKerasLstm;
  given.spec.layers.push_back(
      Recurrent{.cell = type, .units = units, .returns = Returns::sequence, .recurrent_bias = gru});
  given.weights[name + "W"] = testing::reordered(transposed(weights[0]), order);
  given.weights[name + "U"] = testing::reordered(transposed(weights[1]), order);
  given.weights[name + "b"] = testing::reordered(flat(gru ? weights[2][0] : weights[2]), order);
  if (gru) given.weights[name + "bu"] = testing::reordered(flat(weights[2][1]), order);
}

/// PyTorch's state dict: one recurrent layer, three more, and a dense one.
Given given_by_pytorch(const json& dict, const std::string& cell) {
  Given given;
  for (const std::string at : {"l0", "2.l0", "2.l1", "2.l2"}) {
    const std::string name = "layers." + std::to_string(given.spec.layers.size()) + ".";
    const std::string theirs = cell + (at[0] == '2' ? "2." : "."), layer = "_" + at.substr(at.size() - 2);
    const json& U = dict.at(theirs + "weight_hh" + layer);
    given.spec.layers.push_back(Recurrent{.cell = cell,
                                          .units = static_cast<int>(U[0].size()),
                                          .returns = Returns::sequence,
                                          .recurrent_bias = true});
    given.weights[name + "W"] = flat(dict.at(theirs + "weight_ih" + layer));
    given.weights[name + "U"] = flat(U);
    given.weights[name + "b"] = flat(dict.at(theirs + "bias_ih" + layer));
    given.weights[name + "bu"] = flat(dict.at(theirs + "bias_hh" + layer));
  }
  given.spec.layers.push_back(Dense{.units = 1});
  given.weights["layers.4.W"] = flat(dict.at("dense.weight"));
  given.weights["layers.4.b"] = flat(dict.at("dense.bias"));
  return given;
}

/// Expected numbers come from a float network, so they carry its errors: in float ours and theirs, in double
/// theirs.
void check(const Given& given, const std::vector<double>& expected, testing::Bound bound) {
  testing::expect_close<double>("y in double", testing::infer<double>(given).y, expected, bound);
  testing::expect_close<float>("y in float", testing::infer<float>(given).y, expected, bound);
}

class ConformanceRtneural : public ::testing::TestWithParam<std::string> {};

TEST_P(ConformanceRtneural, Sequence) {
  const fs::path folder = testing::data_folder() / "conformance" / "rtneural";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  const std::string name = GetParam();
  const json file = read_json(folder / (name + ".json"));
  Given given;
  if (name.ends_with("_torch"))
    given = given_by_pytorch(file, name.substr(0, name.find('_')));
  else
    for (const json& layer : file.at("layers")) add_keras_layer(layer, given);
  given.x = read_column(folder / (name + "_x_python.csv"));
  given.rows = given.features = 1;
  given.steps = static_cast<int>(given.x.size());
  EXPECT_GE(given.steps, 100);
  check(given, read_column(folder / (name + "_y_python.csv")), {.absolute = 32 * 0x1p-24});
}

INSTANTIATE_TEST_SUITE_P(, ConformanceRtneural, ::testing::Values("lstm", "gru", "lstm_torch", "gru_torch"),
                         [](const auto& instance) { return instance.param; });

class ConformancePyTorch : public ::testing::TestWithParam<std::string> {};

TEST_P(ConformancePyTorch, Sequences) {
  const fs::path path =
      testing::data_folder() / "conformance" / "pytorch_f32" / ("lstm_" + GetParam() + "_f32.json");
  if (!fs::exists(path)) GTEST_SKIP() << "no " << path;
  const json file = read_json(path);
  const auto size = [&](const char* key) { return std::stoi(file.at("config").at(key).get<std::string>()); };
  Given given{.spec = {{Lstm{.units = size("HIDDEN_SIZE"), .returns = Returns::sequence}}},
              .x = flat(file.at("input")),
              .rows = size("BATCH_SIZE"),
              .steps = size("TIME_STEPS"),
              .features = size("INPUT_SIZE"),
              .layout = size("TIME_MAJOR") == 1 ? Layout::time_major : Layout::batch_major};
  for (const char* gate : {"input_gate", "forget_gate", "cell_gate", "output_gate"})
    for (const auto& [theirs, ours] :
         {std::pair{"input_weights", "W"}, {"hidden_weights", "U"}, {"bias", "b"}}) {
      const std::vector<double> block = flat(file.at(gate).at(theirs));
      auto& to = given.weights[std::string("layers.0.") + ours];
      to.insert(to.end(), block.begin(), block.end());
    }
  check(given, flat(file.at("expected_output")), {.absolute = 16 * 0x1p-24});
}

INSTANTIATE_TEST_SUITE_P(, ConformancePyTorch, ::testing::Values("small", "medium"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace carousel
