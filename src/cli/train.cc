// carousel train: data in; a trained network, its scores and its forecast out.
#include "cli/commands.h"
#include "cli/outcome.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "cli/shared_options.h"
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

int run_train(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  Source source = open_source(args.positionals[0], args);
  const RunFolder named = folder_for_run(args, source.config.settings.data.file);
  const std::string& folder = named.path;
  prepare_source(source);
  if (args.has("strict")) refuse_guesses(source);
  confess(source, terminal);
  const ModelSpec spec = spec_for(source);
  const bool forecaster = makes_forecaster(source);
  terminal.say("network   {}", outline(spec));
  if (forecaster)
    terminal.say("forecast  {}",
                 outline(source.config.settings.forecast, source.data->validation->count() > 0));
  if (!named.taken.empty())
    terminal.say("folder    {}, as {} holds a run already (--out)", folder, named.taken);
  const Wishes wishes = wishes_of(args, *source.data);
  // Whatever is wrong with the network or the options is found here, before anything on disk is touched.
  check_targets(source);
  const Settings& settings = source.config.settings;
  const auto run = [&, &folder = folder](auto& trainer) {  // clang 14 captures no binding by itself
    source.config = settled(source, trainer.options());
    if (args.has("dry-run")) {
      say_dry_run(source, folder, terminal);
      return kDone;
    }
    open_run_folder(folder);
    files::write_file(in_folder(folder, "run.toml"),
                      toml_text(source.config,
                                "Settings of this run, filled in; carousel train reads them again.", folder));
    return run_to_end(trainer, source, folder, wishes, terminal);
  };
  if (forecaster) {
    ForecasterTrainer trainer(spec, *source.data, settings.train, settings.forecast, folder,
                              notes_for(*source.data));
    return run(trainer);
  }
  Trainer trainer(spec, *source.data, settings.train, folder, notes_for(*source.data));
  return run(trainer);
}

}  // namespace

Command train_command() {
  return {"train",
          "train a network and score it beside simple baselines",
          {{"carousel train sales.csv --target sales", "everything else is guessed, and said"},
           {"carousel train sales.csv --target sales --cell lstm --units 50,100 --dropout 0.2 --epochs 20",
            "a network of your own"},
           {"carousel train run.toml --set train.seed=2 --out runs/seed2",
            "from a settings file, one thing changed"}},
          "DATA is a CSV, IDX images (also .gz), .npy or .safetensors; - reads a CSV from standard input. A "
          "settings file\n"
          "(.toml) names its own data. A CSV is cut into windows that the network sees and horizons that it "
          "forecasts; its\n"
          "newest part is kept for the test. Images and arrays need --target: the file of their labels or "
          "values.\n\n"
          "The run folder (--out, or runs/NAME of the data) gets model.safetensors (the best), "
          "last.safetensors (where\n"
          "carousel resume goes on), run.toml (all settings, filled in), history.csv (epochs), "
          "gradients.csv (norms over\n"
          "steps), predictions.csv, forecast.csv, scores.json and report.html; --plots adds plots/, "
          "--tensorboard\n"
          "events.out.tfevents. A folder that holds a run is left alone: a default name gets a number, a "
          "given one is an\n"
          "error unless --force. Ctrl-C saves and exits with 130; carousel resume goes on as if nothing had "
          "happened.\n\n"
          "A forecast starts from a linear autoregression and is the mean of --members networks, whose "
          "checkpoints are in\n"
          "members/; --start none --members 1 trains one network alone.",
          {{"DATA", "CSV, IDX, .npy or .safetensors; - is standard input; or a settings file (.toml)"}},
          join({{out_option("DIR", "the run folder; default runs/NAME of the data")},
                network_options(),
                setting_options(),
                {kSettings,
                 {.name = "strict",
                  .value = "",
                  .doc = "refuse guesses: everything must be said",
                  .group = "Settings"},
                 kRequireSkill,
                 {.name = "dry-run",
                  .value = "",
                  .doc = "say what would be done, and stop",
                  .group = "Running",
                  .brief = true},
                 kForce,
                 kPlots,
                 kQuiet,
                 kJson}}),
          run_train};
}

}  // namespace carousel::cli
