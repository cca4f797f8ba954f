// What is known of every cell: its names, equation, gates, sizes, and how other frameworks call and order it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/fields.h"
#include "cells/kinds.h"

namespace carousel {

/// Names of the cells as users write them.
template <>
struct EnumNames<cells::Kind> {
  static constexpr auto names = [] {
    std::array<std::pair<std::string_view, cells::Kind>, cells::kKinds> list;
    for (int k = 0; k < cells::kKinds; ++k) list[k] = {cells::kNames[k], static_cast<cells::Kind>(k)};
    return list;
  }();
};

/// Names of the activations as users write them.
template <>
struct EnumNames<cells::Activation> {
  static constexpr std::array<std::pair<std::string_view, cells::Activation>, 7> names = {{
      {"linear", cells::Activation::linear},
      {"sigmoid", cells::Activation::sigmoid},
      {"tanh", cells::Activation::tanh},
      {"relu", cells::Activation::relu},
      {"hard_sigmoid", cells::Activation::hard_sigmoid},
      {"hard_sigmoid_0_2", cells::Activation::hard_sigmoid_0_2},
      {"softsign", cells::Activation::softsign},
  }};
};

}  // namespace carousel

namespace carousel::cells {

/// How another framework or text has the same cell.
struct Elsewhere {
  std::string_view who;    ///< "PyTorch"
  std::string_view call;   ///< what one types there, or "none"
  std::string_view order;  ///< its order of the gate blocks, in our letters
  std::string_view note;   ///< what else must be converted; may be empty
};

/// One cell as people and files see it. The numbers come from the cell's own tables.
struct CellInfo {
  Kind kind;
  std::string_view name;                          ///< as users write it
  std::string_view title;                         ///< "LSTM with peepholes"
  std::string_view header;                        ///< its definition, a file of src/cells
  std::span<const std::string_view> equation;     ///< lines, the same as on top of the cell's header
  std::span<const std::string_view> sources;      ///< papers
  std::span<const std::string_view> gates_x;      ///< letters of W's gate blocks, in file order
  std::span<const std::string_view> gates_h;      ///< letters of U's gate blocks, in file order
  std::span<const std::string_view> states;       ///< "h", "c"
  std::span<const std::string_view> per_unit;     ///< "p_i", ...; rows of p [P, H]
  std::span<const Elsewhere> elsewhere;           ///< other frameworks
  std::span<const std::string_view> conventions;  ///< what to watch for when reading other texts
  Activations activations;                        ///< defaults
  bool uses_gate = true, uses_candidate = true, uses_output = false;  ///< which of the three places it has
  int forget_gate = -1;   ///< the gate block whose bias is set to 1 by default, -1 = none
  int candidate = -1;     ///< the gate block that goes through the candidate activation
  int keeping_gate = -1;  ///< the gate block k that says which share of a unit's memory (its last state) a
                          ///< step keeps, -1 = none: k, or with `keeps_rest` 1 - k
  bool keeps_rest = false;
  int sums = 0;    ///< numbers kept per unit and step
  int phases = 1;  ///< products with U per step, one after the other

  int gate_blocks_x() const { return static_cast<int>(gates_x.size()); }
  int gate_blocks_h() const { return static_cast<int>(gates_h.size()); }
};

/// All cells, in the order of `Kind`.
std::span<const CellInfo> all();

const CellInfo& info(Kind kind);

/// The cell of that name ("peephole-lstm"), or nothing.
std::optional<Kind> find(std::string_view name);

/// Numbers in W [G_x·H, I], U [G_h·H, H], b [G_x·H], p [P, H] and, with `recurrent_bias`, bu [G_h·H].
std::int64_t parameter_count(Kind kind, int inputs, int units, bool recurrent_bias);

/// One cell for people: equation, gates, shapes, the count worked out for I = `inputs` and H = `units`, other
/// frameworks.
std::string describe(Kind kind, int inputs, int units);
/// A table of all cells for people.
std::string describe_all();
/// docs/cells.md.
std::string describe_markdown();

}  // namespace carousel::cells
