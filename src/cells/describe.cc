// Cells as text: for the terminal one by one or as a table, and docs/cells.md.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cells/registry.h"

namespace carousel::cells {
namespace {

using base::grouped;
using Out = std::back_insert_iterator<std::string>;

/// Characters, not bytes: continuation bytes of UTF-8 do not count.
int width(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string_view text, int to) {
  return std::string(text) + std::string(std::max(0, to - width(text)), ' ');
}

/// `text` in lines of at most 100 characters, all but the first indented.
std::string wrapped(std::string_view text, int indent) {
  std::string out;
  int column = indent;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view word = text.substr(at, text.find(' ', at) - at);
    if (column > indent && column + 1 + width(word) > 100) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ', ++column;
    }
    out += word;
    column += width(word);
    at += word.size() + 1;
  }
  return out;
}

std::string joined(std::span<const std::string_view> words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::string activations(const CellInfo& cell) {
  std::vector<std::string> used;
  if (cell.uses_gate) used.push_back(fmt::format("gate_activation = {}", enum_name(cell.activations.gate)));
  if (cell.uses_candidate)
    used.push_back(fmt::format("activation = {}", enum_name(cell.activations.candidate)));
  if (cell.uses_output)
    used.push_back(fmt::format("output_activation = {}", enum_name(cell.activations.output)));
  return fmt::format("{}", fmt::join(used, ", "));
}

std::string start_of_bias(const CellInfo& cell) {
  return cell.forget_gate < 0 ? "0" : fmt::format("0, that of {} 1", cell.gates_x[cell.forget_gate]);
}

/// One array of a cell: name, shape in letters and in numbers, how many numbers.
struct Array {
  std::string name, letters, shape;
  std::int64_t count;
  std::string note;
};

std::vector<Array> arrays(const CellInfo& cell, std::int64_t I, std::int64_t H) {
  const int x = cell.gate_blocks_x(), h = cell.gate_blocks_h();
  const std::int64_t p = std::ssize(cell.per_unit);
  const auto times_h = [](int blocks) {
    return blocks == 1 ? std::string("H") : fmt::format("{}·H", blocks);
  };
  std::vector<Array> list = {
      {"W", fmt::format("[{}, I]", times_h(x)), fmt::format("[{}, {}]", x * H, I), x * H * I, "on x"},
      {"U", fmt::format("[{}, H]", times_h(h)), fmt::format("[{}, {}]", h * H, H), h * H * H, "on h₋₁"},
      {"b", fmt::format("[{}]", times_h(x)), fmt::format("[{}]", x * H), x * H,
       "starts at " + start_of_bias(cell)},
  };
  if (p)
    list.push_back({"p", fmt::format("[{}, H]", p), fmt::format("[{}, {}]", p, H), p * H,
                    fmt::format("on c, each unit its own; rows {}", joined(cell.per_unit))});
  list.push_back({"bu", fmt::format("[{}]", times_h(h)), fmt::format("[{}]", h * H), h * H,
                  "only with recurrent_bias = true"});
  return list;
}

/// "4·(128·28 + 128·128 + 128) + 3·128".
std::string worked_out(const CellInfo& cell, int I, int H) {
  const int blocks = cell.gate_blocks_x();
  const std::string one = fmt::format("{0}·{1} + {0}·{0} + {0}", H, I);
  std::string text = blocks == 1 ? one : fmt::format("{}·({})", blocks, one);
  if (!cell.per_unit.empty()) text += fmt::format(" + {}·{}", cell.per_unit.size(), H);
  return text;
}

std::string kept(const CellInfo& cell) {
  return fmt::format("{} number{} kept per unit and step", cell.sums, cell.sums == 1 ? "" : "s");
}

std::string products(const CellInfo& cell) {
  return cell.phases == 1 ? "one product with U per step"
                          : fmt::format("{} products with U per step, one after the other", cell.phases);
}

void markdown_of(Out out, const CellInfo& cell) {
  constexpr int kI = 28, kH = 128;
  fmt::format_to(out, "\n## `{}`: {}\n\n```\n", cell.name, cell.title);
  for (std::string_view line : cell.equation) fmt::format_to(out, "{}\n", line);
  fmt::format_to(out, "```\n\n");
  for (std::string_view source : cell.sources) fmt::format_to(out, "- {}\n", source);
  fmt::format_to(
      out,
      "\nDefined in [`src/cells/{0}`](../src/cells/{0}). Gate blocks in files: `{1}`. State: `{2}`. "
      "Activations: {3}. Work: {4}; {5}.\n\n",
      cell.header, joined(cell.gates_x), joined(cell.states), activations(cell), products(cell), kept(cell));
  fmt::format_to(out, "| array | shape | I = {}, H = {} | numbers | |\n|---|---|---|---:|---|\n", kI, kH);
  for (const Array& a : arrays(cell, kI, kH))
    fmt::format_to(out, "| `{}` | {} | {} | {} | {} |\n", a.name, a.letters, a.shape, grouped(a.count),
                   a.note);
  fmt::format_to(out, "\n{} = {} parameters; {} with `recurrent_bias`.\n\n", worked_out(cell, kI, kH),
                 grouped(parameter_count(cell.kind, kI, kH, false)),
                 grouped(parameter_count(cell.kind, kI, kH, true)));
  fmt::format_to(out, "| elsewhere | call | order | |\n|---|---|---|---|\n");
  for (const Elsewhere& e : cell.elsewhere)
    fmt::format_to(out, "| {} | {} | {} | {} |\n", e.who, e.call, e.order, e.note);
  fmt::format_to(out, "\n");
  for (std::string_view line : cell.conventions) fmt::format_to(out, "- {}\n", line);
}

constexpr std::string_view kReading =
    "σ is the logistic function, ⊙ the elementwise product, ₋₁ marks the step before.";
constexpr std::string_view kBlocks =
    "Gate block g is rows [g·H, (g+1)·H) of W, U, b and bu. Initialisers fill each gate block apart, unless "
    "a joint "
    "matrix is asked for (init_per = \"joint\").";

struct ActivationText {
  Activation activation;
  std::string_view formula, whose;
};

constexpr ActivationText kActivations[] = {
    {Activation::linear, "v", ""},
    {Activation::sigmoid, "σ(v) = 1 / (1 + exp(-v))", ""},
    {Activation::tanh, "tanh(v)", ""},
    {Activation::relu, "max(v, 0)", ""},
    {Activation::hard_sigmoid, "v/6 + 1/2 within [0, 1]", "PyTorch, and Keras from version 3"},
    {Activation::hard_sigmoid_0_2, "0.2 v + 0.5 within [0, 1]", "ONNX's default, and Keras before version 3"},
    {Activation::softsign, "v / (1 + abs(v))", ""},
};
static_assert(std::size(kActivations) == EnumNames<Activation>::names.size());

}  // namespace

std::string describe(Kind kind, int inputs, int units) {
  const CellInfo& cell = info(kind);
  std::string text;
  Out out(text);
  fmt::format_to(out, "{}: {}\n\n", cell.name, cell.title);
  for (std::string_view line : cell.equation) fmt::format_to(out, "  {}\n", line);
  fmt::format_to(out, "\n{}\n\n", kReading);
  for (std::string_view label = "sources"; std::string_view source : cell.sources)
    fmt::format_to(out, "{:<11}  {}\n", std::exchange(label, ""), wrapped(source, 13));
  fmt::format_to(out, "gates        {}, in this order in files\n", joined(cell.gates_x));
  fmt::format_to(out, "state        {}, each [B, H]\n", joined(cell.states));
  fmt::format_to(out, "activations  {}\n", activations(cell));
  fmt::format_to(out, "work         {}; {}\n\n", products(cell), kept(cell));

  fmt::format_to(out, "I = {} input{}, H = {} unit{}:\n", grouped(inputs), inputs == 1 ? "" : "s",
                 grouped(units), units == 1 ? "" : "s");
  for (const Array& a : arrays(cell, inputs, units))
    fmt::format_to(out, "  {:<3} {} {:<14} {:>9}  {}\n", a.name, padded(a.letters, 9), a.shape,
                   grouped(a.count), a.note);
  fmt::format_to(out, "  parameters: {} = {}; {} with recurrent_bias\n", worked_out(cell, inputs, units),
                 grouped(parameter_count(kind, inputs, units, false)),
                 grouped(parameter_count(kind, inputs, units, true)));
  fmt::format_to(out, "  {}\n\nelsewhere\n", wrapped(kBlocks, 2));

  int call = 0;
  for (const Elsewhere& e : cell.elsewhere) call = std::max(call, width(e.call));
  for (const Elsewhere& e : cell.elsewhere) {
    std::string line = fmt::format("  {:<9}  {}  {:<7}  ", e.who, padded(e.call, call), e.order);
    line += wrapped(e.note, width(line));
    fmt::format_to(out, "{}\n", std::string_view(line).substr(0, line.find_last_not_of(' ') + 1));
  }
  fmt::format_to(out, "\nreading other texts\n");
  for (std::string_view line : cell.conventions) fmt::format_to(out, "  - {}\n", wrapped(line, 4));
  return text;
}

std::string describe_all() {
  std::string text;
  Out out(text);
  fmt::format_to(out, "{:<16}  {:<40}  {:<7}  {:<5}  {:>10}\n", "cell", "", "gates", "state", "parameters");
  for (const CellInfo& cell : all())
    fmt::format_to(out, "{:<16}  {:<40}  {:<7}  {:<5}  {:>10}\n", cell.name, cell.title, joined(cell.gates_x),
                   joined(cell.states), grouped(parameter_count(cell.kind, 28, 128, false)));
  fmt::format_to(out,
                 "\nParameters for 28 inputs and 128 units. `carousel cells NAME` tells more of one.\n\n");
  fmt::format_to(out, "{:<16}  {}\n", "activation", "of v");
  for (const ActivationText& a : kActivations)
    fmt::format_to(out, "{:<16}  {}{}{}\n", enum_name(a.activation), a.formula, a.whose.empty() ? "" : ": ",
                   a.whose);
  return text;
}

std::string describe_markdown() {
  std::string text;
  Out out(text);
  fmt::format_to(out, "<!-- Written by `carousel cells --markdown`; do not edit. -->\n# Cells\n\n");
  fmt::format_to(out, "{} {}\n\n", kReading, kBlocks);
  fmt::format_to(out, "| cell | | gates | state | parameters, I = 28, H = 128 |\n|---|---|---|---|---:|\n");
  for (const CellInfo& cell : all())
    fmt::format_to(out, "| `{}` | {} | {} | {} | {} |\n", cell.name, cell.title, joined(cell.gates_x),
                   joined(cell.states), grouped(parameter_count(cell.kind, 28, 128, false)));
  fmt::format_to(out, "\nActivations, all with a slope that follows from the output:\n\n");
  fmt::format_to(out, "| activation | of v | elsewhere |\n|---|---|---|\n");
  for (const ActivationText& a : kActivations)
    fmt::format_to(out, "| `{}` | {} | {} |\n", enum_name(a.activation), a.formula, a.whose);
  for (const CellInfo& cell : all()) markdown_of(out, cell);
  return text;
}

}  // namespace carousel::cells
