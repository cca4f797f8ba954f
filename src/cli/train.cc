// carousel train: data in; a trained network, its scores and its forecast out.
#include "cli/commands.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "cli/source.h"
#include "files/atomic_writer.h"

namespace carousel::cli {
namespace {

/// The settings as this run uses them: the optimiser's numbers and the width of the last layer in place of
/// "auto".
Config settled(const Source& source, const TrainOptions& options) {
  Config config = source.config;
  config.settings.train.loss = options.loss;
  config.settings.train.optimizer = options.optimizer;
  config.settings.train.epochs = options.epochs;
  if (!config.sized_by_data) return config;
  config.settings.layers = spec_for(source).layers;
  config.sized_by_data = false;
  config.origins[fmt::format("layer[{}].units", config.settings.layers.size() - 1)] = Origin::guessed;
  return config;
}

}  // namespace

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
  Trainer trainer(spec, *source.data, source.config.settings.train, folder, notes_for(*source.data));
  source.config = settled(source, trainer.options());
  if (args.has("dry-run")) {
    terminal.print(trainer.current().summary());
    terminal.say("dry run: nothing was trained, nothing was written; the run would go to {}", folder);
    return 0;
  }
  open_run_folder(folder);
  files::write_file(
      in_folder(folder, "run.toml"),
      toml_text(source.config, "Settings of this run, filled in; carousel train reads them again.", folder));
  return run_to_end(trainer, source, folder, terminal);
}

}  // namespace carousel::cli
