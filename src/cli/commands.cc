// The table of commands: names, examples, arguments and flags of each.
#include "cli/commands.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "carousel/forecast.h"
#include "carousel/synth.h"
#include "cli/config.h"

namespace carousel::cli {
namespace {

using Options = std::vector<Option>;

const Option kQuiet{.name = "quiet",
                    .value = "",
                    .doc = "no talk, only results, warnings and errors",
                    .group = "Output",
                    .aliases = {"-q"}};
const Option kJson{
    .name = "json", .value = "", .doc = "results as JSON, one object a line", .group = "Output"};
const Option kForce{.name = "force", .value = "", .doc = "replace what is there", .group = "Output"};
const Option kStrict{
    .name = "strict", .value = "", .doc = "refuse guesses: everything must be said", .group = "Settings"};
const Option kSettings{.name = "settings",
                       .value = "FILE",
                       .doc = "a settings file; flags win over it",
                       .group = "Settings",
                       .aliases = {"--config"}};
const Option kThreads{.name = "threads",
                      .value = "N",
                      .doc = "0 = all cores; the numbers do not depend on it",
                      .group = "Running"};

Options join(std::initializer_list<Options> parts) {
  Options all;
  for (const Options& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Option out(const std::string& value, const std::string& doc) {
  return {.name = "out", .value = value, .doc = doc, .group = "Output", .brief = true, .aliases = {"-o"}};
}

/// How a CSV is read, for commands that read data for a model that is trained already.
Options reading_options() {
  static const std::vector<std::string> settings = {"data.delimiter", "data.decimal", "data.header",
                                                    "data.time",      "data.order",   "data.missing"};
  Options options;
  for (Option& option : setting_options()) {
    if (std::find(settings.begin(), settings.end(), option.setting) == settings.end() &&
        option.name != "no-header")
      continue;
    option.brief = false;
    option.group = "Reading a CSV";
    options.push_back(std::move(option));
  }
  return options;
}

/// What a resumed run may change.
Options resume_options() {
  static const std::vector<std::string> settings = {
      "train.epochs",           "train.steps",   "train.patience",   "train.keep",
      "train.checkpoint_every", "train.threads", "train.histograms", "train.tensorboard"};
  Options options;
  for (Option& option : setting_options()) {
    if (std::find(settings.begin(), settings.end(), option.setting) == settings.end()) continue;
    option.brief = true;
    options.push_back(std::move(option));
  }
  return options;
}

const char* const kDataText =
    "DATA is a CSV, IDX images (also .gz), .npy or .safetensors; - reads a CSV from standard input. A "
    "settings file\n"
    "(.toml) names its own data. A CSV is cut into windows that the network sees and horizons that it "
    "forecasts; its\n"
    "newest part is kept for the test. Images and arrays need --target: the file of their labels or values.";

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
      join({{out("FILE", "the settings file; default run.toml, - is standard output")},
            network_options(),
            setting_options(),
            {kForce, kQuiet}}),
      run_init};
}

Command train_command() {
  return {"train",
          "train a network and score it beside simple baselines",
          {{"carousel train sales.csv --target sales", "everything else is guessed, and said"},
           {"carousel train sales.csv --target sales --cell lstm --units 50,100 --dropout 0.2 --epochs 20",
            "a network of your own"},
           {"carousel train run.toml --set train.seed=2 --out runs/seed2",
            "from a settings file, one thing changed"}},
          std::string(kDataText) +
              "\n\nThe run folder (--out, or runs/NAME of the data) gets model.safetensors (the best), "
              "last.safetensors (where\n"
              "carousel resume goes on), run.toml (all settings, filled in), history.csv (epochs), "
              "gradients.csv (norms over\n"
              "steps), predictions.csv, forecast.csv and report.html; --tensorboard adds "
              "events.out.tfevents. A folder that\n"
              "holds a run is left alone: a default name gets a number, a given one is an error unless "
              "--force. Ctrl-C saves\n"
              "and exits with 130; carousel resume goes on as if nothing had happened.",
          {{"DATA", "CSV, IDX, .npy or .safetensors; - is standard input; or a settings file (.toml)"}},
          join({{out("DIR", "the run folder; default runs/NAME of the data")},
                network_options(),
                setting_options(),
                {kSettings,
                 kStrict,
                 {.name = "dry-run",
                  .value = "",
                  .doc = "say what would be done, and stop",
                  .group = "Running",
                  .brief = true},
                 kForce,
                 kQuiet,
                 kJson}}),
          run_train};
}

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
                 kQuiet,
                 kJson}}),
          run_resume};
}

Command evaluate_command() {
  return {"evaluate",
          "score a trained model beside the baselines, on its own test part or on other data",
          {{"carousel evaluate runs/sales", "the part of its data that training never saw"},
           {"carousel evaluate runs/sales sales.csv", "every window of a file"},
           {"carousel evaluate runs/sales --json", "for programs"}},
          "",
          {{"MODEL", "a run folder or a model file"}, {"DATA", "data to score it on", false}},
          join({{{.name = "target",
                  .value = "A,B",
                  .doc = "arrays and images: file or name of the targets",
                  .group = "Data",
                  .brief = true,
                  .setting = "data.target"},
                 {.name = "lengths",
                  .value = "FILE",
                  .doc = "arrays: file or name of the lengths [N]",
                  .group = "Data",
                  .setting = "data.lengths"},
                 kThreads,
                 kQuiet,
                 kJson},
                reading_options()}),
          run_evaluate};
}

Command predict_command() {
  return {"predict",
          "run a trained model over data and write what it puts out",
          {{"carousel predict runs/sales sales.csv --out predictions.csv", "a row for every window"},
           {"carousel predict runs/sales sales.csv", "to standard output"},
           {"carousel predict runs/sales sales.csv --out predictions.npy", "as an array"}},
          "DATA is a CSV with the columns of the training, or an array [N, T, F] as .npy or .safetensors "
          "(tensor x, or the\n"
          "only one). FILE's ending says the form: .csv, .npy or .safetensors. Preparation is applied and "
          "undone; classes\n"
          "are written with their probabilities. States are tensors named as carousel inspect shows them, "
          "each [N, H].",
          {{"MODEL", "a run folder or a model file"},
           {"DATA", "CSV, .npy, .safetensors or IDX; - is standard input"}},
          join({{out("FILE", "by its ending CSV, .npy or .safetensors; default - : CSV on standard output"),
                 {.name = "lengths",
                  .value = "L.npy",
                  .doc = "steps of each sequence [N]",
                  .group = "Sequences",
                  .brief = true,
                  .setting = "data.lengths"},
                 {.name = "initial-state",
                  .value = "S.safetensors",
                  .doc = "the states to begin with; zero otherwise",
                  .group = "Sequences",
                  .brief = true},
                 {.name = "final-state",
                  .value = "S.safetensors",
                  .doc = "where the states at the end go",
                  .group = "Sequences",
                  .brief = true},
                 {.name = "every-step",
                  .value = "",
                  .doc = "an output for every step, not the last one only",
                  .group = "Sequences",
                  .brief = true},
                 kThreads,
                 kForce,
                 kQuiet,
                 kJson},
                reading_options()}),
          run_predict};
}

Command forecast_command() {
  return {
      "forecast",
      "what comes after the last row of the data",
      {{"carousel forecast runs/sales", "the model's own horizon"},
       {"carousel forecast runs/sales --steps 36", "beyond it: forecasts are fed back, and it says so"},
       {"carousel forecast runs/sales --data sales.csv --out -", "from newer data, to standard output"}},
      "Writes the run's forecast.csv: a label of the time column continued, and a number for each target.",
      {{"RUN", "a run folder, or a model file with --data"}},
      join({{{.name = "steps",
              .value = "N",
              .doc =
                  fmt::format("rows to forecast, 1 to {}; default: the model's horizon", kMostForecastSteps),
              .group = "Forecast",
              .brief = true},
             {.name = "data",
              .value = "FILE",
              .doc = "a CSV with newer rows; default: the data of the run",
              .group = "Forecast",
              .brief = true},
             out("FILE", "default: forecast.csv in the run folder; - is standard output"),
             kThreads,
             kQuiet,
             kJson},
            reading_options()}),
      run_forecast};
}

Command inspect_command() {
  return {
      "inspect",
      "what a model holds (layers, parameters, states), and what its gates do on data",
      {{"carousel inspect runs/sales", "a table of its layers"},
       {"carousel inspect runs/sales --on sales.csv --out gates", "its gates over the first window"},
       {"carousel inspect --cpu", "which instruction set the kernels use here"}},
      "With --on the model reads one sequence (or window) of DATA, and the gates, candidates and states of "
      "its recurrent\n"
      "layers are summed up: mean, range, and how often they are at their ends. A unit's memory, in steps, "
      "is "
      "1 / (1 - mean k)\n"
      "where a gate says which share k of its memory a step keeps (f of an LSTM, z of a GRU, 1 - i of a "
      "coupled LSTM, 1 - f of\n"
      "a minimal gated unit), and 1 + the sum of the positive autocorrelations of h, up to the first that is "
      "not, in a cell\n"
      "without such a gate.\n\n"
      "--out DIR gets gates.csv (layer, direction, gate, unit, step, value: a line for each number), "
      "memory.csv, a heat map\n"
      "of units x time for every gate (units sorted by memory), and all of them on one page, gates.html. "
      "Layers, units,\n"
      "steps and sequences count from 0; steps of a backward layer are those of the sequence.",
      {{"MODEL", "a run folder or a model file", false}},
      join({{{.name = "on",
              .value = "DATA",
              .doc = "CSV, .npy, .safetensors or IDX: what its gates do there; - is standard input",
              .group = "Gates",
              .brief = true},
             {.name = "sequence",
              .value = "N",
              .doc = "which sequence or window of DATA; default 0, the first",
              .group = "Gates",
              .brief = true},
             {.name = "layer",
              .value = "N",
              .doc = "that layer alone; default: all recurrent layers",
              .group = "Gates",
              .brief = true},
             {.name = "csv",
              .value = "FILE",
              .doc = "the numbers as CSV; - is standard output, then there is no summary",
              .group = "Gates",
              .brief = true},
             {.name = "out",
              .value = "DIR",
              .doc = "CSV, heat maps and a page of them into this folder",
              .group = "Gates",
              .brief = true,
              .aliases = {"-o"}},
             {.name = "lengths",
              .value = "L.npy",
              .doc = "steps of each sequence of DATA [N]",
              .group = "Gates",
              .setting = "data.lengths"},
             {.name = "tensors",
              .value = "",
              .doc = "name, shape and range of every weight",
              .group = "Output",
              .brief = true},
             {.name = "cpu",
              .value = "",
              .doc = "instruction sets, cores and threads of this machine",
              .group = "Output",
              .brief = true},
             kThreads,
             kForce,
             kQuiet,
             kJson},
            reading_options()}),
      run_inspect};
}

Command cells_command() {
  return {"cells",
          "the recurrent cells: equation, gates, shapes, and how other frameworks call them",
          {{"carousel cells", "all of them"},
           {"carousel cells lstm", "one, with its equation"},
           {"carousel cells gru --inputs 28 --units 128", "its shapes and parameters at that size"}},
          "",
          {{"NAME", "one cell", false}},
          {{.name = "inputs",
            .value = "I",
            .doc = "features of a step; default 1",
            .group = "Size",
            .brief = true},
           {.name = "units", .value = "H", .doc = "hidden units; default 32", .group = "Size", .brief = true},
           {.name = "markdown", .value = "", .doc = "docs/cells.md", .group = "Output"},
           kJson},
          run_cells};
}

Command synth_command() {
  std::vector<std::string> names;
  for (const SynthTask& task : synth_tasks()) names.emplace_back(task.name);
  return {"synth",
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
           out("FILE", "a name that ends in .safetensors; default NAME.safetensors, - is standard output"),
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

Command gradflow_command() {
  return {
      "gradflow",
      "how fast the gradient vanishes or explodes on its way back through time",
      {{"carousel gradflow runs/sales sales.csv", "norms over the lag, their rate a step, their half-life"},
       {"carousel gradflow run.toml sales.csv --svg flow.svg --csv flow.csv",
        "the network of a settings file before any training, also as a picture"},
       {"carousel gradflow run.toml runs/sales sales.csv --relative --svg before-after.svg",
        "several in one picture, each as a share of its start"}},
      "The loss of each sequence's last step alone is differentiated by the outputs h (and cell lines c) of "
      "every step\n"
      "before it, in double, without dropout. Norms are averaged over sequences by the geometric mean, with "
      "the 10 % and\n"
      "90 % quantiles beside it; sequences of different lengths are aligned at their ends. docs/training.md "
      "has the\n"
      "equations and says how to read the curves.",
      {{.name = "MODEL...",
        .doc = "run folders, model files, or settings files (.toml): networks as their seed begins them",
        .repeats = true},
       {"DATA", "CSV, .npy, .safetensors or IDX with targets; - is standard input"}},
      join({{{.name = "sequences",
              .value = "N",
              .doc =
                  "how many are looked at, spread over the data; 0 = all, which keeps 8 bytes of memory for "
                  "each state, sequence and lag; default 64",
              .group = "Curves",
              .brief = true},
             {.name = "lags",
              .value = "N",
              .doc = "the largest lag; default: as far back as the sequences reach",
              .group = "Curves",
              .brief = true},
             {.name = "relative",
              .value = "",
              .doc = "each sequence's norms as a share of its ||dL/dh|| at lag 0",
              .group = "Curves",
              .brief = true},
             {.name = "reference",
              .value = "R",
              .doc = "draw R^lag beside the curves: 0.25, the largest slope of a sigmoid",
              .group = "Curves",
              .brief = true},
             {.name = "csv",
              .value = "FILE",
              .doc = "every lag as CSV; - is standard output, in place of the table or the JSON",
              .group = "Output",
              .brief = true},
             {.name = "svg",
              .value = "FILE",
              .doc = "the curves as a picture; - is standard output, in place of the table or the JSON",
              .group = "Output",
              .brief = true},
             {.name = "target",
              .value = "A,B",
              .doc = "arrays and images: file or name of the targets",
              .group = "Data",
              .brief = true,
              .setting = "data.target"},
             {.name = "lengths",
              .value = "FILE",
              .doc = "arrays: file or name of the lengths [N]",
              .group = "Data",
              .setting = "data.lengths"},
             {.name = "mask",
              .value = "FILE",
              .doc = "arrays: file or name of the mask [N, T]",
              .group = "Data",
              .setting = "data.mask"},
             {.name = "set",
              .value = "A.B=C",
              .doc = "any setting by its path, for settings files",
              .group = "Settings",
              .repeats = true},
             kThreads,
             kForce,
             kQuiet,
             kJson},
            reading_options()}),
      run_gradflow};
}

Command show_config_command() {
  return {"show-config",
          "every setting, its value, and whether it is a default, from a file, a flag or guessed",
          {{"carousel show-config runs/sales", "the settings of a run"},
           {"carousel show-config run.toml --epochs 5", "what a settings file and flags come to"},
           {"carousel show-config sales.csv --target sales", "what would be guessed for some data"}},
          "",
          {{"DATA", "a settings file, a run folder, or data", false}},
          join({network_options(),
                setting_options(),
                {kSettings,
                 {.name = "toml", .value = "", .doc = "as a settings file", .group = "Output", .brief = true},
                 {.name = "markdown", .value = "", .doc = "docs/settings.md", .group = "Output"},
                 kJson}}),
          run_show_config};
}

Command bench_command() {
  return {
      "bench",
      "measure a recurrent layer on this machine, or the machine",
      {{"carousel bench --cell lstm --work train --shape 28,128,28,128", "forward and backward; T,B,I,H"},
       {"carousel bench --cell gru --work stream --shape 64,1,16,32 --seconds 0.5", "a step at a time"},
       {"carousel bench --roofline", "what this machine can do at most"}},
      "infer: forward. train: forward and backward with dx, dW, dU, db. step: train with loss, clipping "
      "and Adam.\n"
      "stream: B live sequences, step by step. Best, 10th percentile and median of all runs; best_ms is of "
      "the "
      "whole sequence.\n"
      "--roofline: products and sums in registers, and reading from the caches and from memory; best of many "
      "runs.",
      {},
      {{.name = "cell", .value = "NAME", .doc = "which cell; default lstm", .group = "Work", .brief = true},
       {.name = "work",
        .value = "infer|train|step|stream",
        .doc = "what is measured; default train",
        .group = "Work",
        .brief = true},
       {.name = "shape",
        .value = "T,B,I,H",
        .doc = "steps, rows, inputs, units; default 28,128,28,128",
        .group = "Work",
        .brief = true},
       {.name = "layers",
        .value = "N",
        .doc = "so many layers on each other; not for step",
        .group = "Work",
        .brief = true},
       {.name = "bidirectional",
        .value = "",
        .doc = "each layer in both directions; infer and train",
        .group = "Work",
        .brief = true},
       {.name = "ragged",
        .value = "SHARE",
        .doc = "rows of unequal lengths, this share of all frames; infer and train",
        .group = "Work",
        .brief = true},
       {.name = "input-dropout",
        .value = "X",
        .doc = "share of what enters the gates that is dropped, one mask a sequence, beside none; train",
        .group = "Work"},
       {.name = "recurrent-dropout",
        .value = "X",
        .doc = "the same for the h of the step before; train",
        .group = "Work"},
       {.name = "threads",
        .value = "N",
        .doc = "0 = all cores; default 0, of stream 1",
        .group = "Work",
        .brief = true},
       {.name = "seconds",
        .value = "S",
        .doc = "how long to measure; default 2",
        .group = "Work",
        .brief = true},
       {.name = "roofline",
        .value = "",
        .doc = "measure the machine instead: FLOP a second and bytes read a second",
        .group = "Work",
        .brief = true},
       kJson},
      run_bench};
}

Command explain_command() {
  return {"explain-code",
          "what an error code means",
          {{"carousel explain-code E104", "one code"},
           {"carousel explain-code 104", "the same"},
           {"carousel explain-code", "all codes"}},
          "",
          {{"CODE", "such as E104", false}},
          {},
          run_explain_code};
}

Command help_command() {
  return {
      "help",
      "help on a command",
      {{"carousel help train", "one command"},
       {"carousel help", "the commands"},
       {"carousel help --all", "everything"}},
      "",
      {{"COMMAND", "a command", false}},
      {{.name = "all", .value = "", .doc = "every command with every flag", .group = "Output", .brief = true},
       {.name = "markdown", .value = "", .doc = "docs/cli.md", .group = "Output"}},
      run_help};
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      init_command(),     train_command(),       resume_command(), evaluate_command(), predict_command(),
      forecast_command(), inspect_command(),     cells_command(),  synth_command(),    gradcheck_command(),
      gradflow_command(), show_config_command(), bench_command(),  explain_command(),  help_command()};
  return all;
}

}  // namespace carousel::cli
