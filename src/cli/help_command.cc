// carousel help: help on a command, or everything, also as docs/cli.md.
#include "cli/commands.h"

namespace carousel::cli {
namespace {

int run_help(const Context& context) {
  const Arguments& args = context.args;
  if (args.has("markdown"))
    context.terminal.print(markdown_help());
  else if (!args.positionals.empty())
    context.terminal.print(full_help(command_named(args.positionals[0])));
  else
    context.terminal.print(args.has("all") ? full_help() : brief_help());
  return 0;
}

}  // namespace

Command help_command() {
  return {
      "help",
      "help on a command",
      {{"carousel help train", "one command"},
       {"carousel help", "the commands"},
       {"carousel help --all", "everything"}},
      "",
      {{"COMMAND", "a command", false}},
      {{.name = "all", .value = "", .doc = "every command with every flag", .group = "Output", .brief = true},
       {.name = "markdown", .value = "", .doc = "docs/cli.md", .group = "Output"}},
      run_help};
}

}  // namespace carousel::cli
