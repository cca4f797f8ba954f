// carousel init: a settings file for some data, every line explained.
#include <filesystem>

#include "cli/commands.h"
#include "cli/run_folder.h"
#include "cli/source.h"
#include "files/atomic_writer.h"

namespace carousel::cli {

int run_init(const Context& context) {
  const Arguments& args = context.args;
  const std::string out = args.text("out", "run.toml");
  check_free(out, "--out", args);
  Source source = open_source(args.positionals[0], args);
  prepare_source(source);
  confess(source, context.terminal);
  const std::string folder = out == "-" ? "" : std::filesystem::path(out).parent_path().string();
  const std::string text =
      toml_text(source.config,
                "Settings of a training run, written by carousel init. carousel train reads them.", folder);
  if (out == "-") {
    context.terminal.print(text);
    return 0;
  }
  files::write_file(out, text);
  context.terminal.say("wrote     {}\n\nnext: edit it, then carousel train {}", out, shell_word(out));
  return 0;
}

}  // namespace carousel::cli
