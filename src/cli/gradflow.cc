// carousel gradflow: the norm of the gradient over the lag, of one model or of several on the same data.
#include "carousel/gradflow.h"

#include "cli/commands.h"
#include "cli/gradflow_report.h"
#include "cli/score.h"
#include "cli/source.h"
#include "cli/trained.h"
#include "files/atomic_writer.h"
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

Subject trained(const std::string& word, const std::string& file, const Arguments& args) {
  const Trained found = open_trained(word, args);
  DataOptions options = reading_of(found, file);
  take_all(options);
  const Prepared data = blame_the_data([&] { return prepare(options, found.preparation); });
  return {found.model, data.train, trained_with(found.model)};
}

void write_text(const std::string& path, const std::string& text, Terminal& terminal) {
  if (path == "-") {
    terminal.print(text);
    return;
  }
  files::AtomicWriter file(path);
  file.write(text);
  file.commit();
  terminal.say("wrote     {}", path);
}

}  // namespace

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
        words[i].ends_with(".toml") ? fresh(words[i], file, args) : trained(words[i], file, args);
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

}  // namespace carousel::cli
