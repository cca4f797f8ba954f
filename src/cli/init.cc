// carousel init: a settings file for some data, every line explained.
#include <filesystem>

#include "cli/commands.h"
#include "cli/run_folder.h"
#include "cli/shared_options.h"
#include "cli/source.h"
#include "files/atomic_writer.h"

namespace carousel::cli {
namespace {

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

}  // namespace

Command init_command() {
  return {
      "init",
      "write a settings file for some data: every line explained, every default shown",
      {{"carousel init sales.csv --target sales", "writes run.toml"},
       {"carousel init sales.csv --target sales --cell gru --units 64,64 --out gru.toml", "another network"},
       {"carousel init sales.csv --target sales --out -", "to standard output"}},
      "Reads the data as carousel train would, and writes down what it found. Edit the file, then carousel "
      "train run.toml.",
      {{"DATA", "CSV, IDX, .npy or .safetensors; - is standard input"}},
      join({{out_option("FILE", "the settings file; default run.toml, - is standard output")},
            network_options(),
            setting_options(),
            {kForce, kQuiet}}),
      run_init};
}

}  // namespace carousel::cli
