// Rung 5 for whole models of every cell, three layers deep, in both directions: rows, threads and layout
// change no bit.
#include <gtest/gtest.h>

#include "base/random.h"
#include "carousel/model.h"
#include "support/every_cell.h"

namespace carousel {
namespace {

using Which = std::tuple<cells::Kind, Direction>;

class ModelLaws : public ::testing::TestWithParam<Which> {
 protected:
  static constexpr int kRows = 7, kSteps = 6, kFeatures = 3, kOutputs = 2;

  Model model() const {
    const auto& [kind, direction] = GetParam();
    const Recurrent cell{.cell = cells::kNames[static_cast<int>(kind)],
                         .units = 9,
                         .w_init = "normal(0.5)",
                         .b_init = "normal(0.5)"};
    Recurrent first = cell;
    first.returns = Returns::sequence, first.direction = direction, first.recurrent_bias = true;
    return Model::create(
        {.layers = {first, Bidirectional{.returns = Returns::sequence, .forward = cell, .backward = cell},
                    first, Dense{.units = kOutputs}}},
        kFeatures, 3);
  }
  std::vector<float> x() const {
    const Random random(23, Random::Use::test);
    std::vector<float> v(kRows * kSteps * kFeatures);
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(random.normal(i));
    return v;
  }
  const std::vector<std::int32_t> lengths_ = {4, 6, 0, 1, 6, 2, 5};
};

TEST_P(ModelLaws, ARowAloneIsTheRowInAnyBatch) {
  const Model whole = model();
  const auto in = x();
  const Output all = whole.predict({in.data(), kRows, kSteps, kFeatures, Layout::batch_major, lengths_});
  for (int b = 0; b < kRows; ++b) {
    std::vector<float> alone;
    if (const int length = lengths_[static_cast<std::size_t>(b)])
      alone = whole.predict({in.data() + b * kSteps * kFeatures, 1, length, kFeatures}).values;
    alone.resize(kSteps * kOutputs, 0.0f);
    const auto row = all.values.begin() + b * kSteps * kOutputs;
    EXPECT_EQ(std::vector<float>(row, row + kSteps * kOutputs), alone) << "row " << b;
  }
}

TEST_P(ModelLaws, ThreadsAndLayoutChangeNoBit) {
  const Model whole = model();
  const auto in = x();
  std::vector<float> turned(in.size());
  for (int i = 0; i < kRows * kSteps; ++i)
    std::copy_n(in.begin() + i * kFeatures, kFeatures,
                turned.begin() + (i % kSteps * kRows + i / kSteps) * kFeatures);
  const auto expected =
      whole.predict({in.data(), kRows, kSteps, kFeatures, Layout::batch_major, lengths_}, {.threads = 1})
          .values;
  for (const int threads : {1, 2, 3})
    EXPECT_EQ(whole
                  .predict({turned.data(), kRows, kSteps, kFeatures, Layout::time_major, lengths_},
                           {.threads = threads})
                  .values,
              expected)
        << threads;
}

INSTANTIATE_TEST_SUITE_P(Cells, ModelLaws,
                         ::testing::Combine(::testing::ValuesIn(carousel::testing::every_cell()),
                                            ::testing::Values(Direction::forward, Direction::backward)),
                         [](const auto& which) {
                           return carousel::testing::case_name(std::get<0>(which.param)) +
                                  (std::get<1>(which.param) == Direction::backward ? "_backward"
                                                                                   : "_forward");
                         });

}  // namespace
}  // namespace carousel
