// carousel predict: a model's outputs for data, as CSV or arrays.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/nearest.h"
#include "carousel/session.h"
#include "cli/commands.h"
#include "cli/predictions.h"
#include "cli/score.h"
#include "cli/shared_options.h"
#include "cli/source.h"
#include "cli/trained.h"
#include "files/atomic_writer.h"
#include "files/npy.h"
#include "files/safetensors.h"

namespace carousel::cli {
namespace {

State read_state(const Model& model, int rows, const std::string& path) {
  const files::SafetensorsFile file = files::read_safetensors(path, Role::data);
  State state = model.zero_state(rows);
  std::vector<std::string> known;
  for (const StateInfo& info : model.states()) known.push_back(info.name);
  for (const files::NamedArray& array : file.arrays)
    if (std::find(known.begin(), known.end(), array.name) == known.end())
      throw Error(Code::data_shape, {.what = fmt::format("the model has no state '{}'", array.name),
                                     .hint = base::suggest(array.name, known),
                                     .file = path});
  for (const StateInfo& info : model.states()) {
    const files::NamedArray* array = file.find(info.name);
    const std::vector<std::int64_t> shape = {rows, info.units};
    if (!array || array->shape != shape)
      throw Error(Code::data_shape, {.what = fmt::format("the state '{}' {}", info.name,
                                                         array ? "has another shape" : "is not there"),
                                     .expected = files::text_of(shape),
                                     .got = array ? files::text_of(array->shape) : "",
                                     .file = path});
    const std::vector<float> numbers = files::to_floats(*array);
    for (int row = 0; row < rows; ++row)
      std::copy_n(
          numbers.begin() + static_cast<std::ptrdiff_t>(row) * info.units, info.units,
          state.values.begin() +
              static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * model.state_size() + info.offset));
  }
  return state;
}

/// [N, horizon, targets] of windows, [N, T, K] where there is an output at every step, otherwise [N, K].
std::vector<std::int64_t> shape_of(const Outputs& outputs, const Preparation& preparation, bool every_step) {
  if (preparation.kind == Preparation::Kind::table) {
    const auto targets = static_cast<std::int64_t>(preparation.targets.size());
    return {outputs.rows, outputs.width / targets, targets};
  }
  if (every_step) return {outputs.rows, outputs.steps, outputs.width};
  return {outputs.rows, outputs.width};
}

/// Throws check_not_finite, with the row, where the network's output cannot be used.
void check_finite(const Outputs& outputs, const Preparation& preparation, const Table* table,
                  const std::string& file) {
  const auto bad = std::find_if(outputs.values.begin(), outputs.values.end(),
                                [](float value) { return !std::isfinite(value); });
  if (bad == outputs.values.end()) return;
  const std::int64_t line = (bad - outputs.values.begin()) / outputs.width;
  const std::int64_t id = outputs.ids[static_cast<std::size_t>(line / outputs.steps)];
  ErrorInfo info{.what = fmt::format("the network's output for sequence {}{} is not finite", id,
                                     outputs.steps > 1 ? fmt::format(", step {}", line % outputs.steps) : ""),
                 .got = base::shown(*bad),
                 .hint =
                     "look for input that is far from what training saw; carousel inspect MODEL --tensors "
                     "shows whether the weights are finite",
                 .file = file};
  if (table) {
    const std::int64_t last = id - preparation.gap - 1;  // of the window
    info.what =
        fmt::format("the forecast from the window that ends with '{}' is not finite", table->label(last));
    info.row = table->line(last);
  }
  throw Error(Code::check_not_finite, info);
}

std::string form_of(const std::string& out) {
  if (out == "-") return ".csv";
  const std::string ending = std::filesystem::path(out).extension().string();
  static const std::vector<std::string> known = {".csv", ".npy", ".safetensors"};
  if (std::find(known.begin(), known.end(), ending) != known.end()) return ending;
  throw Error(Code::usage_bad_value, {.where = "--out",
                                      .what = fmt::format("'{}' does not say in which form to write", out),
                                      .expected = "a name that ends in .csv, .npy or .safetensors",
                                      .hint = base::did_you_mean(ending, known)});
}

int run_predict(const Context& context) {
  const Arguments& args = context.args;
  const std::string out = args.text("out", "-");
  const std::string form = form_of(out);
  check_free(out, "--out", args);
  if (args.has("final-state")) check_free(args.text("final-state"), "--final-state", args);
  const Trained trained = open_trained(context);
  const bool table_model = trained.preparation.kind == Preparation::Kind::table;
  for (const char* flag : {"every-step", "lengths", "initial-state", "final-state"})
    if (table_model && args.has(flag))
      throw Error(
          Code::usage_conflict,
          {.where = fmt::format("--{}", flag),
           .what = "is for arrays of sequences, but this model works on windows of a table",
           .hint = "every window begins with states of zero; train on an array [N, T, F] to carry them"});
  const Inputs inputs = blame_the_data(
      [&] { return read_inputs(reading_of(trained, args.positionals[1]), trained.preparation); });
  const int rows = static_cast<int>(inputs.data->count());
  State initial, final;
  if (args.has("initial-state")) initial = read_state(trained.model, rows, args.text("initial-state"));
  const RunOptions options{.initial = args.has("initial-state") ? &initial : nullptr,
                           .final = args.has("final-state") ? &final : nullptr,
                           .every_step = args.has("every-step"),
                           .threads = static_cast<int>(args.whole("threads", 0, 0, 1024))};
  const bool every_step = options.every_step || trained.model.returns_sequence();
  const Table* table = inputs.table ? &*inputs.table : nullptr;
  const Outputs outputs =
      run_trained(trained.model, trained.forecaster, trained.preparation, table, *inputs.data, options);
  check_finite(outputs, trained.preparation, table, args.positionals[1]);
  if (form == ".csv") {
    const auto write_to = [&](const std::function<void(std::string_view)>& write) {
      write_csv(write, lines_of(outputs), trained.preparation, table, trained.model.notes().classes, {});
    };
    if (out == "-" && context.terminal.json) {
      tell_json([&](const Json& line) { context.terminal.event(line); }, lines_of(outputs),
                trained.preparation, table, trained.model.notes().classes);
    } else if (out == "-") {
      write_to([&](std::string_view text) { context.terminal.print(text); });
    } else {
      files::AtomicWriter file(out);
      write_to([&](std::string_view text) { file.write(text); });
      file.commit();
    }
  } else {
    const files::NamedArray array =
        files::array_of("y", shape_of(outputs, trained.preparation, every_step), outputs.values);
    if (form == ".npy")
      files::write_npy(out, array);
    else
      files::write_safetensors(out, {array});
  }
  if (options.final) save_state(trained.model, final, args.text("final-state"));
  if (out == "-") return 0;
  context.terminal.event({{"event", "written"},
                          {"file", out},
                          {"rows", rows},
                          {"shape", shape_of(outputs, trained.preparation, every_step)}});
  context.terminal.say("wrote     {}: {}", out, counted(rows, table_model ? "window" : "sequence"));
  return 0;
}

}  // namespace

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
          join({{out_option("FILE",
                            "by its ending CSV, .npy or .safetensors; default - : CSV on standard output"),
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

}  // namespace carousel::cli
