// gradcheck passes on right gradients of every kind of network, and finds a wrong one.
#include "train/gradcheck.h"

#include <gtest/gtest.h>

#include <cmath>

#include "carousel/error.h"

namespace carousel::training {
namespace {

struct Case {
  std::string name;
  ModelSpec spec;
  TrainOptions options;
  GradcheckOptions check;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class Gradcheck : public ::testing::TestWithParam<Case> {};

TEST_P(Gradcheck, BackwardIsTheDerivative) {
  const Case& c = GetParam();
  const auto rows = gradcheck(c.spec, c.options, c.check);
  ASSERT_FALSE(rows.empty());
  for (const GradcheckRow& row : rows) {
    EXPECT_TRUE(row.passed) << row.tensor << ": error " << row.max_error << " at " << row.worst
                            << ", backward " << row.backward << ", difference " << row.difference;
    EXPECT_GT(row.checked, 0u) << row.tensor;
  }
}

const ModelSpec kDeep{{Bidirectional{.merge = Merge::concat,
                                     .returns = Returns::sequence,
                                     .forward = Lstm{.units = 4},
                                     .backward = GruResetBefore{.units = 3}},
                       Dropout{.rate = 0.25f}, PeepholeLstm{.units = 3, .returns = Returns::sequence},
                       Dense{.units = 2}}};

INSTANTIATE_TEST_SUITE_P(
    All, Gradcheck,
    ::testing::Values(
        Case{"elman_full", {{Rnn{.units = 4}, Dense{.units = 2}}}, {}, {.ragged = false}},
        Case{"lstm_ragged", {{Lstm{.units = 4, .recurrent_bias = true}, Dense{.units = 2}}}, {}, {}},
        Case{"dropout_inside",
             {{PeepholeLstm{.units = 4, .dropout = 0.25f, .recurrent_dropout = 0.25f}, Dense{.units = 2}}},
             {},
             {}},
        Case{"dropout_inside_deep",
             {{Bidirectional{.merge = Merge::concat,
                             .returns = Returns::sequence,
                             .forward = Gru{.units = 3, .dropout = 0.25f, .recurrent_dropout = 0.25f},
                             .backward = Lstm{.units = 4, .dropout = 0.25f, .recurrent_dropout = 0.25f}},
               Bidirectional{
                   .merge = Merge::sum,
                   .forward = GruResetBefore{.units = 3, .dropout = 0.2f, .recurrent_dropout = 0.3f},
                   .backward = MinimalGatedUnit{.units = 3, .dropout = 0.2f, .recurrent_dropout = 0.3f}},
               Dense{.units = 2}}},
             {},
             {}},
        Case{"gru_classes",
             {{Gru{.units = 4, .direction = Direction::backward}, Dense{.units = 5}}},
             {},
             {.target = {.classes = 5}}},
        Case{"deep_mask_sums",
             kDeep,
             {.reduce_time = Reduce::sum, .reduce_samples = Reduce::sum},
             {.mask = true}},
        Case{"deep_mae_last", kDeep, {.loss = Loss::mae, .loss_at = LossAt::last}, {}},
        Case{"binary_every_step",
             {{CoupledLstm{.units = 4, .returns = Returns::sequence}, Dense{.units = 2}}},
             {.loss = Loss::binary_cross_entropy},
             {}},
        Case{"l2_of_layers_and_of_options",
             {{Lstm{.units = 3, .l2_w = 0.3f, .l2_u = 0.7f}, Dense{.units = 2}}},
             {.l2 = 0.9, .l2_weights = {"*.W"}},
             {}},
        Case{
            "mgu_merge_mul",
            {{Bidirectional{
                  .merge = Merge::mul, .forward = MinimalGatedUnit{.units = 3}, .backward = Lstm{.units = 3}},
              Dense{.units = 1, .activation = "tanh"}}},
            {},
            {}}),
    [](const auto& one) { return one.param.name; });

TEST(GradcheckTable, NamesEveryTensor) {
  std::vector<std::string> names;
  for (const auto& row : gradcheck({{Lstm{.units = 2}, Dense{.units = 1}}}, {}, {}))
    names.push_back(row.tensor);
  EXPECT_EQ(names, (std::vector<std::string>{"layers.0.W", "layers.0.U", "layers.0.b", "layers.1.W",
                                             "layers.1.b", "initial layers.0.h", "initial layers.0.c", "x"}));
}

TEST(GradcheckTable, AnImpossibleToleranceFails) {
  bool failed = false;
  for (const auto& row : gradcheck({{Lstm{.units = 3}, Dense{.units = 1}}}, {}, {.tolerance = 1e-16}))
    failed |= !row.passed;
  EXPECT_TRUE(failed);
}

// Across the corner of relu, differences over a wide step are not the derivative: the check must say so.
TEST(GradcheckTable, AGradientThatIsNotTheDifferenceIsFound) {
  bool failed = false;
  for (const auto& row : gradcheck({{Activation{.function = "relu"}, Lstm{.units = 3}, Dense{.units = 1}}},
                                   {}, {.difference = 0.5}))
    failed |= row.tensor == "x" && !row.passed;
  EXPECT_TRUE(failed);
}

TEST(GradcheckTable, L2IsPartOfIt) {
  const auto first_of = [](const ModelSpec& spec, const TrainOptions& options) {
    return gradcheck(spec, options, {.entries = 1}).front();
  };
  const ModelSpec plain{{Lstm{.units = 3}, Dense{.units = 1}}},
      asks{{Lstm{.units = 3, .l2_w = 2}, Dense{.units = 1}}};
  const double without = first_of(plain, {}).backward, once = first_of(asks, {}).backward,
               twice = first_of(asks, {.l2 = 2, .l2_weights = {"layers.0.W"}}).backward;
  EXPECT_GT(std::abs(once - without), 1e-3);
  EXPECT_NEAR(twice - once, once - without, 1e-12);
  EXPECT_THROW(gradcheck(plain, {.l2 = 2, .l2_weights = {"layers.7.W"}}, {}), Error);
}

TEST(GradcheckTable, ShapesAreCheckedFirst) {
  EXPECT_THROW(gradcheck({{Lstm{.units = 2}, Dense{.units = 1}}}, {}, {.target = {.classes = 3}}), Error);
}

}  // namespace
}  // namespace carousel::training
