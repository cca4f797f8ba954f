// Writes predictions line by line, so that a long file needs no memory of its size.
#include "cli/predictions.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace carousel::cli {
namespace {

constexpr std::size_t kPiece = 1 << 16;

void pass_on(const std::function<void(std::string_view)>& write, std::string& text,
             std::size_t from = kPiece) {
  if (text.size() < from) return;
  write(text);
  text.clear();
}

/// Where the line of a window and step stands in time.
class Times {
 public:
  Times(const Table& table, const Preparation& preparation)
      : table_(table), after_(table.next_labels(preparation.horizon + preparation.gap)) {}
  std::string at(std::int64_t row) const {
    return row < table_.rows() ? table_.label(row) : after_[static_cast<std::size_t>(row - table_.rows())];
  }

 private:
  const Table& table_;
  std::vector<std::string> after_;
};

void write_windows(const std::function<void(std::string_view)>& write, const Predicted& predicted,
                   const Preparation& preparation, const Table& table) {
  const std::size_t targets = preparation.targets.size();
  const auto width = static_cast<std::size_t>(predicted.width);
  std::string text = csv_field(table.time_name().empty() ? "row" : table.time_name()) + ",step";
  std::vector<int> columns;
  for (const ColumnScale& target : preparation.targets) {
    text += "," + csv_field(target.name) + "," + csv_field(target.name + "_predicted");
    columns.push_back(table.column(target.name));
  }
  text += "\n";
  const Times times(table, preparation);
  for (std::size_t line = 0; line < predicted.lines(); ++line) {
    for (std::size_t step = 0; step < width / targets; ++step) {
      const std::int64_t row = predicted.ids[line] + static_cast<std::int64_t>(step);
      const bool known = row < table.rows();
      text += csv_field(times.at(row));
      text += "," + std::to_string(step + 1);
      for (std::size_t i = 0; i < targets; ++i) {
        text += "," + number_text(known ? table.at(row, columns[i]) : std::nan(""));
        text += "," + number_text(predicted.values[line * width + step * targets + i]);
      }
      text += "\n";
    }
    pass_on(write, text);
  }
  pass_on(write, text, 1);
}

void write_sequences(const std::function<void(std::string_view)>& write, const Predicted& predicted,
                     bool classes, const std::vector<std::string>& class_names, const TruthOf& truth) {
  const auto width = static_cast<std::size_t>(predicted.width);
  const bool steps =
      std::any_of(predicted.steps.begin(), predicted.steps.end(), [](std::int32_t step) { return step > 0; });
  const auto name_of = [&](std::int64_t c) -> std::string {
    return c < 0 ? "" : class_name(class_names, static_cast<std::size_t>(c));
  };
  std::string text = steps ? "sequence,step" : "sequence";
  if (classes) text += truth.classes ? ",class,predicted" : ",predicted";
  for (std::size_t i = 0; i < width; ++i) {
    if (classes)
      text += "," + csv_field("p_" + name_of(static_cast<std::int64_t>(i)));
    else
      text += (truth.values ? fmt::format(",y{},", i) : ",") + fmt::format("y{}_predicted", i);
  }
  text += "\n";
  for (std::size_t line = 0; line < predicted.lines(); ++line) {
    text += std::to_string(predicted.ids[line]);
    if (steps) text += "," + std::to_string(predicted.steps[line]);
    const auto first = predicted.values.begin() + static_cast<std::ptrdiff_t>(line * width);
    if (classes) {
      if (truth.classes) text += "," + csv_field(name_of((*truth.classes)[line]));
      text += "," + csv_field(name_of(std::max_element(first, first + predicted.width) - first));
    }
    for (std::size_t i = 0; i < width; ++i) {
      if (truth.values) text += "," + number_text((*truth.values)[line * width + i]);
      text += "," + number_text(predicted.values[line * width + i]);
    }
    text += "\n";
    pass_on(write, text);
  }
  pass_on(write, text, 1);
}

void tell_windows(const std::function<void(const Json&)>& tell, const Predicted& predicted,
                  const Preparation& preparation, const Table& table) {
  const std::size_t targets = preparation.targets.size();
  const auto width = static_cast<std::size_t>(predicted.width);
  const Times times(table, preparation);
  for (std::size_t line = 0; line < predicted.lines(); ++line)
    for (std::size_t step = 0; step < width / targets; ++step) {
      const std::int64_t row = predicted.ids[line] + static_cast<std::int64_t>(step);
      Json json = {{"event", "prediction"}, {"time", times.at(row)}, {"step", step + 1}};
      Json values = Json::object(), all_known = Json::object();
      for (std::size_t i = 0; i < targets; ++i) {
        const std::string& name = preparation.targets[i].name;
        const float known = row < table.rows() ? table.at(row, table.column(name)) : NAN;
        values[name] = predicted.values[line * width + step * targets + i];
        all_known[name] = std::isfinite(known) ? Json(known) : Json(nullptr);
      }
      json["values"] = std::move(values);
      json["known"] = std::move(all_known);
      tell(json);
    }
}

void tell_sequences(const std::function<void(const Json&)>& tell, const Predicted& predicted, bool classes,
                    const std::vector<std::string>& class_names) {
  const auto width = static_cast<std::size_t>(predicted.width);
  for (std::size_t line = 0; line < predicted.lines(); ++line) {
    const std::span<const float> values(predicted.values.data() + line * width, width);
    Json json = {{"event", "prediction"}, {"sequence", predicted.ids[line]}, {"step", predicted.steps[line]}};
    if (classes) {
      const auto best = std::max_element(values.begin(), values.end()) - values.begin();
      json["class"] = class_name(class_names, static_cast<std::size_t>(best));
      for (std::size_t c = 0; c < width; ++c) json["probabilities"][class_name(class_names, c)] = values[c];
    } else {
      json["values"] = std::vector<float>(values.begin(), values.end());
    }
    tell(json);
  }
}

}  // namespace

std::string class_name(const std::vector<std::string>& names, std::size_t c) {
  return c < names.size() ? names[c] : std::to_string(c);
}

std::string csv_of(const Forecast& ahead, const std::string& time_name) {
  std::string text = csv_field(time_name.empty() ? "row" : time_name);
  for (const std::string& target : ahead.targets) {
    text += "," + csv_field(target);
    if (!ahead.low.empty()) text += "," + csv_field(target + "_low") + "," + csv_field(target + "_high");
  }
  text += "\n";
  for (std::size_t step = 0; step < ahead.labels.size(); ++step) {
    text += csv_field(ahead.labels[step]);
    for (std::size_t i = step * ahead.targets.size(); i < (step + 1) * ahead.targets.size(); ++i) {
      text += "," + number_text(ahead.values[i]);
      if (!ahead.low.empty()) text += "," + number_text(ahead.low[i]) + "," + number_text(ahead.high[i]);
    }
    text += "\n";
  }
  return text;
}

std::vector<double> one_path(const Predicted& predicted, const std::vector<float>& values,
                             std::size_t targets, std::size_t index, std::int64_t rows) {
  std::vector<double> path(static_cast<std::size_t>(rows), std::nan(""));
  std::vector<std::size_t> lines(predicted.lines());
  std::iota(lines.begin(), lines.end(), std::size_t{0});
  std::sort(lines.begin(), lines.end(),
            [&](std::size_t a, std::size_t b) { return predicted.ids[a] < predicted.ids[b]; });
  std::int64_t next = lines.empty() ? 0 : predicted.ids[lines.front()];
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // A later window that leaves no hole knows more.
    if (i + 1 < lines.size() && predicted.ids[lines[i + 1]] <= next) continue;
    const std::int64_t first = predicted.ids[lines[i]];
    const std::int64_t end =
        std::min<std::int64_t>(rows, first + predicted.width / static_cast<std::int64_t>(targets));
    for (std::int64_t row = std::max(next, first); row < end; ++row)
      path[static_cast<std::size_t>(row)] = values[lines[i] * static_cast<std::size_t>(predicted.width) +
                                                   static_cast<std::size_t>(row - first) * targets + index];
    next = std::max(next, end);
  }
  return path;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string number_text(double value) {
  return std::isnan(value) ? "" : fmt::format("{}", static_cast<float>(value));
}

void tell_json(const std::function<void(const Json&)>& tell, const Predicted& predicted,
               const Preparation& preparation, const Table* table,
               const std::vector<std::string>& class_names) {
  if (table)
    tell_windows(tell, predicted, preparation, *table);
  else
    tell_sequences(tell, predicted, preparation.classes > 0, class_names);
}

void write_csv(const std::function<void(std::string_view)>& write, const Predicted& predicted,
               const Preparation& preparation, const Table* table,
               const std::vector<std::string>& class_names, const TruthOf& truth) {
  if (table)
    write_windows(write, predicted, preparation, *table);
  else
    write_sequences(write, predicted, preparation.classes > 0, class_names, truth);
}

}  // namespace carousel::cli
