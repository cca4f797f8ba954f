// carousel evaluate: a trained model beside the baselines.
#include <filesystem>

#include "cli/commands.h"
#include "cli/outcome.h"
#include "cli/score.h"
#include "cli/shared_options.h"
#include "cli/source.h"
#include "cli/trained.h"

namespace carousel::cli {
namespace {

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code failed;
  return std::filesystem::equivalent(a, b, failed) && !failed;
}

int run_evaluate(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  const Trained trained = open_trained(context);
  const bool other_data = args.positionals.size() > 1;
  const int threads = static_cast<int>(args.whole("threads", 0, 0, 1024));
  DataOptions options = trained.config.settings.data;
  if (other_data) {
    options = reading_of(trained, args.positionals[1]);
    options.split.test = options.split.validation = 0;
    options.test_file.clear();
  } else if (trained.named.folder.empty() || options.file.empty()) {
    throw Error(Code::usage_missing, {.where = "carousel evaluate",
                                      .what = "a model file outside of a run folder names no data",
                                      .hint = "carousel evaluate MODEL DATA"});
  } else {
    check_kept(
        options.file, "carousel evaluate",
        "carousel evaluate RUN DATA scores every window of a file, - in place of DATA reads them again");
  }
  if (other_data && is_same_file(trained.config.settings.data.file, options.file))
    terminal.warn("these {} include those that the model was trained on",
                  trained.preparation.kind == Preparation::Kind::table ? "windows" : "sequences");
  const Prepared data = blame_the_data(
      [&] { return prepare(options, trained.preparation, trained.config.settings.train.seed); });
  const auto [part, name] =
      other_data ? Part{data.train.get(), "all of " + (options.file == "-" ? "standard input" : options.file)}
                 : scored_part(data);
  if (part->count() == 0)
    throw Error(
        Code::data_too_short,
        {.what = data.table ? "it holds no whole window with what follows it"
                            : "it holds no sequence that counts",
         .expected =
             data.table
                 ? counted(data.preparation.window + data.preparation.gap + data.preparation.horizon, "row") +
                       " at least"
                 : "",
         .got = data.table ? counted(data.table->rows(), "row") : "",
         .hint = data.table ? "carousel forecast needs a window alone" : "",
         .file = options.file});
  const Predicted predicted =
      lines_of(run_trained(trained.model, trained.forecaster, trained.preparation,
                           data.table ? &*data.table : nullptr, *part, {.threads = threads}));
  const Verdict verdict =
      judge(trained.model, trained.forecaster, data, *part, predicted, name, threads, !other_data);
  if (terminal.json) {
    terminal.event(verdict.json());
    return 0;
  }
  terminal.print(verdict.text(counted(verdict.lines, verdict.unit)));
  if (verdict.score) terminal.print(fmt::format("loss {:.6g}\n", verdict.score->loss));
  return 0;
}

}  // namespace

Command evaluate_command() {
  return {"evaluate",
          "score a trained model beside the baselines, on its own test part or on other data",
          {{"carousel evaluate runs/sales", "the part of its data that training never saw"},
           {"carousel evaluate runs/sales sales.csv", "every window of a file"},
           {"carousel evaluate runs/sales --json", "for programs"}},
          "",
          {{"MODEL", "a run folder or a model file"}, {"DATA", "data to score it on", false}},
          join({{kTarget, kLengths, kThreads, kQuiet, kJson}, reading_options()}),
          run_evaluate};
}

}  // namespace carousel::cli
