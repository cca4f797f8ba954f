// Every cell with several activations, as parameters of a test.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cells/registry.h"

namespace carousel {

struct CellCase {
  cells::Kind kind;
  cells::Activations activations;

  friend void PrintTo(const CellCase& c, std::ostream* out) { *out << cells::info(c.kind).name; }
};

/// All cells with σ, tanh, tanh and with three sets of named activations.
inline std::vector<CellCase> all_cell_cases() {
  using enum cells::Activation;
  std::vector<CellCase> cases;
  for (const cells::CellInfo& info : cells::all()) {
    cases.push_back({info.kind, {}});
    cases.push_back({info.kind, {softsign, sigmoid, linear}});
    cases.push_back({info.kind, {hard_sigmoid, relu, softsign}});
    cases.push_back({info.kind, {hard_sigmoid_0_2, softsign, relu}});
  }
  return cases;
}

inline std::string case_name(const testing::TestParamInfo<CellCase>& param) {
  std::string name(cells::info(param.param.kind).name);
  for (char& c : name)
    if (c == '-') c = '_';
  const cells::Activations& a = param.param.activations;
  for (cells::Activation place : {a.gate, a.candidate, a.output}) name.append("_").append(enum_name(place));
  return name;
}

}  // namespace carousel
