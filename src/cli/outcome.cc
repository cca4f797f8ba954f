// The end of a run, the same for train and resume.
#include "cli/outcome.h"

#include "carousel/forecast.h"
#include "cli/interrupt.h"
#include "cli/predictions.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "cli/run_page.h"
#include "cli/traces.h"
#include "files/atomic_writer.h"
#include "forecast/baselines.h"

namespace carousel::cli {
namespace {

/// The part that scores a run, by what is there.
struct Part {
  const Dataset* data;
  std::string name;
};

Part scored_part(const Prepared& data) {
  if (data.test->count() > 0) return {data.test.get(), "test part (never seen in training)"};
  if (data.validation->count() > 0) return {data.validation.get(), "validation part (no test part was kept)"};
  return {data.train.get(), "training part (nothing was kept apart: this says little)"};
}

}  // namespace

void conclude(const Source& source, const Trainer& trainer, const std::string& folder, double seconds,
              Terminal& terminal) {
  const Prepared& data = *source.data;
  const Model model = trainer.model();
  const int threads = source.config.settings.train.threads;
  const Part part = scored_part(data);
  const Predicted predicted = lines_of(run_model(model, data.preparation, *part.data, {.threads = threads}));
  const Verdict verdict = judge(model, data, *part.data, predicted, part.name, threads);
  const std::string scored = counted(verdict.lines, data.table                            ? "window"
                                                    : verdict.lines == part.data->count() ? "sequence"
                                                                                          : "step");

  const bool classes = data.preparation.classes > 0;
  const std::vector<double> values =
      classes ? std::vector<double>{} : forecasting::true_values(data, *part.data);
  const std::vector<std::int32_t> labels =
      classes ? forecasting::true_classes(*part.data) : std::vector<std::int32_t>{};
  files::AtomicWriter predictions(in_folder(folder, "predictions.csv"));
  write_csv([&](std::string_view text) { predictions.write(text); }, predicted, data.preparation,
            data.table ? &*data.table : nullptr, model.notes().classes,
            {.values = classes ? nullptr : &values, .classes = classes ? &labels : nullptr});
  predictions.commit();
  std::optional<Forecast> ahead;
  if (data.table && !classes) {
    try {
      ahead = forecast(model, *data.table, {.threads = threads});
      files::write_file(in_folder(folder, "forecast.csv"), csv_of(*ahead, data.table->time_name()));
    } catch (const Error& error) {
      if (error.code() != Code::data_missing_value) throw;
      terminal.warn("no forecast: {}", error.info().what);
    }
  }
  files::write_file(in_folder(folder, "gradients.csv"), gradients_csv(trainer));
  files::write_file(in_folder(folder, "report.html"),
                    report::html(page_of(source, trainer, model, verdict, predicted,
                                         {ahead ? &*ahead : nullptr, scored, seconds})));

  if (terminal.json) {
    Json json = verdict.json();
    json["folder"] = folder;
    terminal.event(json);
  } else {
    terminal.print("\n" + verdict.text(scored));
  }
  terminal.say(
      "\nwrote     {}: model.safetensors, run.toml, history.csv, gradients.csv, predictions.csv, "
      "{}report.html",
      folder, ahead ? "forecast.csv, " : "");
  const std::string run = shell_word(folder);
  if (trainer.options().tensorboard) terminal.say("see       tensorboard --logdir {}", run);
  if (!ahead)
    terminal.say("next      carousel predict {} DATA --out predictions.csv", run);
  else if (source.config.settings.data.file == "-")
    terminal.say("next      carousel forecast {} --data FILE", run);
  else
    terminal.say("next      carousel forecast {}", run);
}

int run_to_end(Trainer& trainer, const Source& source, const std::string& folder, Terminal& terminal) {
  Progress progress(terminal);
  int status = 0;
  FinishEvent end{};
  {
    Interrupt interrupt(trainer);
    end = trainer.run(&progress);
    status = interrupt.status();
  }
  if (end.why == Finish::stopped) {
    const bool piped = source.config.settings.data.file == "-";
    terminal.say("saved     {}: best and last model\nnext      carousel resume {}{}", folder,
                 shell_word(folder), piped ? " --data FILE" : "");
    return status == 0 ? kInterrupted : status;
  }
  conclude(source, trainer, folder, end.seconds, terminal);
  return kDone;
}

}  // namespace carousel::cli
