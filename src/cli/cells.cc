// carousel cells: equation, gates, shapes and other names of every cell.
#include "base/nearest.h"
#include "cells/registry.h"
#include "cli/commands.h"

namespace carousel::cli {

int run_cells(const Context& context) {
  const Arguments& args = context.args;
  if (args.has("markdown")) {
    context.terminal.print(cells::describe_markdown());
    return 0;
  }
  if (args.positionals.empty()) {
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
  const int inputs = static_cast<int>(args.whole("inputs", 1, 1, 1 << 20));
  const int units = static_cast<int>(args.whole("units", 32, 1, 1 << 20));
  context.terminal.print(cells::describe(*kind, inputs, units));
  return 0;
}

}  // namespace carousel::cli
