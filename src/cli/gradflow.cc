// carousel gradflow: the norm of the gradient over the lag, of one model or of several on the same data.
#include "carousel/gradflow.h"

#include "cli/commands.h"
#include "cli/gradflow_report.h"
#include "cli/score.h"
#include "cli/shared_options.h"
#include "cli/source.h"
#include "cli/trained.h"
#include "files/atomic_writer.h"
#include "forecast/forecaster_impl.h"
#include "forecast/residuals.h"
#include "report/svg.h"

namespace carousel::cli {
namespace {

/// A model with its data and its loss.
struct Subject {
  Model model;
  std::shared_ptr<const Dataset> data;
  TrainOptions options;
};

void take_all(DataOptions& options) {
  options.split.test = options.split.validation = 0;
  options.test_file.clear();
}

/// A network as its settings begin it.
Subject fresh(const std::string& word, const std::string& file, const Arguments& args) {
  Source source{.config = load_config(word, args), .data = nullptr};
  source.config.settings.data.file = file;
  source.config.origins["data.file"] = Origin::flag;
  take_all(source.config.settings.data);
  prepare_source(source);
  const TrainOptions& options = source.config.settings.train;
  return {Model::create(spec_for(source), source.data->train->features(), options.seed), source.data->train,
          options};
}

Subject trained(const std::string& word, const std::string& file, const Arguments& args, Terminal& terminal) {
  const Trained found = open_trained(word, args);
  DataOptions options = reading_of(found, file);
  take_all(options);
  const Prepared data = blame_the_data([&] { return prepare(options, found.preparation); });
  std::shared_ptr<const Dataset> targets = data.train;
  if (found.forecaster && found.forecaster->start() == Start::linear)
    targets = forecasting::left_by(
        std::make_shared<const forecasting::Started>(data, *found.forecaster->impl().start), targets);
  if (found.forecaster && found.forecaster->members().size() > 1)
    terminal.say("note      {}: the first of {} members", word, found.forecaster->members().size());
  return {found.model, targets, trained_with(found.model)};
}

void write_text(const std::string& path, const std::string& text, Terminal& terminal) {
  if (path == "-") {
    terminal.print(text);
    return;
  }
  files::write_file(path, text);
  terminal.say("wrote     {}", path);
}

int run_gradflow(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  const std::vector<std::string> words(args.positionals.begin(), args.positionals.end() - 1);
  const std::string& file = args.positionals.back();
  if (file == "-" && words.size() > 1)
    throw Error(Code::usage_conflict,
                {.where = "carousel gradflow",
                 .what = "standard input can be read once, and there are several models",
                 .hint = "write the data to a file"});
  const std::string csv = args.text("csv"), svg = args.text("svg");
  for (const char* flag : {"csv", "svg"})
    if (args.has(flag)) check_free(args.text(flag), fmt::format("--{}", flag), args);
  if (csv == "-" && svg == "-")
    throw Error(Code::usage_conflict, {.where = "--svg", .what = "standard output is for the CSV already"});
  const double reference = args.number("reference", 0, 1e-300, 1e300);
  const GradflowOptions options{.sequences = static_cast<int>(args.whole("sequences", 64, 0, 1000000000)),
                                .lags = static_cast<int>(args.whole("lags", 0, 1, 1000000000)),
                                .relative = args.has("relative"),
                                .threads = static_cast<int>(args.whole("threads", 0, 0, 1024))};

  const std::vector<std::string> labels = labels_of(words);
  std::vector<Measured> all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Subject subject =
        words[i].ends_with(".toml") ? fresh(words[i], file, args) : trained(words[i], file, args, terminal);
    all.push_back({.word = words[i],
                   .label = labels[i],
                   .outline = outline(subject.model.spec()),
                   .loss = *resolved(subject.options, subject.data->target()).loss,
                   .longest = subject.data->max_steps(),
                   .relative = options.relative,
                   .flow = gradflow(subject.model, *subject.data, subject.options, options)});
  }

  for (const Measured& one : all)
    for (const std::string& remark : remarks_of(one)) terminal.say("note      {}", remark);
  const bool output_taken = csv == "-" || svg == "-";
  if (terminal.json && !output_taken) {
    for (const Measured& one : all)
      for (const Json& curve : json_of(one)) terminal.event(curve);
  } else if (!output_taken) {
    for (const Measured& one : all) terminal.print(lags_text(one));
    terminal.print(rates_text(all));
  }
  if (!csv.empty()) write_text(csv, csv_of(all), terminal);
  if (!svg.empty()) write_text(svg, report::svg_file(chart_of(all, reference), {860, 460}), terminal);
  return 0;
}

}  // namespace

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
             kTarget,
             kLengths,
             kMask,
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

}  // namespace carousel::cli
