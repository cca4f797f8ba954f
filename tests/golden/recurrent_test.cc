// Whole networks of recurrent layers against PyTorch, Keras, ONNX and autograd: outputs, states and all
// gradients.
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "base/team.h"
#include "model/network.h"
#include "model/spec_json.h"
#include "support/compare.h"
#include "support/golden_case.h"

namespace carousel {
namespace {

using testing::Bound;
using testing::GoldenCase;

/// "layers.0.W" -> "layers.0.dW".
std::string gradient_name(std::string name) {
  return name.insert(name.rfind('.') + 1, "d");
}

struct How {
  Layout layout = Layout::batch_major;
  int threads = 1;
  bool poison = false;  ///< NaN in x and dy beyond each row's length
};

/// A network of a case, run forward and backward: dense arrays by the case's names.
template <class T>
class GoldenNetwork {
 public:
  GoldenNetwork(const GoldenCase& golden, const How& how)
      : case_(golden),
        how_(how),
        team_(how.threads),
        spec_(spec_from_json(Json{{"layers", golden.golden.at("layers")}})),
        rows_(golden.size("x", 0)),
        steps_(golden.size("x", 1)),
        network_(spec_, golden.size("x", 2)),
        parameters_(network_.zeros()) {
    for (auto& parameter : parameters_)
      if (golden.has(parameter.name)) {
        const auto values = golden.numbers<T>(parameter.name);
        EXPECT_EQ(values.size(), parameter.values.size()) << parameter.name;
        std::copy(values.begin(), values.end(), parameter.values.data());
      }
    network_.pack(parameters_);
    if (golden.has("lengths")) lengths_ = golden.numbers<std::int32_t>("lengths");
    for (const StateInfo& state : network_.states()) {
      const std::size_t count = static_cast<std::size_t>(rows_ * state.units);
      if (golden.has(state.name + "0")) initial_.push_back(golden.numbers<T>(state.name + "0"));
      d_final_.push_back(golden.numbers<T>(gradient_name(state.name) + "_final"));
      final_.emplace_back(count), d_initial_.emplace_back(count);
    }
    EXPECT_TRUE(initial_.empty() || initial_.size() == network_.states().size());
  }

  std::map<std::string, std::vector<T>> operator()() {
    std::vector<T> x = laid_out(case_.numbers<T>("x"), true);
    std::vector<T> dy = laid_out(case_.numbers<T>("dy"), network_.output().sequence);
    std::map<std::string, std::vector<T>> found;
    const std::vector<const T*> initial = pointers<const T>(initial_), d_final = pointers<const T>(d_final_);
    const std::vector<T*> final = pointers<T>(final_), d_initial = pointers<T>(d_initial_);

    layers::Pass pass{.training = true, .lengths = lengths_, .team = &team_};
    model::Workspace<T> workspace = network_.make_workspace();
    found["y"] = dense(network_.forward(pass, view(x, steps_), initial, workspace));
    network_.final_states(workspace, final);
    model::Parameters<T> gradients = network_.zeros();
    found["dx"] = dense(network_.backward(pass,
                                          {.dy = view(dy, network_.output().sequence ? steps_ : 1),
                                           .d_final = d_final,
                                           .d_initial = d_initial,
                                           .want_dx = true},
                                          workspace, gradients));

    std::size_t i = 0;
    for (const StateInfo& state : network_.states()) {
      found[state.name + "_final"] = final_[i];
      found[gradient_name(state.name) + "0"] = d_initial_[i++];
    }
    for (const auto& g : gradients)
      found[gradient_name(g.name)] = {g.values.data(), g.values.data() + g.values.size()};

    pass.training = false;
    found["y, inferred"] = dense(network_.forward(pass, view(x, steps_), initial, workspace));
    return found;
  }

 private:
  template <class P, class A>
  static std::vector<P*> pointers(A& arrays) {
    std::vector<P*> list;
    for (auto& array : arrays) list.push_back(array.data());
    return list;
  }

  /// [B, T, F] in the layout asked for; [B, F] stays.
  std::vector<T> laid_out(std::vector<T> from, bool sequence) const {
    if (!sequence) return from;
    const int features = static_cast<int>(from.size()) / (rows_ * steps_);
    if (how_.poison && !lengths_.empty())
      for (int b = 0; b < rows_; ++b)
        std::fill(from.begin() + (b * steps_ + lengths_[static_cast<std::size_t>(b)]) * features,
                  from.begin() + (b + 1) * steps_ * features, std::numeric_limits<T>::quiet_NaN());
    std::vector<T> to(from.size());
    const SeqView<T> source = batch_major(from.data(), rows_, steps_, features);
    const SeqView<T> target = how_.layout == Layout::time_major
                                  ? time_major(to.data(), steps_, rows_, features)
                                  : batch_major(to.data(), rows_, steps_, features);
    for (int b = 0; b < rows_; ++b)
      for (int t = 0; t < steps_; ++t) std::copy_n(source.at(t, b), features, target.at(t, b));
    return to;
  }

  SeqView<const T> view(const std::vector<T>& array, int steps) const {
    const int features = static_cast<int>(array.size()) / (rows_ * steps);
    return how_.layout == Layout::time_major ? time_major(array.data(), steps, rows_, features)
                                             : batch_major(array.data(), rows_, steps, features);
  }

  /// [B, T, F] of any view.
  static std::vector<T> dense(SeqView<const T> from) {
    std::vector<T> to;
    for (int b = 0; b < from.rows; ++b)
      for (int t = 0; t < from.steps; ++t) to.insert(to.end(), from.at(t, b), from.at(t, b) + from.features);
    return to;
  }

  const GoldenCase& case_;
  How how_;
  Team team_;
  ModelSpec spec_;
  int rows_, steps_;
  model::Network<T> network_;
  model::Parameters<T> parameters_;
  std::vector<std::int32_t> lengths_;
  std::vector<std::vector<T>> initial_, final_, d_initial_, d_final_;
};

class GoldenRecurrent : public ::testing::TestWithParam<std::string> {
 protected:
  GoldenRecurrent() : case_(testing::load_golden(GetParam())) {}

  /// Every tensor of the file that is not given must have been found.
  template <class T>
  void check(const std::map<std::string, std::vector<T>>& found, Bound bound) const {
    int compared = 0;
    for (const files::NamedArray& expected : case_.file.arrays) {
      if (expected.dtype != files::Dtype::f64) continue;
      const auto at = found.find(expected.name);
      ASSERT_NE(at, found.end()) << expected.name;
      testing::expect_close<T>(case_.name + ": " + expected.name, at->second,
                               case_.numbers<double>(expected.name), bound);
      ++compared;
    }
    EXPECT_GE(compared, 5);
    EXPECT_EQ(found.at("y, inferred"), found.at("y"));
  }

  /// A number is a sum of n products: I + H in a step, B · T in a weight's gradient, and some ten roundings
  /// more in the activations; every step and layer passes the error of the one before it on. Roundings are
  /// independent, so their sum grows with the root of their number: four times that, in half units of the
  /// array's largest number. (The largest errors seen are a fifth of it.)
  Bound float_bound() const {
    int H = 0;
    for (const files::NamedArray& array : case_.file.arrays)
      if (array.shape.size() == 2) H = std::max(H, static_cast<int>(array.shape[1]));
    const int B = case_.size("x", 0), T = case_.size("x", 1), I = case_.size("x", 2);
    const double n = std::max(I + H, B * T) + 10,
                 layers = static_cast<double>(case_.golden.at("layers").size());
    return {.absolute = 4 * 0x1p-24 * std::sqrt(n * (T + 1) * layers)};
  }

  GoldenCase case_;
};

TEST_P(GoldenRecurrent, InDouble) {
  const Bound bound{.relative = 1e-11, .absolute = 1e-13};
  for (const Layout layout : {Layout::batch_major, Layout::time_major})
    check<double>(GoldenNetwork<double>(case_, {.layout = layout})(), bound);
}

TEST_P(GoldenRecurrent, InFloat) {
  const auto found = GoldenNetwork<float>(case_, {})();
  check<float>(found, float_bound());
  EXPECT_EQ(GoldenNetwork<float>(case_, {.layout = Layout::time_major, .threads = 2})(), found);
  EXPECT_EQ(GoldenNetwork<float>(case_, {.threads = 3})(), found);
}

using GoldenRagged = GoldenRecurrent;

TEST_P(GoldenRagged, WhatIsBeyondALengthDoesNotMatter) {
  EXPECT_EQ(GoldenNetwork<float>(case_, {.poison = true})(), GoldenNetwork<float>(case_, {})());
  EXPECT_EQ(GoldenNetwork<double>(case_, {.poison = true})(), GoldenNetwork<double>(case_, {})());
}

std::vector<std::string> ragged_names() {
  std::vector<std::string> names = testing::golden_names("recurrent");
  std::erase_if(names, [](const std::string& name) { return !testing::load_golden(name).has("lengths"); });
  return names;
}

std::string name_of(const ::testing::TestParamInfo<std::string>& instance) {
  return instance.param;
}

INSTANTIATE_TEST_SUITE_P(, GoldenRecurrent, ::testing::ValuesIn(testing::golden_names("recurrent")), name_of);
INSTANTIATE_TEST_SUITE_P(, GoldenRagged, ::testing::ValuesIn(ragged_names()), name_of);

}  // namespace
}  // namespace carousel
