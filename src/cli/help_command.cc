// carousel help: help on a command, or everything, also as docs/cli.md.
#include "cli/commands.h"

namespace carousel::cli {

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

}  // namespace carousel::cli
