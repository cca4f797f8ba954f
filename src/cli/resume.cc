// carousel resume: goes on with a run that was stopped.
#include <filesystem>

#include "cli/commands.h"
#include "cli/outcome.h"
#include "cli/program.h"
#include "cli/run_folder.h"
#include "cli/shared_options.h"
#include "cli/source.h"
#include "cli/trained.h"
#include "files/atomic_writer.h"
#include "files/mapped_file.h"

namespace carousel::cli {
namespace {

/// What a resumed run may change.
std::vector<Option> resume_options() {
  static const std::vector<std::string> settings = {
      "train.epochs",           "train.steps",   "train.patience",   "train.keep",
      "train.checkpoint_every", "train.threads", "train.histograms", "train.tensorboard"};
  std::vector<Option> options;
  for (Option& option : setting_options()) {
    if (std::find(settings.begin(), settings.end(), option.setting) == settings.end()) continue;
    option.brief = true;
    options.push_back(std::move(option));
  }
  return options;
}

int run_resume(const Context& context) {
  const Arguments& args = context.args;
  const std::string& folder = args.positionals[0];
  std::error_code ignored;
  const bool forecaster = training::holds_checkpoint(member_folder(folder, 0));
  if (!forecaster && !training::holds_checkpoint(folder)) {
    const std::string settings = in_folder(folder, "run.toml");
    const bool started = std::filesystem::exists(settings, ignored);
    if (!std::filesystem::exists(folder, ignored))
      throw Error(
          Code::model_missing_file,
          {.where = folder, .what = "there is no such run folder", .hint = files::hint_for_absent(folder)});
    throw Error(Code::model_missing_file,
                {.where = folder,
                 .what = std::filesystem::is_directory(folder, ignored)
                             ? "this folder holds no last.safetensors to go on from"
                             : "there is no such folder",
                 .hint = started ? "there is nothing to go on from; carousel train " + shell_word(settings) +
                                       " starts it anew"
                                 : "a run folder is made by carousel train"});
  }
  Source source = open_source(folder, args);
  if (args.has("data"))
    source.config.settings.data.file = args.text("data");
  else
    check_kept(source.config.settings.data.file, "carousel resume",
               "--data FILE names the same data, --data - reads it again");
  TrainOptions options = checkpoint_options(forecaster ? member_folder(folder, 0) : folder);
  const TrainOptions& asked = source.config.settings.train;
  bool changed = args.has("data");
  const auto take = [&](const char* flag, auto TrainOptions::*option) {
    if (!args.has(flag)) return;
    options.*option = asked.*option;
    changed = true;
  };
  take("epochs", &TrainOptions::epochs);
  take("steps", &TrainOptions::steps);
  take("patience", &TrainOptions::patience);
  take("keep", &TrainOptions::keep);
  take("checkpoint-every", &TrainOptions::checkpoint_every);
  take("histograms", &TrainOptions::histograms);
  take("tensorboard", &TrainOptions::tensorboard);
  if (args.has("steps") && !args.has("epochs") &&
      source.config.shown_origin("train.epochs") == Origin::guessed) {
    options.epochs.reset();
  }
  options.threads = asked.threads;
  source.config.settings.train = options;
  prepare_source(source);
  Wishes wishes = wishes_of(args, *source.data);
  wishes.resumed = true;
  const auto go_on = [&](auto& trainer, const std::string& place) {
    source.config.settings.train.epochs = trainer.options().epochs;
    context.terminal.say("resuming  {} {}", folder, place);
    if (args.has("dry-run")) {
      say_dry_run(source, folder, context.terminal);
      return kDone;
    }
    if (changed)
      files::write_file(
          in_folder(folder, "run.toml"),
          toml_text(source.config, "Settings of this run, filled in; carousel train reads them again.",
                    folder));
    return run_to_end(trainer, source, folder, wishes, context.terminal);
  };
  if (forecaster) {
    const ForecasterOptions& forecast = source.config.settings.forecast;
    ForecasterTrainer trainer = blame_the_data([&] {
      return ForecasterTrainer(spec_for(source), *source.data, options, forecast, folder,
                               notes_for(*source.data), true);
    });
    int begun = 1;
    while (begun < forecast.members && training::holds_checkpoint(member_folder(folder, begun))) ++begun;
    return go_on(trainer, fmt::format("with {} of {} begun", begun, counted(forecast.members, "member")));
  }
  Trainer trainer = blame_the_data([&] { return Trainer::resume(folder, *source.data, &options); });
  return go_on(trainer, "after " + counted(trainer.steps_done(), "step"));
}

}  // namespace

Command resume_command() {
  return {"resume",
          "go on with a run that was stopped, as if it had not been",
          {{"carousel resume runs/sales", "to the end that was planned"},
           {"carousel resume runs/sales --epochs 40", "and longer"},
           {"carousel resume runs/sales --threads 1 --quiet", "with fewer cores: the same numbers"}},
          "Byte for byte the same model as a run that was never stopped.",
          {{"RUN", "the run folder"}},
          join({resume_options(),
                {{.name = "data",
                  .value = "FILE",
                  .doc = "the data of a run that read it from standard input; - reads it again",
                  .group = "Data"},
                 {.name = "dry-run",
                  .value = "",
                  .doc = "say where it would go on, and stop",
                  .group = "Running",
                  .brief = true},
                 kPlots,
                 kRequireSkill,
                 kQuiet,
                 kJson}}),
          run_resume};
}

}  // namespace carousel::cli
