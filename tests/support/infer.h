// infer: a network with given weights, run over sequences once, for tests that know what must come out.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/team.h"
#include "model/network.h"

namespace carousel::testing {

/// What is given to a network; a weight or state that is not named is 0.
struct Given {
  ModelSpec spec;
  std::map<std::string, std::vector<double>> weights;  ///< "layers.0.W", ...
  std::map<std::string, std::vector<double>> states;   ///< "layers.0.h", ...: [B, H]; all of them or none
  std::vector<double> x;
  int rows = 0, steps = 0, features = 0;
  Layout layout = Layout::batch_major;  ///< of x and of y
  std::vector<std::int32_t> lengths = {};
};

template <class T>
struct Inferred {
  std::vector<T> y;                              ///< in the layout of x
  std::map<std::string, std::vector<T>> states;  ///< after each row's last step
};

template <class T>
Inferred<T> infer(const Given& given) {
  model::Network<T> network(given.spec, given.features);
  model::Parameters<T> parameters = network.zeros();
  std::size_t used = 0;
  for (auto& parameter : parameters) {
    const auto at = given.weights.find(parameter.name);
    if (at == given.weights.end()) continue;
    EXPECT_EQ(at->second.size(), parameter.values.size()) << parameter.name;
    std::copy(at->second.begin(), at->second.end(), parameter.values.data());
    ++used;
  }
  EXPECT_EQ(used, given.weights.size()) << "a weight has a name that the network does not know";
  network.pack(parameters);

  std::vector<std::vector<T>> initial;
  std::vector<const T*> initial_pointers;
  Inferred<T> found;
  std::vector<T*> final_pointers;
  for (const StateInfo& state : network.states()) {
    if (!given.states.empty()) {
      const auto& values = given.states.at(state.name);
      initial.emplace_back(values.begin(), values.end());
      initial_pointers.push_back(initial.back().data());
    }
    auto& to = found.states[state.name];
    to.resize(static_cast<std::size_t>(given.rows * state.units));
    final_pointers.push_back(to.data());
  }
  Team team(1);
  const std::vector<T> x(given.x.begin(), given.x.end());
  const bool time = given.layout == Layout::time_major;
  auto workspace = network.make_workspace();
  const SeqView<const T> y =
      network.forward({.lengths = given.lengths, .team = &team},
                      time ? time_major(x.data(), given.steps, given.rows, given.features)
                           : batch_major(x.data(), given.rows, given.steps, given.features),
                      initial_pointers, workspace);
  network.final_states(workspace, final_pointers);
  const int outer = time ? y.steps : y.rows, inner = time ? y.rows : y.steps;
  for (int i = 0; i < outer; ++i)
    for (int j = 0; j < inner; ++j) {
      const T* from = time ? y.at(i, j) : y.at(j, i);
      found.y.insert(found.y.end(), from, from + y.features);
    }
  return found;
}

/// Blocks of rows of a matrix (or of a vector), each `block` numbers long, in another order: block k of the
/// result is block order[k] of `from`.
inline std::vector<double> reordered(const std::vector<double>& from, const std::vector<int>& order) {
  const std::size_t block = from.size() / order.size();
  std::vector<double> to;
  for (const int k : order) {
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(k) * block);
    to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(block));
  }
  return to;
}

}  // namespace carousel::testing
