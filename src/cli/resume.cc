// carousel resume: goes on with a run that was stopped.
#include <filesystem>

#include "cli/commands.h"
#include "cli/outcome.h"
#include "cli/run_folder.h"
#include "cli/source.h"
#include "cli/trained.h"
#include "files/atomic_writer.h"

namespace carousel::cli {

int run_resume(const Context& context) {
  const Arguments& args = context.args;
  const std::string& folder = args.positionals[0];
  std::error_code ignored;
  if (!std::filesystem::exists(in_folder(folder, "last.safetensors"), ignored)) {
    const std::string settings = in_folder(folder, "run.toml");
    const bool started = std::filesystem::exists(settings, ignored);
    throw Error(Code::model_missing_file,
                {.where = folder,
                 .what = "this folder holds no last.safetensors to go on from",
                 .hint = started ? "the run ended before its first checkpoint; carousel train " +
                                       shell_word(settings) + " starts it anew"
                                 : "a run folder is made by carousel train"});
  }
  Source source = open_source(folder, args);
  TrainOptions options = checkpoint_options(folder);
  options.epochs = static_cast<int>(args.whole("epochs", options.epochs, 1, 1000000));
  options.steps = args.whole("steps", options.steps, 0, 4000000000);
  options.patience = static_cast<int>(args.whole("patience", options.patience, 0, 1000000));
  options.threads = static_cast<int>(args.whole("threads", source.config.settings.train.threads, 0, 1024));
  source.config.settings.train = options;
  prepare_source(source);
  Trainer trainer = blame_the_data([&] { return Trainer::resume(folder, *source.data, &options); });
  context.terminal.say("resuming  {} after {}", folder, counted(trainer.steps_done(), "step"));
  if (args.has("epochs") || args.has("steps") || args.has("patience"))
    files::write_file(in_folder(folder, "run.toml"),
                      toml_text(source.config,
                                "Settings of this run, filled in; carousel train reads them again.", folder));
  return run_to_end(trainer, source, folder, context.terminal);
}

}  // namespace carousel::cli
