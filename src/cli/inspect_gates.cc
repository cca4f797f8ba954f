// carousel inspect MODEL --on DATA: the gates and states of one sequence, as a summary, CSV and pictures.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/gate_pictures.h"
#include "cli/predictions.h"
#include "cli/progress.h"
#include "cli/source.h"
#include "cli/trained.h"
#include "files/atomic_writer.h"
#include "model/spec_json.h"

namespace carousel::cli {
namespace {

constexpr std::size_t kMostNamed = 5;  // units that the summary names

/// One sequence of the data, prepared as for training.
struct Sequence {
  Batch batch;
  std::string name;  ///< "sequence 0 of 120, 24 steps"
  std::vector<std::string> features;
};

Sequence sequence_of(const Trained& trained, const std::string& file, const Arguments& args) {
  const Inputs inputs =
      blame_the_data([&] { return read_inputs(reading_of(trained, file), trained.preparation); });
  const std::int64_t count = inputs.data->count();
  if (count == 0) throw Error(Code::data_empty, {.what = "there is no sequence to look at", .file = file});
  const std::int64_t index = args.whole("sequence", 0, 0, static_cast<long>(count) - 1);
  Sequence found;
  inputs.data->gather(std::array{index}, found.batch);
  const int steps = inputs.data->length(index);
  found.name = fmt::format("{} {} of {}", inputs.table ? "window" : "sequence", index, base::grouped(count));
  if (inputs.table) {
    const std::int64_t last = inputs.data->id(index) - trained.preparation.gap - 1;
    found.name += fmt::format(", {} to {}", inputs.table->label(last - steps + 1), inputs.table->label(last));
  }
  found.name += ", " + counted(steps, "step");
  if (steps == 0)
    throw Error(Code::usage_bad_value,
                {.where = "--sequence", .what = fmt::format("sequence {} has no steps", index)});
  found.batch.steps = steps;
  found.batch.x.resize(static_cast<std::size_t>(steps) * static_cast<std::size_t>(found.batch.features));
  for (int f = 0; f < found.batch.features; ++f)
    found.features.push_back(inputs.table ? trained.preparation.features[static_cast<std::size_t>(f)].name
                                          : fmt::format("feature {}", f));
  return found;
}

/// Those of the layers that --layer asks for.
std::vector<LayerActivations> chosen(std::vector<LayerActivations> layers, const Arguments& args) {
  std::set<int> numbers;
  for (const LayerActivations& layer : layers) numbers.insert(layer.layer);
  if (layers.empty())
    throw Error(Code::usage_conflict,
                {.where = "--on", .what = "the model has no recurrent layer, so no gates"});
  if (!args.has("layer")) return layers;
  const long wanted = args.whole("layer", 0, 0, 1'000'000);
  if (!numbers.contains(static_cast<int>(wanted)))
    throw Error(Code::usage_bad_value,
                {.where = "--layer",
                 .what = fmt::format("layer {} is not a recurrent layer of this model", wanted),
                 .expected = fmt::format("{}", fmt::join(numbers, ", "))});
  std::erase_if(layers, [&](const LayerActivations& layer) { return layer.layer != wanted; });
  return layers;
}

/// "layer,direction,gate,unit,step,value": a line for each number.
void write_values(const std::function<void(std::string_view)>& write,
                  const std::vector<LayerActivations>& layers) {
  write("layer,direction,gate,unit,step,value\n");
  std::string text;
  for (const LayerActivations& layer : layers)
    for (const Trace& trace : layer.traces)
      for (int unit = 0; unit < layer.units; ++unit) {
        const std::string head =
            fmt::format("{},{},{},{},", layer.layer, enum_name(layer.direction), trace.name, unit);
        for (int step = 0; step < layer.steps; ++step)
          text += fmt::format(
              "{}{},{}\n", head, step,
              number_text(
                  trace.values[static_cast<std::size_t>(step) * static_cast<std::size_t>(layer.units) +
                               static_cast<std::size_t>(unit)]));
        write(text);
        text.clear();
      }
}

/// "layer,direction,unit,rank,memory": rank 0 remembers longest.
std::string memory_csv(const std::vector<LayerActivations>& layers) {
  std::string text = "layer,direction,unit,rank,memory\n";
  for (const LayerActivations& layer : layers) {
    const std::vector<int> order = layer.by_memory();
    for (int rank = 0; rank < layer.units; ++rank) {
      const int unit = order[static_cast<std::size_t>(rank)];
      text += fmt::format("{},{},{},{},{}\n", layer.layer, enum_name(layer.direction), unit, rank,
                          layer.memory[static_cast<std::size_t>(unit)]);
    }
  }
  return text;
}

std::string text_of(const LayerActivations& layer) {
  const report::Table table = gate_table(layer);
  std::vector<std::vector<std::string>> lines = {table.columns};
  lines.insert(lines.end(), table.rows.begin(), table.rows.end());
  for (std::vector<std::string>& line : lines) line[0].insert(0, "  ");
  std::string text =
      fmt::format("\n{}, {}\n", name_of(layer), counted(layer.units, "unit")) + base::aligned(lines, 1);
  const std::vector<int> order = layer.by_memory();
  std::vector<std::string> longest;
  for (std::size_t k = 0; k < std::min(kMostNamed, order.size()); ++k)
    longest.push_back(memory_text(layer, order[k]));
  text += fmt::format("  memory = {}\n  longest: {}\n", layer.memory_formula, fmt::join(longest, ", "));
  if (order.size() > kMostNamed)
    text += fmt::format("  half the units: {} steps or more\n",
                        short_number(layer.memory[static_cast<std::size_t>(order[(order.size() - 1) / 2])]));
  return text;
}

Json json_of(const LayerActivations& layer) {
  Json traces = Json::array();
  for (const Trace& trace : layer.traces) {
    const TraceSummary all = summary_of(trace);
    Json json = {{"name", trace.name}, {"mean", all.mean}, {"lowest", all.lowest}, {"highest", all.highest}};
    if (!std::isnan(all.low_share)) json["low_share"] = all.low_share, json["high_share"] = all.high_share;
    traces.push_back(std::move(json));
  }
  Json memory = Json::array();
  for (const double steps : layer.memory)
    memory.push_back(std::isinf(steps) ? Json("infinite") : Json(steps));
  return {{"event", "gates"},   {"layer", layer.layer}, {"direction", enum_name(layer.direction)},
          {"cell", layer.cell}, {"units", layer.units}, {"steps", layer.steps},
          {"traces", traces},   {"memory", memory},     {"memory_formula", layer.memory_formula}};
}

std::string picture_name(const LayerActivations& layer, const Trace& trace) {
  return fmt::format("layer{}-{}-{}.svg", layer.layer, enum_name(layer.direction), trace.name);
}

}  // namespace

int inspect_gates(const Context& context, const Trained& trained) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  const std::string folder = args.text("out"), csv = args.text("csv"), file = args.text("on");
  if (!csv.empty()) check_free(csv, "--csv", args);
  if (!folder.empty()) check_free(in_folder(folder, "gates.html"), "--out", args);

  const Sequence sequence = sequence_of(trained, file, args);
  const Batch& batch = sequence.batch;
  const std::vector<LayerActivations> layers =
      chosen(activations(trained.model, {batch.x.data(), 1, batch.steps, batch.features},
                         {.threads = static_cast<int>(args.whole("threads", 0, 0, 1024))}),
             args);
  const std::string title = fmt::format("{} on {}, {}", trained.named.file, file, sequence.name);
  if (csv == "-") {
    write_values([&](std::string_view text) { terminal.print(text); }, layers);
  } else {
    if (!terminal.json) terminal.print(title + "\n");
    for (const LayerActivations& layer : layers) {
      terminal.event(json_of(layer));
      if (!terminal.json) terminal.print(text_of(layer));
    }
    if (!terminal.json)
      terminal.print(
          "\nAt its ends: a gate is below 0.1 or above 0.9, a candidate or h below -0.9 or above 0.9.\n");
  }
  const auto write_csv_to = [&](const std::string& path) {
    files::AtomicWriter out(path);
    write_values([&](std::string_view text) { out.write(text); }, layers);
    out.commit();
  };
  if (!csv.empty() && csv != "-") {
    write_csv_to(csv);
    terminal.say("wrote     {}", csv);
  }
  if (folder.empty()) return 0;
  make_folder(folder);
  write_csv_to(in_folder(folder, "gates.csv"));
  files::write_file(in_folder(folder, "memory.csv"), memory_csv(layers));
  std::size_t pictures = 0;
  for (const LayerActivations& layer : layers)
    for (const Trace& trace : layer.traces) {
      files::write_file(in_folder(folder, picture_name(layer, trace)),
                        report::svg_file(heat_map_of(layer, trace)));
      ++pictures;
    }
  files::write_file(in_folder(folder, "gates.html"),
                    report::html(gate_page(layers, title, batch.x, sequence.features)));
  terminal.say("wrote     {}: gates.html, gates.csv, memory.csv and {}", folder,
               counted(static_cast<std::int64_t>(pictures), "picture"));
  return 0;
}

}  // namespace carousel::cli
