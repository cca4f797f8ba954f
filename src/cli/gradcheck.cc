// carousel gradcheck: every gradient of a settings file's network against finite differences, in double.
#include "train/gradcheck.h"

#include "base/text.h"
#include "cli/commands.h"
#include "cli/shared_options.h"
#include "cli/source.h"

namespace carousel::cli {
namespace {

constexpr int kGuessedOutputs = 4;  // of a last layer whose width the data would decide

/// What the loss wants of targets: classes, or values as many as the network puts out.
TargetShape target_of(const ModelSpec& spec, const TrainOptions& options, bool every_step) {
  TargetShape target{.every_step = every_step};
  const Dense* last = spec.layers.empty() ? nullptr : std::get_if<Dense>(&spec.layers.back());
  const int width = last ? last->units : 0;
  if (options.loss == Loss::cross_entropy)
    target.classes = width;
  else
    target.values = width;
  return width > 0 ? target : TargetShape{};
}

int run_gradcheck(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  const Config config = load_config(args.positionals[0], args);
  const ModelSpec spec = config.spec(kGuessedOutputs);
  training::GradcheckOptions check;
  check.inputs = static_cast<int>(args.whole("inputs", check.inputs, 1, 1000));
  check.rows = static_cast<int>(args.whole("rows", check.rows, 1, 1000));
  check.steps = static_cast<int>(args.whole("steps", check.steps, 1, 1000));
  check.tolerance = args.number("tolerance", check.tolerance, 1e-300, 1);
  TrainOptions options = config.settings.train;
  options.seed =
      static_cast<std::uint64_t>(args.whole("seed", static_cast<long>(options.seed), 0, 4000000000));
  const Model model = Model::create(spec, check.inputs, options.seed);
  check.target = target_of(spec, options, model.returns_sequence());
  check.mask = check.target.every_step && !config.settings.data.mask.empty();

  int failed = 0;
  if (!terminal.json)
    terminal.print(
        fmt::format("{:<28} {:>9} {:>9}  {:<12}\n", "tensor", "numbers", "checked", "largest error"));
  for (const training::GradcheckRow& row : training::gradcheck(spec, options, check)) {
    failed += !row.passed;
    if (terminal.json) {
      terminal.event({{"tensor", row.tensor},
                      {"numbers", row.size},
                      {"checked", row.checked},
                      {"error", row.max_error},
                      {"passed", row.passed}});
      continue;
    }
    terminal.print(fmt::format("{:<28} {:>9} {:>9}  {:<12.2e} {}\n", row.tensor, base::grouped(row.size),
                               base::grouped(row.checked), row.max_error,
                               row.passed ? "ok"
                                          : fmt::format("WRONG at {}: backward {:.9g}, difference {:.9g}",
                                                        row.worst, row.backward, row.difference)));
  }
  if (failed > 0)
    throw Error(Code::check_failed,
                {.where = "carousel gradcheck",
                 .what = fmt::format("{} tensor{} of wrong gradients", failed, failed == 1 ? "" : "s"),
                 .expected = fmt::format("relative errors of at most {}", check.tolerance)});
  terminal.say("all gradients agree with finite differences to {}{}{}", check.tolerance,
               check.rows > 1 ? ", on rows of different lengths" : "", check.mask ? " with a mask" : "");
  return 0;
}

}  // namespace

Command gradcheck_command() {
  return {
      "gradcheck",
      "compare the gradients of a network with finite differences, in double precision",
      {{"carousel gradcheck run.toml", "the network and the loss of a settings file"},
       {"carousel gradcheck run.toml --rows 4 --steps 7", "on more, longer sequences"},
       {"carousel gradcheck run.toml --set layer[0].kind=gru --tolerance 1e-5", "another cell, less strict"}},
      "Takes the layers and the loss of the settings on random sequences. Exit status 1 when a gradient is "
      "off.",
      {{"SETTINGS", "a settings file or a run folder"}},
      {{.name = "inputs",
        .value = "F",
        .doc = "features of a step; default 3",
        .group = "Check",
        .brief = true},
       {.name = "rows", .value = "B", .doc = "sequences; default 4", .group = "Check", .brief = true},
       {.name = "steps",
        .value = "T",
        .doc = "steps of a sequence; default 6",
        .group = "Check",
        .brief = true},
       {.name = "tolerance",
        .value = "X",
        .doc = "largest relative difference; default 1e-6",
        .group = "Check",
        .brief = true},
       {.name = "seed",
        .value = "N",
        .doc = "of weights and sequences; default that of the settings",
        .group = "Check",
        .brief = true},
       {.name = "set",
        .value = "A.B=C",
        .doc = "any setting by its path",
        .group = "Settings",
        .repeats = true},
       kQuiet,
       kJson},
      run_gradcheck};
}

}  // namespace carousel::cli
