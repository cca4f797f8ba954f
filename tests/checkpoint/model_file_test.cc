// The model file: what is written comes back, damage is refused with a code, and files of version 1 keep
// loading.
#include "checkpoint/model_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "cells/kinds.h"
#include "files/safetensors.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;

class ModelFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("carousel_model_file_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const char* name = "model.safetensors") const { return (folder_ / name).string(); }

  static ModelSpec spec() {
    return {.layers = {Bidirectional{.merge = Merge::sum,
                                     .returns = Returns::sequence,
                                     .forward = PeepholeLstm{.units = 3},
                                     .backward = Gru{.units = 3, .recurrent_bias = true}},
                       Rnn{.units = 4, .activation = "relu"}, Dense{.units = 2}}};
  }
  static std::string bytes(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Code code_of(const std::string& file) {
    try {
      load_model(file);
    } catch (const Error& error) {
      EXPECT_EQ(error.role(), Role::model) << error.what();
      return error.code();
    }
    return Code::check_failed;
  }
  // The good file with one metadata entry or array changed.
  void rewrite(const std::function<void(std::vector<files::NamedArray>&, files::Metadata&)>& change) {
    const auto file = files::read_safetensors(path());
    std::vector<files::NamedArray> arrays = file.arrays;
    files::Metadata metadata = file.metadata;
    change(arrays, metadata);
    files::write_safetensors(path("changed"), arrays, metadata);
  }
  fs::path folder_;
};

TEST_F(ModelFile, ComesBackAsItWas) {
  const Model model =
      Model::create(spec(), 2, 5).with_notes({R"({"kind":"arrays"})", R"({"epochs":3})", {"no", "yes"}});
  save_model(model, path());
  const Model back = load_model(path());
  ASSERT_EQ(back.tensors().size(), model.tensors().size());
  for (std::size_t i = 0; i < model.tensors().size(); ++i) {
    EXPECT_EQ(back.tensors()[i].name, model.tensors()[i].name);
    EXPECT_TRUE(std::ranges::equal(back.tensors()[i].values, model.tensors()[i].values));
  }
  EXPECT_EQ(back.notes().classes, model.notes().classes);
  EXPECT_EQ(back.notes().training, model.notes().training);
  const std::vector<float> x = {1, 2, -1, 0.5f};
  EXPECT_EQ(back.predict({x.data(), 1, 2, 2}).values, model.predict({x.data(), 1, 2, 2}).values);
  save_model(back, path("again"));
  EXPECT_EQ(bytes(path()), bytes(path("again")));
}

TEST_F(ModelFile, EveryCellPredictsAsBefore) {
  const std::vector<float> x = {1, 2, -1, 0.5f, 3, -2, 0, 1};
  for (const char* cell : cells::kNames) {
    std::vector<std::vector<float>> outputs;
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      const Model model = Model::create(
          {.layers = {Recurrent{.cell = cell, .units = 5, .direction = direction, .recurrent_bias = true},
                      Dense{.units = 2}}},
          2, 9);
      save_model(model, path());
      outputs.push_back(model.predict({x.data(), 1, 4, 2}).values);
      EXPECT_EQ(load_model(path()).predict({x.data(), 1, 4, 2}).values, outputs.back()) << cell;
    }
    EXPECT_NE(outputs[0], outputs[1]) << cell;
  }
}

TEST_F(ModelFile, WeightsHavePlainNames) {
  save_model(Model::create(spec(), 2), path());
  const auto file = files::read_safetensors(path());
  ASSERT_NE(file.find("members.0.layers.0.forward.p"), nullptr);
  EXPECT_EQ(file.find("members.0.layers.0.forward.p")->shape, (std::vector<std::int64_t>{3, 3}));
  EXPECT_EQ(file.find("members.0.layers.0.backward.bu")->shape, (std::vector<std::int64_t>{9}));
  EXPECT_EQ(file.metadata.at("format_version"), "1.0");
}

TEST_F(ModelFile, RefusesDamage) {
  EXPECT_EQ(code_of(path("absent")), Code::model_missing_file);
  save_model(Model::create(spec(), 2), path());
  const auto changed =
      [&](const std::function<void(std::vector<files::NamedArray>&, files::Metadata&)>& change) {
        rewrite(change);
        return code_of(path("changed"));
      };
  using Arrays = std::vector<files::NamedArray>;
  using files::Metadata;
  EXPECT_EQ(changed([](Arrays& a, Metadata&) { a.pop_back(); }), Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays& a, Metadata&) { a.push_back(a[0]), a.back().name = "members.0.layers.9.W"; }),
            Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays& a, Metadata&) { std::swap(a[0].name, a[1].name); }), Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m["format_version"] = "2.0"; }), Code::model_version);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m["format_version"] = "x"; }), Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m["kind"] = "orchestra"; }), Code::model_version);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m["format"] = "pt"; }), Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m.erase("spec"); }), Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m["spec"] = "{"; }), Code::model_bad_format);
  EXPECT_EQ(
      changed([](Arrays&, Metadata& m) { m["spec"] = R"({"layers":[{"kind":"hopfield","units":3}]})"; }),
      Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) {
              m["spec"] = R"({"layers":[{"kind":"lstm","units":3,"zoneout":1}]})";
            }),
            Code::model_bad_format);
  // Refused before memory is taken for it: these weights would need 13 GB.
  EXPECT_EQ(
      changed([](Arrays&, Metadata& m) { m["spec"] = R"({"layers":[{"kind":"lstm","units":30000}]})"; }),
      Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m["inputs"] = "0"; }), Code::model_bad_format);
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m["classes"] = "[1]"; }), Code::model_bad_format);
  const std::string nested = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(changed([&](Arrays&, Metadata& m) { m["training"] = nested; }), Code::model_bad_format);
  // A newer minor version and keys that this one does not know are read.
  EXPECT_EQ(changed([](Arrays&, Metadata& m) { m["format_version"] = "1.7", m["mood"] = "fine"; }),
            Code::check_failed);
}

TEST_F(ModelFile, RefusesEveryTruncation) {
  save_model(Model::create({.layers = {Rnn{.units = 2}}}, 1), path());
  const std::string whole = bytes(path());
  for (std::size_t n = 0; n < whole.size(); n += 7) {
    std::ofstream(path("cut"), std::ios::binary) << whole.substr(0, n);
    EXPECT_EQ(code_of(path("cut")), Code::model_bad_format) << n << " of " << whole.size() << " bytes";
  }
}

TEST_F(ModelFile, AFileOfVersion1KeepsLoading) {
  const std::string fixture = std::string(CAROUSEL_SOURCE_DIR) + "/tests/checkpoint/fixtures/v1.safetensors";
  const Model model = load_model(fixture);
  EXPECT_EQ(model.inputs(), 2);
  EXPECT_EQ(model.notes().classes, (std::vector<std::string>{"no", "yes"}));
  // h of a relu RNN with W = 1, U = 0, b = 0 is relu(x0 + x1); the dense layer doubles it and adds 0.5.
  const std::vector<float> x = {1, 2, -4, 1};
  EXPECT_EQ(model.predict({x.data(), 2, 1, 2}).values, (std::vector<float>{6.5f, 0.5f}));
}

TEST_F(ModelFile, CarriesTheStateOfTraining) {
  const Model model = Model::create({.layers = {Dense{.units = 1}}}, 1);
  model::Network<float> network(model.spec(), 1);
  const auto parameters = network.initialise(1);
  const std::vector<float> moment = {0.25f, -1.0f};
  checkpoint::write(path(), {model.spec(),
                             1,
                             {&parameters},
                             model.notes(),
                             {{"optimizer.m.layers.0.W", {2}, moment}},
                             Json{{"step", 7}}});
  const auto back = checkpoint::read(path());
  ASSERT_EQ(back.extra.size(), 1u);
  EXPECT_EQ(back.extra[0].name, "optimizer.m.layers.0.W");
  EXPECT_EQ(back.extra[0].values, moment);
  EXPECT_EQ(back.training_state["step"], 7);
}

}  // namespace
}  // namespace carousel
