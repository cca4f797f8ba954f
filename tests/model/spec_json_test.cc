// Specs survive the way to JSON and back; wrong ones are refused with the setting's path and a hint.
#include "model/spec_json.h"

#include <gtest/gtest.h>

namespace carousel {
namespace {

ModelSpec every_layer() {
  return {.layers = {Dense{.units = 7, .activation = "relu", .l2_w = 1e-4f},
                     Bidirectional{.merge = Merge::sum,
                                   .returns = Returns::sequence,
                                   .forward = Lstm{.units = 5, .forget_bias = 0.5f, .w_init = "normal(0.1)"},
                                   .backward = Gru{.units = 5, .recurrent_bias = true}},
                     Activation{.function = "tanh"}, Dropout{.rate = 0.2f},
                     PeepholeLstm{.units = 3, .direction = Direction::backward, .init_per = InitPer::joint}}};
}

Error error_of(const std::string& layer) {
  try {
    layer_from_json(Json::parse(layer), "layer[0]");
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "accepted: " << layer;
  return Error(Code::check_failed, {});
}

TEST(SpecJson, ComesBackAsItWas) {
  const Json once = spec_to_json(every_layer());
  EXPECT_EQ(spec_to_json(spec_from_json(once)).dump(), once.dump());
  EXPECT_EQ(once["layers"][1]["backward"]["kind"], "gru");
  EXPECT_EQ(once["layers"][1]["backward"]["recurrent_bias"], true);
  EXPECT_EQ(once["layers"][4]["direction"], "backward");
  EXPECT_EQ(once["layers"][3]["rate"].dump(), "0.2");  // as people write it, not 0.20000000298
}

TEST(SpecJson, LeavesDefaultsToTheStruct) {
  const Recurrent layer =
      std::get<Recurrent>(layer_from_json(Json::parse(R"({"kind":"lstm","units":4})"), ""));
  EXPECT_EQ(layer.cell, "lstm");
  EXPECT_EQ(layer.units, 4);
  EXPECT_EQ(layer.forget_bias, 1.0f);
  EXPECT_EQ(layer.u_init, "orthogonal");
}

TEST(SpecJson, RefusesWithPathAndHint) {
  Error error = error_of(R"({"kind":"lstn","units":4})");
  EXPECT_EQ(error.code(), Code::usage_unknown_word);
  EXPECT_EQ(error.info().hint, "did you mean 'lstm'?");
  error = error_of(R"({"kind":"lstm","unit":4})");
  EXPECT_EQ(error.info().where, "layer[0].unit");
  EXPECT_EQ(error.info().hint, "did you mean 'units'?");
  error = error_of(R"({"kind":"lstm","units":0})");
  EXPECT_EQ(error.code(), Code::usage_bad_value);
  EXPECT_EQ(error.info().where, "layer[0].units");
  EXPECT_EQ(error_of(R"({"kind":"lstm","units":2.5})").code(), Code::usage_bad_value);
  EXPECT_EQ(error_of(R"({"kind":"lstm","units":"4"})").code(), Code::usage_bad_value);
  EXPECT_EQ(error_of(R"({"kind":"lstm"})").code(), Code::usage_missing);
  EXPECT_EQ(error_of(R"({"units":4})").code(), Code::usage_missing);
  EXPECT_EQ(error_of(R"({"kind":"lstm","units":4,"returns":"all"})").code(), Code::usage_bad_value);
  EXPECT_EQ(error_of(R"({"kind":"dropout","rate":1})").code(), Code::usage_bad_value);
  EXPECT_EQ(error_of(R"({"kind":"bidirectional","forward":{"kind":"lstm","units":4}})").code(),
            Code::usage_missing);
  EXPECT_EQ(
      error_of(
          R"({"kind":"bidirectional","forward":{"kind":"lstm","units":4},"backward":{"kind":"dense","units":4}})")
          .info()
          .where,
      "layer[0].backward.kind");
  EXPECT_EQ(error_of(R"([4])").code(), Code::usage_missing);
}

}  // namespace
}  // namespace carousel
