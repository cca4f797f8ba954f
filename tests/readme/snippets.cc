// The C++ that pages show in part, compiled among the names that it takes for granted, and run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include "carousel/model.h"
#include "carousel/session.h"
#include "carousel/step.h"

namespace carousel {

// docs/streaming.md: a step, then a chunk, gives what the whole sequence gives.
TEST(Snippets, Streaming) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "carousel-snippets";
  std::filesystem::create_directories(folder / "runs/sales");
  std::filesystem::current_path(folder);
  const Model whole = Model::create({{Lstm{.units = 3, .returns = Returns::sequence}, Dense{.units = 2}}}, 1);
  save_model(whole, "runs/sales/model.safetensors");
  const std::vector<float> sequence = {0.5f, -1.0f, 0.25f, 2.0f};
  const std::span<const float> x = std::span(sequence).first(1), chunk = std::span(sequence).subspan(1);
  std::vector<float> outputs(6);
  {
#include "snippets/streaming.inc"
    const std::vector<float> expected = whole.predict({sequence.data(), 1, 4, 1}).values;
    EXPECT_TRUE(std::equal(outputs.begin(), outputs.end(), expected.begin() + 2));
    EXPECT_EQ(session.state().values, state.values);
    EXPECT_EQ(y.size(), 2u);
  }
  std::filesystem::current_path("/");
  std::filesystem::remove_all(folder);
}

Matrix filled(int rows, int columns) {
  return {rows, columns, std::vector<float>(static_cast<std::size_t>(rows * columns), 0.5f)};
}

// examples/step-functions: with weights of 0.5 all units of a row do the same, and rows differ in nothing.
TEST(Snippets, StepFunctions) {
  const Matrix x = filled(2, 3), state = init_state(2, 4), c = state;
  const Matrix W_xh = filled(3, 4), W_hh = filled(4, 4), b_h = filled(1, 4), W_hq = filled(4, 5),
               b_q = filled(1, 5);
  const Matrix W_xi = W_xh, W_xf = W_xh, W_xo = W_xh, W_xc = W_xh, W_hi = W_hh, W_hf = W_hh, W_ho = W_hh,
               W_hc = W_hh, b_i = b_h, b_f = b_h, b_o = b_h, b_c = b_h;
  {
#include "snippets/step-functions.inc"
    const double a = 3 * 0.5 * 0.5 + 0.5, gate = 1 / (1 + std::exp(-(a + 4 * 0.5 * std::tanh(a))));
    EXPECT_NEAR(h.values[7], std::tanh(a), 1e-6);
    EXPECT_NEAR(y.values[9], 4 * 0.5 * std::tanh(a) + 0.5, 1e-6);
    EXPECT_NEAR(state.second.values[7], gate * std::tanh(a + 4 * 0.5 * std::tanh(a)), 1e-6);  // c, from 0
    EXPECT_EQ(z.rows, 2);
  }
}

// examples/unrolled: a step's gradient reaches the weights of the cell through all steps before it.
TEST(Snippets, Unrolled) {
  constexpr int T = 4;
  StepLayer<double> cell(Rnn{.units = 2}, 1), dense(Dense{.units = 1}, 2);
  const std::vector<std::vector<double>> x(T, std::vector<double>{0.5}), dy(T, std::vector<double>{1.0});
  std::vector<StepLayer<double>::Tape> tapes(T), dense_tapes(T);
  std::vector<double> state = cell.zero_state(1), d_state = state, none, h, y;
#include "snippets/unrolled.inc"
  EXPECT_EQ(h, state);
  EXPECT_EQ(y.size(), 1u);
  const auto parameters = cell.parameters();
  EXPECT_TRUE(std::any_of(parameters[1].gradient.begin(), parameters[1].gradient.end(),
                          [](double g) { return g != 0.0; }));
  // dL/db of the dense layer: a 1 from each step.
  EXPECT_DOUBLE_EQ(dense.parameters().back().gradient[0], T);
}

}  // namespace carousel
