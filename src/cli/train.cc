// carousel train: data in; a trained network, its scores and its forecast out.
#include "cli/commands.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "cli/source.h"
#include "files/atomic_writer.h"

namespace carousel::cli {

int run_train(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  Source source = open_source(args.positionals[0], args);
  const auto [folder, taken] = folder_for_run(args, source.config.settings.data.file);
  prepare_source(source);
  if (args.has("strict")) refuse_guesses(source);
  confess(source, terminal);
  const ModelSpec spec = spec_for(source);
  terminal.say("network   {}", outline(spec));
  if (!taken.empty()) terminal.say("folder    {}, as {} holds a run already (--out)", folder, taken);
  // Whatever is wrong with the network or the options is found here, before anything on disk is touched.
  check_targets(source);
  Trainer(spec, *source.data, source.config.settings.train, "", notes_for(*source.data));
  if (args.has("dry-run")) {
    terminal.print(
        Model::create(spec, source.data->train->features(), source.config.settings.train.seed).summary());
    terminal.say("dry run: nothing was trained, nothing was written; the run would go to {}", folder);
    return 0;
  }
  open_run_folder(folder);
  files::write_file(
      in_folder(folder, "run.toml"),
      toml_text(source.config, "Settings of this run, filled in; carousel train reads them again.", folder));
  Trainer trainer(spec, *source.data, source.config.settings.train, folder, notes_for(*source.data));
  return run_to_end(trainer, source, folder, terminal);
}

}  // namespace carousel::cli
