// carousel cells: equation, gates, shapes and other names of every cell.
#include "base/nearest.h"
#include "cells/registry.h"
#include "cli/commands.h"
#include "cli/shared_options.h"

namespace carousel::cli {
namespace {

Json json_of(const cells::CellInfo& cell, int inputs, int units) {
  Json elsewhere = Json::array();
  for (const cells::Elsewhere& other : cell.elsewhere)
    elsewhere.push_back(
        {{"who", other.who}, {"call", other.call}, {"order", other.order}, {"note", other.note}});
  const int of_x = cell.gate_blocks_x() * units, of_h = cell.gate_blocks_h() * units;
  return {
      {"event", "cell"},
      {"name", cell.name},
      {"title", cell.title},
      {"equation", cell.equation},
      {"sources", cell.sources},
      {"gates_x", cell.gates_x},
      {"gates_h", cell.gates_h},
      {"states", cell.states},
      {"per_unit", cell.per_unit},
      {"elsewhere", elsewhere},
      {"inputs", inputs},
      {"units", units},
      {"shapes",
       {{"W", {of_x, inputs}}, {"U", {of_h, units}}, {"b", {of_x}}, {"p", {cell.per_unit.size(), units}}}},
      {"parameters", cells::parameter_count(cell.kind, inputs, units, false)}};
}

int run_cells(const Context& context) {
  const Arguments& args = context.args;
  if (args.has("markdown")) {
    context.terminal.print(cells::describe_markdown());
    return 0;
  }
  const int inputs = static_cast<int>(args.whole("inputs", 1, 1, 1 << 20));
  const int units = static_cast<int>(args.whole("units", 32, 1, 1 << 20));
  if (args.positionals.empty()) {
    for (const cells::CellInfo& cell : cells::all()) context.terminal.event(json_of(cell, inputs, units));
    if (context.terminal.json) return 0;
    context.terminal.print(cells::describe_all());
    return 0;
  }
  const std::string& name = args.positionals[0];
  const auto kind = cells::find(name);
  if (!kind) {
    std::vector<std::string> known;
    for (const cells::CellInfo& cell : cells::all()) known.emplace_back(cell.name);
    throw Error(Code::usage_unknown_word, {.where = "carousel cells",
                                           .what = fmt::format("there is no cell '{}'", name),
                                           .hint = base::suggest(name, known)});
  }
  context.terminal.event(json_of(cells::info(*kind), inputs, units));
  if (!context.terminal.json) context.terminal.print(cells::describe(*kind, inputs, units));
  return 0;
}

}  // namespace

Command cells_command() {
  return {"cells",
          "the recurrent cells: equation, gates, shapes, and how other frameworks call them",
          {{"carousel cells", "all of them"},
           {"carousel cells lstm", "one, with its equation"},
           {"carousel cells gru --inputs 28 --units 128", "its shapes and parameters at that size"}},
          "",
          {{"NAME", "one cell", false}},
          {{.name = "inputs",
            .value = "I",
            .doc = "features of a step; default 1",
            .group = "Size",
            .brief = true},
           {.name = "units", .value = "H", .doc = "hidden units; default 32", .group = "Size", .brief = true},
           {.name = "markdown", .value = "", .doc = "docs/cells.md", .group = "Output"},
           kJson},
          run_cells};
}

}  // namespace carousel::cli
