// The end of a run, the same for train and resume.
#include "cli/outcome.h"

#include "carousel/forecast.h"
#include "cli/interrupt.h"
#include "cli/plots.h"
#include "cli/predictions.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "cli/run_page.h"
#include "cli/scores_file.h"
#include "cli/traces.h"
#include "cli/trained.h"
#include "files/atomic_writer.h"
#include "forecast/baselines.h"
#include "train/progress.h"

namespace carousel::cli {
namespace {

/// The CSVs of all records one below the other, with the member's number in front where there are several.
template <class Csv>
std::string of_members(const std::vector<TrainingRecord>& records, const Csv& csv_of_record) {
  if (records.size() == 1) return csv_of_record(records.front());
  std::string all;
  for (std::size_t member = 0; member < records.size(); ++member) {
    const std::string csv = csv_of_record(records[member]);
    for (std::size_t from = 0; from < csv.size();) {
      const std::size_t end = std::min(csv.find('\n', from), csv.size());
      const bool heading = from == 0;
      if (!heading || member == 0)
        all += (heading ? "member" : std::to_string(member)) + "," + csv.substr(from, end - from) + "\n";
      from = end + 1;
    }
  }
  return all;
}

/// What a run wrote about itself: `files`.
void say_written(const Source& source, const TrainOptions& options, const std::string& folder,
                 const std::string& files, bool forecast, Terminal& terminal) {
  terminal.say("\nwrote     {}: {}", folder, files);
  const std::string run = shell_word(folder);
  if (options.tensorboard) terminal.say("see       tensorboard --logdir {}", run);
  if (!forecast)
    terminal.say("next      carousel predict {} DATA --out predictions.csv", run);
  else if (source.config.settings.data.file == "-")
    terminal.say("next      carousel forecast {} --data FILE", run);
  else
    terminal.say("next      carousel forecast {}", run);
}

/// What the networks' part is multiplied with, and why.
void say_share(const Source& source, const Forecaster& forecaster, Terminal& terminal) {
  if (forecaster.start() == Start::none) return;
  const std::int64_t windows = source.data->validation->count();
  terminal.say("share     a = {:.3g}{}", forecaster.share(),
               source.config.settings.forecast.share ? ", as asked"
               : windows == 0                        ? ": nothing validates"
               : windows == 1 ? ": one window validates, which cannot tell skill from chance"
                              : fmt::format(", chosen on {} that validate", counted(windows, "window")));
}

Verdict conclude(const Source& source, const Made& made, const std::string& folder, const Wishes& wishes,
                 Terminal& terminal) {
  const Prepared& data = *source.data;
  const int threads = source.config.settings.train.threads;
  const Part part = scored_part(data);
  if (made.forecaster) say_share(source, *made.forecaster, terminal);
  const Table* table = data.table ? &*data.table : nullptr;
  const Predicted predicted = lines_of(
      run_trained(made.model, made.forecaster, data.preparation, table, *part.data, {.threads = threads}));
  const Verdict verdict = judge(made.model, made.forecaster, data, *part.data, predicted, part.name, threads);
  const std::string scored = counted(verdict.lines, table                                 ? "window"
                                                    : verdict.lines == part.data->count() ? "sequence"
                                                                                          : "step");

  const bool classes = data.preparation.classes > 0;
  const std::vector<double> values =
      classes ? std::vector<double>{} : forecasting::true_values(data, *part.data);
  const std::vector<std::int32_t> labels =
      classes ? forecasting::true_classes(*part.data) : std::vector<std::int32_t>{};
  files::AtomicWriter predictions(in_folder(folder, "predictions.csv"));
  write_csv([&](std::string_view text) { predictions.write(text); }, predicted, data.preparation, table,
            made.model.notes().classes,
            {.values = classes ? nullptr : &values, .classes = classes ? &labels : nullptr});
  predictions.commit();
  std::optional<Forecast> ahead;
  if (table && !classes) {
    try {
      ahead =
          forecast(made.forecaster ? *made.forecaster : Forecaster(made.model), *table, {.threads = threads});
      files::write_file(in_folder(folder, "forecast.csv"), csv_of(*ahead, table->time_name()));
    } catch (const Error& error) {
      if (error.code() != Code::data_missing_value) throw;
      terminal.warn("no forecast: {}", error.info().what);
    }
  }
  if (made.forecaster)  // a network's trainer writes its own
    files::write_file(in_folder(folder, "history.csv"),
                      of_members(made.records, [](const TrainingRecord& record) {
                        return training::history_csv(record.history);
                      }));
  files::write_file(in_folder(folder, "gradients.csv"), of_members(made.records, gradients_csv));
  const report::Page page = page_of(source, made, verdict, predicted,
                                    {ahead ? &*ahead : nullptr, scored, *part.data, values, labels});
  files::write_file(in_folder(folder, "report.html"), report::html(page));
  if (wishes.plots) write_plots(page, folder, terminal);
  write_scores(folder, verdict, classes ? fingerprint(labels) : fingerprint(values), made.seconds);

  if (terminal.json) {
    Json json = verdict.json();
    json["folder"] = folder;
    if (made.forecaster) json["share"] = made.forecaster->share();
    terminal.event(json);
  } else {
    terminal.print("\n" + verdict.text(scored));
  }
  say_written(source, made.records.front().options, folder,
              fmt::format("model.safetensors, run.toml, history.csv, gradients.csv, predictions.csv, "
                          "{}scores.json, report.html{}",
                          ahead ? "forecast.csv, " : "", wishes.plots ? ", plots/" : ""),
              ahead.has_value(), terminal);
  return verdict;
}

int stopped(const Source& source, const std::string& folder, int status, Terminal& terminal) {
  const bool piped = source.config.settings.data.file == "-";
  terminal.say("saved     {}: best and last model\nnext      carousel resume {}{}", folder,
               shell_word(folder), piped ? " --data FILE" : "");
  terminal.event({{"event", "stopped"}, {"folder", folder}});
  return status == 0 ? kInterrupted : status;
}

int status_of(const Verdict& verdict, bool require_skill, Terminal& terminal) {
  if (!require_skill || verdict.has_skill()) return kDone;
  terminal.say("--require-skill: exit status {}", kCheckFailed);
  return kCheckFailed;
}

/// Trains with progress and signals: `run` returns what was made, nothing when it was stopped.
template <class AnyTrainer, class Run>
int with_signals(AnyTrainer& trainer, const Source& source, const std::string& folder, const Wishes& wishes,
                 Terminal& terminal, const Run& run) {
  Progress progress(terminal);
  std::optional<Made> made;
  int status = 0;
  {
    Interrupt interrupt(trainer);
    made = run(progress);
    status = interrupt.status();
  }
  if (!made) return stopped(source, folder, status, terminal);
  if (wishes.resumed) made->seconds.reset();
  return status_of(conclude(source, *made, folder, wishes, terminal), wishes.require_skill, terminal);
}

}  // namespace

Wishes wishes_of(const Arguments& args, const Prepared& data) {
  const Wishes wishes{.plots = args.has("plots"), .require_skill = args.has("require-skill")};
  if (wishes.require_skill && data.test->count() == 0 && data.validation->count() == 0)
    throw Error(Code::usage_conflict, {.where = "--require-skill",
                                       .what = "nothing is kept apart from the training to show skill on",
                                       .hint = "--test 0.1 keeps the newest tenth"});
  return wishes;
}

Part scored_part(const Prepared& data) {
  if (data.test->count() > 0) return {data.test.get(), "test part (never seen in training)"};
  if (data.validation->count() > 0)
    return {data.validation.get(), "validation part (no test part was kept; it chose the best epoch, too)"};
  return {data.train.get(), "training part (nothing was kept apart: this says little)"};
}

int run_to_end(Trainer& trainer, const Source& source, const std::string& folder, const Wishes& wishes,
               Terminal& terminal) {
  return with_signals(trainer, source, folder, wishes, terminal, [&](Progress& progress) {
    const FinishEvent end = trainer.run(&progress);
    return end.why == Finish::stopped
               ? std::nullopt
               : std::optional(Made{trainer.model(), {}, {trainer.record()}, end.seconds});
  });
}

int run_to_end(ForecasterTrainer& trainer, const Source& source, const std::string& folder,
               const Wishes& wishes, Terminal& terminal) {
  return with_signals(trainer, source, folder, wishes, terminal, [&](Progress& progress) {
    if (!trainer.run(&progress)) return std::optional<Made>();
    const Forecaster forecaster = trainer.forecaster();
    return std::optional(
        Made{forecaster.members().front(), forecaster, trainer.records(), trainer.seconds()});
  });
}

}  // namespace carousel::cli
