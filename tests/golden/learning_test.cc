// Losses, optimisers and clipping against PyTorch and TensorFlow.
#include <gtest/gtest.h>

#include "loss/criterion.h"
#include "optim/clip.h"
#include "optim/method.h"
#include "support/compare.h"
#include "support/golden_case.h"

namespace carousel {
namespace {

using testing::Bound;
using testing::GoldenCase;
using testing::load_golden;

std::string name_of(const ::testing::TestParamInfo<std::string>& instance) {
  return instance.param;
}

class GoldenLoss : public ::testing::TestWithParam<std::string> {
 protected:
  GoldenLoss() : case_(load_golden(GetParam())) {}

  static Loss loss_of(const std::string& name) {
    if (name == "mse") return Loss::mse;
    if (name == "mae") return Loss::mae;
    return name == "binary_cross_entropy" ? Loss::binary_cross_entropy : Loss::cross_entropy;
  }

  template <class T>
  void check(Bound of_gradient) const {
    const int B = case_.size("prediction", 0), Ty = case_.size("prediction", 1),
              K = case_.size("prediction", 2);
    const auto prediction = case_.numbers<T>("prediction");
    std::vector<float> numbers, mask;
    std::vector<std::int32_t> classes;
    loss::Targets targets{.steps = Ty, .longest = Ty};
    if (case_.array("target").dtype == files::Dtype::i64) {
      classes = case_.numbers<std::int32_t>("target");
      targets.classes = classes.data();
    } else {
      numbers = case_.numbers<float>("target");
      targets.numbers = numbers.data();
      targets.values = K;
    }
    if (case_.has("mask")) targets.mask = mask = case_.numbers<float>("mask");
    for (const auto& [time, time_name] : {std::pair{Reduce::sum, "sum"}, {Reduce::mean, "mean"}})
      for (const auto& [samples, samples_name] : {std::pair{Reduce::sum, "sum"}, {Reduce::mean, "mean"}}) {
        const std::string reduced = std::string(".") + time_name + "." + samples_name;
        loss::Criterion<T> criterion(
            {.loss = loss_of(case_.golden.at("options").at("loss")), .time = time, .samples = samples});
        std::vector<T> dy(prediction.size(), T(7));
        Team team(1);
        const loss::Sum sum = criterion(batch_major(prediction.data(), B, Ty, K), targets,
                                        batch_major(dy.data(), B, Ty, K), team);
        const double value = sum.value(samples);
        testing::expect_close<double>("value" + reduced, std::span(&value, 1),
                                      case_.numbers<double>("value" + reduced), {.relative = 1e-13});
        testing::expect_close<T>("dprediction" + reduced, dy, case_.numbers<double>("dprediction" + reduced),
                                 of_gradient);
      }
  }

  GoldenCase case_;
};

TEST_P(GoldenLoss, InDouble) {
  check<double>({.relative = 1e-12, .absolute = 1e-14});
}

// At most four roundings: of the difference y - v, of the two factors and of the product.
TEST_P(GoldenLoss, InFloat) {
  check<float>({.relative = 4 * 0x1p-24, .absolute = 1e-14});
}

INSTANTIATE_TEST_SUITE_P(, GoldenLoss, ::testing::ValuesIn(testing::golden_names("loss")), name_of);

class GoldenOptimizer : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenOptimizer, FiveSteps) {
  const GoldenCase golden = load_golden(GetParam());
  const Json& options = golden.golden.at("options");
  const std::map<std::string, OptimizerKind> kinds = {{"sgd", OptimizerKind::sgd},
                                                      {"rmsprop", OptimizerKind::rmsprop},
                                                      {"adam", OptimizerKind::adam},
                                                      {"adamw", OptimizerKind::adamw}};
  Optimizer asked{.kind = kinds.at(options.at("kind"))};
  const auto set = [&](const char* key, std::optional<double>& to) {
    if (options.contains(key)) to = options.at(key).get<double>();
  };
  set("rate", asked.rate), set("momentum", asked.momentum), set("beta1", asked.beta1),
      set("beta2", asked.beta2);
  set("rho", asked.rho), set("epsilon", asked.epsilon), set("weight_decay", asked.weight_decay);
  const auto method = optim::make_method(optim::resolved(asked));
  const int steps = golden.golden.at("steps");
  for (const std::string name : golden.golden.at("parameters")) {
    auto w = golden.numbers<float>("init." + name);
    std::vector<std::vector<float>> slots(method->slots().size(), std::vector<float>(w.size()));
    std::vector<float*> slot_pointers;
    for (auto& slot : slots) slot_pointers.push_back(slot.data());
    for (int step = 0; step < steps; ++step) {
      const std::string at = std::to_string(step) + "." + name;
      auto g = golden.numbers<float>("grad." + at);
      if (options.contains("l2")) optim::add_l2(options.at("l2"), w, g);
      method->update(step + 1, *asked.rate, {},
                     {.size = w.size(), .w = w.data(), .g = g.data(), .slots = slot_pointers});
      // Each step rounds w once and adds a move whose own roundings weigh no more than another one.
      testing::expect_close<float>("after." + at, w, golden.numbers<double>("after." + at),
                                   {.absolute = 2 * (step + 1) * 0x1p-24});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, GoldenOptimizer, ::testing::ValuesIn(testing::golden_names("optimizer")), name_of);

class GoldenClip : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenClip, Gradients) {
  const GoldenCase golden = load_golden(GetParam());
  const Json& options = golden.golden.at("options");
  const bool by_norm = options.at("by") == "norm";
  double squares = 0.0;
  for (const std::string name : golden.golden.at("parameters"))
    squares += optim::sum_of_squares(golden.numbers<float>("grad." + name));
  const double norm = std::sqrt(squares), limit = options.at("limit");
  if (by_norm)
    testing::expect_close<double>("norm", std::span(&norm, 1), golden.numbers<double>("norm"),
                                  {.relative = 1e-13});
  const optim::Clip clip = optim::make_clip(norm, by_norm ? limit : 0.0, by_norm ? 0.0 : limit);
  for (const std::string name : golden.golden.at("parameters")) {
    auto g = golden.numbers<float>("grad." + name);
    for (float& v : g) v = clip(v);
    // The factor and the product are rounded, or the limit.
    testing::expect_close<float>("clipped." + name, g, golden.numbers<double>("clipped." + name),
                                 {.relative = 0x1p-23});
  }
}

INSTANTIATE_TEST_SUITE_P(, GoldenClip, ::testing::ValuesIn(testing::golden_names("clip")), name_of);

}  // namespace
}  // namespace carousel
