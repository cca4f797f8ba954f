// Lays out the lines of a training run.
#include "cli/progress.h"

#include <algorithm>
#include <cmath>

#include "cli/source.h"
#include "report/terminal.h"

namespace carousel::cli {
namespace {

constexpr double kLineSeconds = 10.0, kDrawSeconds = 0.1, kPaceSeconds = 0.5;
constexpr int kSparkColumns = 16;

Json json_of(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string scores_of(const EpochRecord& record) {
  std::string text = fmt::format("loss {}", short_number(record.train_loss));
  if (record.validation_loss) text += fmt::format("  validation {}", short_number(*record.validation_loss));
  if (record.validation_accuracy)
    text += fmt::format("  accuracy {:.2f} %", 100 * *record.validation_accuracy);
  return text;
}

}  // namespace

std::string short_number(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "-" : "infinite";
  return fmt::format("{:.4g}", value);
}

std::string duration(double seconds) {
  if (seconds < 0.95) return fmt::format("{:.1f} s", seconds);
  const long whole = std::lround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

void Progress::start_fitted(double naive, double linear) {
  if (!std::isnan(linear))
    terminal_.say("start     linear autoregression: error {} on the validation part (the last value: {})",
                  short_number(linear), short_number(naive));
  terminal_.event({{"event", "start_fitted"}, {"naive", json_of(naive)}, {"linear", json_of(linear)}});
}

void Progress::member(int number, int count) {
  member_ = number;
  members_ = count;
  sequences_ = 0;
  last_line_ = recent_loss_ = 0;
  last_drawn_ = -1;
  losses_.clear();
  last_scores_.clear();
  last_validation_.reset();
  if (count > 1) terminal_.event({{"event", "member"}, {"member", number}, {"members", count}});
}

void Progress::started(const StartEvent& event) {
  total_steps_ = event.total_steps;
  first_step_ = event.step;
  next_line_ = member_ == 1 ? event.step + 1 : event.total_steps + 1;  // the later ones go as the first did
  epochs_ = *event.options.epochs;
  const std::string validating =
      event.validation_sequences > 0
          ? fmt::format(" ({} more validate{})", grouped(event.validation_sequences),
                        event.validation_sequences == 1 ? "s" : "")
          : "";
  if (member_ == 1)
    terminal_.say("training  {}{}, {}{} in batches of {}, {}, {}",
                  members_ > 1 ? fmt::format("{} members of ", members_) : "",
                  counted(static_cast<std::int64_t>(event.parameters), "parameter"),
                  counted(event.train_sequences, "sequence"), validating, event.options.batch,
                  counted(event.total_steps, "step"), counted(event.threads, "thread"));
  terminal_.event({{"event", "start"},
                   {"parameters", event.parameters},
                   {"train_sequences", event.train_sequences},
                   {"validation_sequences", event.validation_sequences},
                   {"steps", event.total_steps},
                   {"step", event.step},
                   {"threads", event.threads}});
}

std::string Progress::line(const StepEvent& event, bool live) const {
  const double rate = static_cast<double>(sequences_) / std::max(event.seconds, 1e-9);
  const double done = static_cast<double>(event.step - first_step_);
  const double left = event.seconds / done * static_cast<double>(total_steps_ - event.step);
  const std::string pace = event.seconds < kPaceSeconds
                               ? ""
                               : fmt::format("{}/s  {} left", grouped(std::llround(rate)), duration(left));
  const std::string prefix = members_ > 1 ? fmt::format("member {}/{}  ", member_, members_) : "";
  if (!live)
    return fmt::format("{}step {}/{}  epoch {}/{}  running loss {}{}{}", prefix, grouped(event.step),
                       grouped(total_steps_), event.epoch, epochs_, short_number(recent_loss_),
                       last_validation_ ? "  validation " + short_number(*last_validation_) : "",
                       pace.empty() ? "" : "  " + pace);
  std::string text = prefix + fmt::format("epoch {}/{}  ", event.epoch, epochs_);
  text += last_scores_.empty() ? fmt::format("running loss {}", short_number(recent_loss_)) : last_scores_;
  std::size_t width = text.size();
  const std::string spark = report::sparkline(losses_, kSparkColumns);
  if (!spark.empty() && width + kSparkColumns + 2 < static_cast<std::size_t>(terminal_.width())) {
    text += "  " + (terminal_.colour() ? "\x1b[36m" + spark + "\x1b[0m" : spark);
    width += 2 + std::min<std::size_t>(losses_.size(), kSparkColumns);
  }
  if (!pace.empty() && width + pace.size() + 2 < static_cast<std::size_t>(terminal_.width()))
    text += "  " + pace;
  return text;
}

void Progress::step(const StepEvent& event) {
  sequences_ += event.sequences;
  recent_loss_ = event.step == first_step_ + 1 ? event.loss : 0.95 * recent_loss_ + 0.05 * event.loss;
  if (terminal_.live() && event.seconds - last_drawn_ >= kDrawSeconds) {
    last_drawn_ = event.seconds;
    terminal_.redraw(line(event, true));
  }
  const bool doubled = event.step >= next_line_;
  if (!doubled && event.seconds - last_line_ < kLineSeconds) return;
  if (doubled) next_line_ = std::max<std::int64_t>(event.step + 1, 2 * event.step);
  last_line_ = event.seconds;
  if (!terminal_.live()) terminal_.say("{}", line(event, false));
  Json json = {{"event", "step"},
               {"step", event.step},
               {"epoch", event.epoch},
               {"loss", json_of(event.loss)},
               {"gradient_norm", json_of(event.gradient_norm)},
               {"seconds", event.seconds}};
  if (event.accuracy) json["accuracy"] = *event.accuracy;
  terminal_.event(json);
}

void Progress::epoch(const EpochEvent& event) {
  const EpochRecord& record = event.record;
  losses_.push_back(std::log(std::max(record.validation_loss.value_or(record.train_loss), 1e-30)));
  last_scores_ = scores_of(record);
  last_validation_ = record.validation_loss;
  Json json = {{"event", "epoch"},    {"epoch", record.epoch},
               {"step", record.step}, {"train_loss", json_of(record.train_loss)},
               {"best", record.best}, {"seconds", event.seconds}};
  if (record.train_accuracy) json["train_accuracy"] = *record.train_accuracy;
  if (record.validation_loss) json["validation_loss"] = json_of(*record.validation_loss);
  if (record.validation_accuracy) json["validation_accuracy"] = *record.validation_accuracy;
  terminal_.event(json);
}

void Progress::finished(const FinishEvent& event) {
  std::string why;
  if (event.why == Finish::patience) why = ", stopped early: no smaller loss any more";
  if (event.why == Finish::stopped) why = ", interrupted";
  std::string kept;
  if (event.best) kept = fmt::format("; best epoch {}: {}", event.best->epoch, scores_of(*event.best));
  terminal_.say("trained   {}{} in {}{}{}",
                members_ > 1 ? fmt::format("member {}/{}: ", member_, members_) : "",
                counted(event.step - first_step_, "step"), duration(event.seconds), why, kept);
  Json json = {
      {"event", "finish"}, {"step", event.step}, {"epochs", event.epoch}, {"seconds", event.seconds}};
  if (event.best) json["best_epoch"] = event.best->epoch;
  terminal_.event(json);
}

}  // namespace carousel::cli
