// A saved state: comes back bit for bit, goes on where it stood, and is refused where it does not belong.
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "carousel/error.h"
#include "carousel/session.h"

namespace carousel {
namespace {

class StateFile : public testing::Test {
 protected:
  StateFile()
      : path_((std::filesystem::temp_directory_path() /
               ("carousel_state_" + std::to_string(getpid()) + ".safetensors"))
                  .string()) {}
  ~StateFile() override { std::filesystem::remove(path_); }

  static Model make(std::uint64_t seed) {
    return Model::create({.layers = {Lstm{.units = 5, .returns = Returns::sequence},
                                     Gru{.units = 7, .returns = Returns::sequence}, Dense{.units = 2}}},
                         3, seed);
  }
  Code refused(const Model& model) const {
    try {
      load_state(model, path_);
    } catch (const Error& error) {
      return error.code();
    }
    return Code{};
  }

  const std::string path_;
  const std::vector<float> x_ = {0.5f, -1.0f, 2.0f, 0.25f, 1.5f, -0.75f};  // [rows, inputs]
};

TEST_F(StateFile, GoesOnWhereItStood) {
  const Model model = make(1);
  Session session(model, 2);
  for (int i = 0; i < 4; ++i) session.step(x_);
  save_state(model, session.state(), path_);
  const State state = load_state(model, path_);
  EXPECT_EQ(state.rows, 2);
  EXPECT_EQ(state.values, session.state().values);
  const auto y = session.step(x_);
  const std::vector<float> expected(y.begin(), y.end());
  Session later(model, 2);
  later.set_state(state);
  const auto z = later.step(x_);
  EXPECT_EQ(std::vector<float>(z.begin(), z.end()), expected);
  // The same model from its file, and with other notes.
  const std::string model_path = path_ + ".model";
  save_model(model, model_path);
  EXPECT_EQ(load_state(load_model(model_path), path_).values, state.values);
  std::filesystem::remove(model_path);
  EXPECT_EQ(load_state(model.with_notes({.training = "{\"best\": 1}"}), path_).values, state.values);
}

TEST_F(StateFile, IsRefusedWhereItDoesNotBelong) {
  save_state(make(1), make(1).zero_state(2), path_);
  EXPECT_EQ(load_state(make(1), path_).rows, 2);
  EXPECT_EQ(refused(make(2)), Code::model_mismatch);  // other weights
  EXPECT_EQ(refused(Model::create({.layers = {Lstm{.units = 5}}}, 3)), Code::model_mismatch);
  EXPECT_THROW(load_model(path_), Error);
  EXPECT_THROW(save_state(make(1), {.rows = 2, .values = {1.0f}}, path_), Error);
  EXPECT_EQ(load_state(make(1), path_).rows, 2);  // what stood there stands

  save_model(make(1), path_);
  EXPECT_EQ(refused(make(1)), Code::model_bad_format);
  std::ofstream(path_) << "no state";
  EXPECT_EQ(refused(make(1)), Code::model_bad_format);
  std::filesystem::remove(path_);
  EXPECT_EQ(refused(make(1)), Code::model_missing_file);
}

}  // namespace
}  // namespace carousel
