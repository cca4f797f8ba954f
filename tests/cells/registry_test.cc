// The registry: names, tables and counts agree with the cells, the text agrees with the headers.
#include "cells/registry.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"
#include "oracle.h"

namespace carousel::cells {
namespace {

TEST(Registry, FindsEveryCellByItsNameAlone) {
  std::set<std::string_view> names;
  for (const CellInfo& cell : all()) {
    EXPECT_TRUE(names.insert(cell.name).second) << cell.name;
    EXPECT_EQ(find(cell.name), cell.kind);
    EXPECT_EQ(&info(cell.kind), &cell);
  }
  // Model files hold these names: one may be added, none may go.
  for (const char* kept : {"rnn", "lstm", "peephole-lstm", "coupled-lstm", "gru", "gru-reset-before", "mgu"})
    EXPECT_TRUE(names.contains(kept)) << kept;
  EXPECT_FALSE(find("LSTM"));
  EXPECT_FALSE(find("ls"));
  EXPECT_FALSE(find(""));
}

TEST(Registry, KindsMeanTheirTypes) {
  EXPECT_TRUE((std::is_same_v<Cell<Kind::rnn>, Elman<Standard>>));
  EXPECT_TRUE((std::is_same_v<Cell<Kind::lstm>, Lstm<false, Standard>>));
  EXPECT_TRUE((std::is_same_v<Cell<Kind::peephole_lstm>, Lstm<true, Standard>>));
  EXPECT_TRUE((std::is_same_v<Cell<Kind::coupled_lstm>, CoupledLstm<Standard>>));
  EXPECT_TRUE((std::is_same_v<Cell<Kind::gru>, Gru<Standard>>));
  EXPECT_TRUE((std::is_same_v<Cell<Kind::gru_reset_before>, GruResetBefore<Standard>>));
  EXPECT_TRUE((std::is_same_v<Cell<Kind::mgu>, MinimalGated<Standard>>));
}

TEST(Registry, VisitTakesTheStandardPolicyOnlyForTheStandardActivations) {
  const auto is_standard = [](const Activations& activations) {
    return visit(Kind::gru, activations, [](auto cell, const auto& act) {
      EXPECT_TRUE((std::is_same_v<decltype(cell), Gru<std::decay_t<decltype(act)>>>));
      return std::is_same_v<std::decay_t<decltype(act)>, Standard>;
    });
  };
  EXPECT_TRUE(is_standard({}));
  EXPECT_FALSE(is_standard({.gate = Activation::hard_sigmoid}));
  EXPECT_FALSE(is_standard({.candidate = Activation::relu}));
  EXPECT_FALSE(is_standard({.output = Activation::linear}));
}

template <class F>
void for_each_cell(F f) {
  for (const CellInfo& cell : all()) {
    SCOPED_TRACE(cell.name);
    visit_with(cell.kind, Standard{}, [&](auto tag, const auto&) { f(tag, cell); });
  }
}

/// Sums and states of one unit after a step whose sums are `sum`, a tenth more each (the same in every
/// phase), from states `before`.
template <class Cell, class Act>
struct Stepped {
  double a[Cell::kSums], s[Cell::kStates];
  Stepped(const Act& act, double sum, double before) {
    const double p[Cell::kPerUnit + 1] = {};
    double v = 0;
    for (int k = 0; k < Cell::kSums; ++k) a[k] = sum * (1 + 0.1 * k);
    for (double& one : s) one = before;
    Cell::template forward<0>(act, a, s, v, p);
    if constexpr (Cell::kPhases > 1) Cell::template forward<1>(act, a, s, v, p);
  }
};

TEST(Registry, TheKeepingGateIsTheSlopeOfTheMemory) {
  for_each_cell([]<class Cell>(Cell, const CellInfo& cell) {
    const Stepped<Cell, Standard> from(Standard{}, 0.7, 0.25), to(Standard{}, 0.7, 0.75);
    constexpr int kMemory = Cell::kStates - 1;
    const double slope = (to.s[kMemory] - from.s[kMemory]) / 0.5;
    const double gate = cell.keeping_gate < 0 ? 0 : from.a[Cell::kFileX[cell.keeping_gate]];
    EXPECT_NEAR(slope, cell.keeps_rest ? 1 - gate : gate, 1e-12);
  });
}

TEST(Registry, TheCandidateIsWhatTheCandidateActivationMakes) {
  // relu of a negative sum is 0; a linear gate is the sum.
  const Named act{{.gate = Activation::linear, .candidate = Activation::relu, .output = Activation::linear}};
  for (const CellInfo& cell : all()) {
    SCOPED_TRACE(cell.name);
    visit_with(cell.kind, act, [&]<class Cell>(Cell, const Named& named) {
      const Stepped<Cell, Named> made(named, -0.5, 0.25);
      for (int block = 0; block < cell.gate_blocks_x(); ++block)
        EXPECT_EQ(made.a[Cell::kFileX[block]] == 0, block == cell.candidate) << block;
    });
  }
}

TEST(Registry, TablesOfTheCellsAreWellFormed) {
  for_each_cell([]<class Cell>(Cell, const CellInfo&) {
    std::multiset<int> x_range, h_ranges;
    for (int k = Cell::kFromX.begin; k < Cell::kFromX.end; ++k) x_range.insert(k);
    for (const Range& range : Cell::kFromH)
      for (int k = range.begin; k < range.end; ++k) h_ranges.insert(k);
    EXPECT_EQ(x_range, std::multiset<int>(std::begin(Cell::kFileX), std::end(Cell::kFileX)));
    EXPECT_EQ(h_ranges, std::multiset<int>(std::begin(Cell::kFileH), std::end(Cell::kFileH)));
    EXPECT_EQ(h_ranges.size(), std::set<int>(h_ranges.begin(), h_ranges.end()).size());
    EXPECT_GE(*x_range.begin(), 0);
    EXPECT_LT(std::max(*x_range.rbegin(), *h_ranges.rbegin()), Cell::kSums);
    if constexpr (Cell::kPerUnit > 0) {
      ASSERT_EQ(std::ssize(Cell::kPerUnitGrads), Cell::kPerUnit);
      for (const PerUnitGrad& g : Cell::kPerUnitGrads) {
        EXPECT_TRUE(0 <= g.sum && g.sum < Cell::kSums);
        EXPECT_TRUE(0 <= g.state && g.state < Cell::kStates);
      }
    }
  });
}

TEST(Registry, TextHasTheNumbersOfTheCells) {
  for_each_cell([]<class Cell>(Cell, const CellInfo& cell) {
    EXPECT_EQ(cell.gate_blocks_x(), std::ssize(Cell::kFileX));
    EXPECT_EQ(cell.gate_blocks_h(), std::ssize(Cell::kFileH));
    EXPECT_EQ(std::ssize(cell.states), Cell::kStates);
    EXPECT_EQ(std::ssize(cell.per_unit), Cell::kPerUnit);
    EXPECT_EQ(cell.sums, Cell::kSums);
    EXPECT_EQ(cell.phases, Cell::kPhases);
    EXPECT_EQ(cell.activations, Activations{});
    EXPECT_EQ(cell.forget_gate >= 0, cell.kind == Kind::lstm || cell.kind == Kind::peephole_lstm);
    if (cell.forget_gate >= 0) {
      EXPECT_EQ(cell.gates_x[cell.forget_gate], "f");
    }
    EXPECT_FALSE(cell.sources.empty() || cell.elsewhere.empty() || cell.conventions.empty());
  });
}

// Each place is changed alone; the output of one step moves exactly where the text says that the cell has the
// place.
TEST(Registry, TextKnowsWhichActivationsACellUses) {
  for (const CellInfo& cell : all()) {
    const oracle::Blocks n = oracle::blocks(cell.kind);
    oracle::Problem q{.cell = cell.kind, .x = {.8}};
    q.W.assign(n.x, .7), q.U.assign(n.h, -.4), q.p.assign(n.p, .2);
    for (int k = 0; k < n.states; ++k) q.initial[k] = {.5};
    const double standard = forward(q).y[0];
    const auto moves = [&](const Activations& activations) {
      q.activations = activations;
      return std::abs(forward(q).y[0] - standard) > 1e-6;
    };
    EXPECT_EQ(moves({.gate = Activation::softsign}), cell.uses_gate) << cell.name;
    EXPECT_EQ(moves({.candidate = Activation::softsign}), cell.uses_candidate) << cell.name;
    EXPECT_EQ(moves({.output = Activation::softsign}), cell.uses_output) << cell.name;
  }
}

// As Keras' and PyTorch's summaries have them for 28 inputs and 128 units.
TEST(Registry, CountsParametersAsOtherFrameworksDo) {
  EXPECT_EQ(parameter_count(Kind::rnn, 28, 128, false), 20096);   // Keras SimpleRNN(128)
  EXPECT_EQ(parameter_count(Kind::lstm, 28, 128, false), 80384);  // Keras LSTM(128)
  EXPECT_EQ(parameter_count(Kind::lstm, 28, 128, true), 80896);   // torch.nn.LSTM(28, 128)
  EXPECT_EQ(parameter_count(Kind::gru, 28, 128, true), 60672);    // Keras GRU(128), torch.nn.GRU(28, 128)
  EXPECT_EQ(parameter_count(Kind::gru_reset_before, 28, 128, false),
            60288);  // Keras GRU(128, reset_after=False)
  EXPECT_EQ(parameter_count(Kind::peephole_lstm, 28, 128, false), 80384 + 3 * 128);
  EXPECT_EQ(parameter_count(Kind::coupled_lstm, 28, 128, false), 80384 / 4 * 3);
  EXPECT_EQ(parameter_count(Kind::mgu, 28, 128, false), 80384 / 2);
  EXPECT_EQ(parameter_count(Kind::lstm, 100000, 100000, false), 80000400000);  // beyond 32 bits
}

std::string read(const std::string& path) {
  std::ifstream file(std::string(CAROUSEL_SOURCE_DIR "/") + path);
  EXPECT_TRUE(file) << path;
  return (std::ostringstream() << file.rdbuf()).str();
}

/// The indented lines of the comment that opens a header.
std::vector<std::string> equation_of_header(std::string_view header) {
  std::istringstream text(read("src/cells/" + std::string(header)));
  std::vector<std::string> equation;
  for (std::string line; std::getline(text, line) && line.starts_with("//");)
    if (line.starts_with("//   ")) equation.push_back(line.substr(5));
  return equation;
}

TEST(Registry, EquationsAreThoseOfTheHeaders) {
  for (const CellInfo& cell : all()) {
    std::vector<std::string> expected = equation_of_header(cell.header);
    if (cell.kind == Kind::lstm) {  // its header holds the peepholes too
      for (std::string& line : expected)
        if (const auto at = line.find(" + p_"); at != line.npos) line = line.substr(0, at) + ")";
    }
    EXPECT_EQ(std::vector<std::string>(cell.equation.begin(), cell.equation.end()), expected) << cell.name;
  }
}

TEST(Describe, TellsEquationCountAndOtherFrameworksOfEveryCell) {
  for (const CellInfo& cell : all()) {
    const std::string text = describe(cell.kind, 28, 128);
    for (std::string_view line : cell.equation) EXPECT_NE(text.find(line), text.npos) << line;
    EXPECT_NE(text.find(base::grouped(parameter_count(cell.kind, 28, 128, false))), text.npos) << text;
    EXPECT_NE(text.find(base::grouped(parameter_count(cell.kind, 28, 128, true))), text.npos) << text;
    for (const Elsewhere& other : cell.elsewhere) EXPECT_NE(text.find(other.who), text.npos) << other.who;
    EXPECT_NE(describe_all().find(cell.name), std::string::npos);
  }
}

TEST(Describe, BreaksItsSentencesBetweenWords) {
  for (const CellInfo& cell : all()) {
    std::istringstream lines(describe(cell.kind, 28, 128));
    std::string sentences;
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(std::count_if(line.begin(), line.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }),
                100)
          << line;
      sentences += line.substr(std::min(line.find_first_not_of(' '), line.size())) + " ";
    }
    for (std::string_view convention : cell.conventions)
      EXPECT_NE(sentences.find(convention), sentences.npos) << convention << "\nin\n" << sentences;
    EXPECT_NE(sentences.find("Gate block g is rows [g·H, (g+1)·H) of W, U, b and bu."), sentences.npos);
  }
}

TEST(Describe, SaysOneInputAndTwoUnits) {
  EXPECT_NE(describe(Kind::lstm, 1, 2).find("I = 1 input, H = 2 units:\n"), std::string::npos);
  EXPECT_NE(describe(Kind::lstm, 2, 1).find("I = 2 inputs, H = 1 unit:\n"), std::string::npos);
}

TEST(Describe, DocsAreUpToDate) {
  EXPECT_EQ(read("docs/cells.md"), describe_markdown())
      << "write it anew: tools/check_docs build/release/carousel --write";
}

}  // namespace
}  // namespace carousel::cells
