// Lays out the lines of a training run.
#include "cli/progress.h"

#include <algorithm>
#include <cmath>

#include "cli/source.h"
#include "report/terminal.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

constexpr double kLineSeconds = 10.0, kDrawSeconds = 0.1, kPaceSeconds = 0.5;
constexpr std::size_t kSparkColumns = 16, kLeastSpark = 4, kGap = 2;
constexpr int kFullColumns = 90;

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

std::string parameters_of(std::int64_t each, std::size_t networks) {
  return (networks > 1 ? fmt::format("{} x ", networks) : "") + grouped(each);
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
  last_.reset();
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

std::string LiveLine::text(int width, bool colour) const {
  const auto room = static_cast<std::size_t>(std::max(width - 1, 1));
  const bool full = width >= kFullColumns;
  std::size_t used = 0;
  const auto take = [&](std::size_t columns) {
    const std::size_t more = columns + (used > 0 ? kGap : 0);
    const bool fits = columns > 0 && used + more <= room;
    if (fits) used += more;
    return fits;
  };
  // The first of the names under which the value fits, or nothing.
  const auto named = [&](const std::string& value, std::initializer_list<const char*> names) {
    for (const char* name : names)
      if (const std::string words = name + value; !value.empty() && take(words.size())) return words;
    return std::string();
  };
  // Whatever comes first here takes its room first.
  const std::string loss_part = named(loss, {"loss "});
  const std::string validation_part = named(validation, {full ? "validation " : "val "});
  const std::string left_part = named(left.empty() ? left : left + " left", {""});
  const bool drawn = !curve.empty() && take(kLeastSpark);
  const std::string rate_part = named(rate, {""});
  const std::string epoch_part = named(epoch, {"epoch ", ""});
  // Without a name it would be taken for the epoch where that is not beside it.
  const std::string member_part = epoch_part.empty() ? "" : named(member, {full ? "member " : "", ""});
  const std::string accuracy_part = named(accuracy, {"accuracy "});
  std::string spark;
  if (drawn) {
    const std::size_t columns = std::min(kLeastSpark + room - used, kSparkColumns);
    spark = report::sparkline(curve, static_cast<int>(columns));
    if (colour) spark = "\x1b[36m" + spark + "\x1b[0m";
  }
  std::string line;
  for (const std::string& part :
       {member_part, epoch_part, loss_part, validation_part, accuracy_part, spark, rate_part, left_part})
    if (!part.empty()) line += (line.empty() ? "" : "  ") + part;
  return line;
}

double Progress::seconds_left(const StepEvent& event) const {
  const std::int64_t steps = total_steps_ - event.step + (members_ - member_) * total_steps_;
  return event.seconds / static_cast<double>(event.step - first_step_) * static_cast<double>(steps);
}

std::string Progress::rate(const StepEvent& event) const {
  return grouped(std::llround(static_cast<double>(sequences_) / std::max(event.seconds, 1e-9))) + "/s";
}

std::string Progress::plain_line(const StepEvent& event) const {
  std::string text = members_ > 1 ? fmt::format("member {}/{}  ", member_, members_) : "";
  text += fmt::format("step {}/{}  epoch {}/{}  running loss {}", grouped(event.step), grouped(total_steps_),
                      event.epoch, epochs_, short_number(recent_loss_));
  if (last_ && last_->validation_loss) text += "  validation " + short_number(*last_->validation_loss);
  if (event.seconds >= kPaceSeconds)
    text += fmt::format("  {}  {} left", rate(event), duration(seconds_left(event)));
  return text;
}

LiveLine Progress::live_line(const StepEvent& event) const {
  LiveLine line{.epoch = fmt::format("{}/{}", event.epoch, epochs_),
                .loss = short_number(last_ ? last_->train_loss : recent_loss_),
                .curve = losses_};
  if (members_ > 1) line.member = fmt::format("{}/{}", member_, members_);
  if (last_ && last_->validation_loss) line.validation = short_number(*last_->validation_loss);
  if (last_ && last_->validation_accuracy)
    line.accuracy = fmt::format("{:.2f} %", 100 * *last_->validation_accuracy);
  if (event.seconds >= kPaceSeconds) line.rate = rate(event), line.left = duration(seconds_left(event));
  return line;
}

void Progress::step(const StepEvent& event) {
  sequences_ += event.sequences;
  recent_loss_ = event.step == first_step_ + 1 ? event.loss : 0.95 * recent_loss_ + 0.05 * event.loss;
  if (terminal_.live() && event.seconds - last_drawn_ >= kDrawSeconds) {
    last_drawn_ = event.seconds;
    terminal_.redraw(live_line(event).text(terminal_.width(), terminal_.colour()));
  }
  const bool doubled = event.step >= next_line_;
  if (!doubled && event.seconds - last_line_ < kLineSeconds) return;
  if (doubled) next_line_ = std::max<std::int64_t>(event.step + 1, 2 * event.step);
  last_line_ = event.seconds;
  if (!terminal_.live()) terminal_.say("{}", plain_line(event));
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
  last_ = record;
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
  Json json = {{"event", "finish"},
               {"why", enum_name(event.why)},
               {"step", event.step},
               {"epochs", event.epoch},
               {"seconds", event.seconds}};
  if (event.best) json["best_epoch"] = event.best->epoch;
  terminal_.event(json);
}

}  // namespace carousel::cli
