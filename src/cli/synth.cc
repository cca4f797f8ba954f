// carousel synth: the data of a synthetic task as a .safetensors file, and what there is to score on it.
#include "carousel/synth.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/run_folder.h"
#include "cli/shared_options.h"
#include "data/describe.h"
#include "files/atomic_writer.h"
#include "files/safetensors.h"

namespace carousel::cli {
namespace {

using base::counted;
using base::shell_word;

int list_tasks(Terminal& terminal) {
  for (const SynthTask& task : synth_tasks())
    terminal.event({{"event", "task"},
                    {"name", task.name},
                    {"summary", task.summary},
                    {"source", task.source},
                    {"sequences", task.sequences},
                    {"length", task.default_length},
                    {"length_is", task.length}});
  if (terminal.json) return 0;
  for (const SynthTask& task : synth_tasks())
    terminal.print(fmt::format("{:<12} {}\n{:12} {}\n{:12} --sequences {} --length {} ({})\n\n", task.name,
                               task.summary, "", task.source, "", task.sequences, task.default_length,
                               task.length));
  terminal.print("carousel synth NAME writes one of them.\n");
  return 0;
}

std::string name_of_file(const Arguments& args, const std::string& task) {
  const std::string out = args.text("out", task + ".safetensors");
  if (out != "-" && std::filesystem::path(out).extension() != ".safetensors")
    throw Error(Code::usage_bad_value, {.where = "--out",
                                        .what = fmt::format("'{}' is no name for a task's file", out),
                                        .expected = "a name that ends in .safetensors, or -"});
  return out;
}

/// The arrays as `carousel train` reads them: x, y, lengths and mask.
std::string bytes_of(const Synthetic& made, const SynthOptions& options, const SynthTask& task) {
  using Shape = std::vector<std::int64_t>;
  const std::vector<std::int64_t> labels(made.labels.begin(), made.labels.end()),
      lengths(made.lengths.begin(), made.lengths.end());
  std::vector<files::NamedArray> arrays = {
      files::array_of("x", {made.rows, made.steps, made.features}, made.x)};
  Shape shape = {made.rows};
  if (made.every_step) shape.push_back(made.steps);
  if (made.classes == 0 && (made.every_step || made.outputs > 1)) shape.push_back(made.outputs);
  arrays.push_back(made.classes > 0 ? files::array_of("y", shape, labels)
                                    : files::array_of("y", shape, made.values));
  if (!lengths.empty()) arrays.push_back(files::array_of("lengths", {made.rows}, lengths));
  if (!made.mask.empty()) arrays.push_back(files::array_of("mask", {made.rows, made.steps}, made.mask));
  return files::safetensors_bytes(arrays,
                                  {{"task", made.task},
                                   {"source", std::string(task.source)},
                                   {"length", std::to_string(options.length.value_or(task.default_length))},
                                   {"seed", std::to_string(options.seed)}});
}

std::string next_command(const Synthetic& made, const std::string& file, const SynthTask& task) {
  std::string line = fmt::format("carousel train {} --target y", shell_word(file));
  if (!made.lengths.empty()) line += " --lengths lengths";
  if (!made.mask.empty()) line += " --mask mask";
  if (made.scale != Scale::standard) line += fmt::format(" --scale {}", enum_name(made.scale));
  if (made.loss == "binary_cross_entropy" || made.loss == "mae") line += " --loss " + made.loss;
  if (!task.flags.empty()) line += fmt::format(" {}", task.flags);
  return line;
}

std::string number_of(const SynthScore& score) {
  return score.metric == "accuracy" ? fmt::format("{:.2f} %", 100 * score.value)
                                    : fmt::format("{:.4g}", score.value);
}

int run_synth(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  if (args.positionals.empty()) return list_tasks(terminal);
  constexpr long kMost = 1L << 30;  // the library knows the range of each task
  SynthOptions options;
  if (args.has("sequences")) options.sequences = static_cast<int>(args.whole("sequences", 0, 1, kMost));
  if (args.has("length")) options.length = static_cast<int>(args.whole("length", 0, 1, kMost));
  options.seed = static_cast<std::uint64_t>(args.whole("seed", 1, 0, 4'000'000'000));
  const std::string out = name_of_file(args, args.positionals[0]);
  const bool write = !args.has("dry-run");
  if (write) check_free(out, "--out", args);
  const Synthetic made = synth(args.positionals[0], options);
  const SynthTask& task = *std::find_if(synth_tasks().begin(), synth_tasks().end(),
                                        [&](const SynthTask& one) { return one.name == made.task; });

  const std::string bytes = bytes_of(made, options, task);
  if (write && out == "-")
    terminal.print(bytes);
  else if (write)
    files::write_file(out, bytes);

  const std::string next = next_command(made, out == "-" ? made.task + ".safetensors" : out, task);
  Json scores = Json::array();
  for (const SynthScore& score : made.scores)
    scores.push_back({{"predictor", score.predictor}, {"metric", score.metric}, {"value", score.value}});
  if (out != "-")
    terminal.event({{"event", "synth"},
                    {"task", made.task},
                    {"file", out},
                    {"x", {made.rows, made.steps, made.features}},
                    {"classes", made.classes},
                    {"values", made.outputs},
                    {"every_step", made.every_step},
                    {"scores", scores},
                    {"next", next}});
  terminal.say("task      {}: {} ({})", made.task, task.summary, task.source);
  terminal.say(
      "{} {}: x [{}, {}, {}], y {} {}{}{}", write ? "wrote    " : "would write", out, made.rows, made.steps,
      made.features,
      made.classes > 0 ? fmt::format("of {} classes", made.classes) : "of " + counted(made.outputs, "value"),
      made.every_step ? "at every step" : "for each sequence", made.lengths.empty() ? "" : ", lengths",
      made.mask.empty() ? "" : ", mask");
  for (const SynthScore& score : made.scores)
    terminal.say("scores    {:<9} {:>9}  {}", score.metric, number_of(score), score.predictor);
  terminal.say("next      {}", next);
  return 0;
}

}  // namespace

Command synth_command() {
  std::vector<std::string> names;
  for (const SynthTask& task : synth_tasks()) names.emplace_back(task.name);
  return {
      "synth",
      "make the data of a task that shows what a cell can learn",
      {{"carousel synth", "the tasks that there are"},
       {"carousel synth adding", "writes adding.safetensors, and says what to train on it"},
       {"carousel synth copy --sequences 500 --length 20 --seed 2 --out copy20.safetensors",
        "fewer sequences, twice the lag"}},
      fmt::format(
          "Tasks: {}.\n"
          "The file holds x [N, T, F] and y, and lengths [N] and mask [N, T] where the task has them; "
          "carousel train\n"
          "reads it as it is. The same arguments give the same bytes. What a perfect predictor scores, "
          "and one that has\n"
          "not learnt what matters, is said beside it.",
          fmt::join(names, ", ")),
      {{"NAME", "a task; none lists them", false}},
      {{.name = "sequences",
        .value = "N",
        .doc = "how many; default: the task's own",
        .group = "Task",
        .brief = true},
       {.name = "length",
        .value = "L",
        .doc = "how long, or how hard: carousel synth says it for each task",
        .group = "Task",
        .brief = true},
       {.name = "seed",
        .value = "N",
        .doc = "of the draws, 0 to 4000000000; default 1",
        .group = "Task",
        .brief = true},
       out_option("FILE", "a name that ends in .safetensors; default NAME.safetensors, - is standard output"),
       {.name = "dry-run",
        .value = "",
        .doc = "say all, and write nothing",
        .group = "Running",
        .brief = true},
       kForce,
       kQuiet,
       kJson},
      run_synth};
}

}  // namespace carousel::cli
