// carousel inspect: what a model file holds, and what the kernels run on here.
#include <algorithm>
#include <cmath>

#include "base/cores.h"
#include "base/team.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/shared_options.h"
#include "cli/source.h"
#include "cli/trained.h"
#include "kernels/dispatch.h"

namespace carousel::cli {
namespace {

int inspect_cpu(Terminal& terminal) {
  const auto targets = kernels::available_targets();
  const std::string active(kernels::active_target().name);
  if (terminal.json) {
    terminal.event({{"target", active},
                    {"available", targets},
                    {"cores", cores()},
                    {"threads", Team::process().threads()}});
    return 0;
  }
  terminal.print(
      fmt::format("instruction set  {} (of {}; CAROUSEL_TARGET chooses another)\ncores            {}\n"
                  "threads          {} (CAROUSEL_THREADS or --threads)\n",
                  active, fmt::join(targets, ", "), cores(), Team::process().threads()));
  return 0;
}

std::string shape_text(const std::vector<int>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string preparation_text(const Preparation& p) {
  if (p.kind != Preparation::Kind::table)
    return fmt::format("data        sequences of {}{}\n", base::counted(std::ssize(p.features), "feature"),
                       p.classes > 0
                           ? fmt::format(", {} class{}", base::grouped(p.classes), p.classes == 1 ? "" : "es")
                           : "");
  const auto names = [](const std::vector<ColumnScale>& columns) {
    std::string text;
    for (const ColumnScale& column : columns)
      text += (text.empty() ? "" : ", ") + column.name + (column.log ? " (log)" : "");
    return text;
  };
  return fmt::format("data        window {}, horizon {}, gap {}, season {}\nsees        {}\nforecasts   {}\n",
                     p.window, p.horizon, p.gap, p.season, names(p.features), names(p.targets));
}

int run_inspect(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  if (args.has("cpu")) return inspect_cpu(terminal);
  if (args.positionals.empty())
    throw Error(Code::usage_missing, {.where = "carousel inspect",
                                      .what = "MODEL must be given",
                                      .expected = "a run folder or a model file",
                                      .hint = "or --cpu for this machine"});
  if (!args.has("on"))
    for (const char* flag : {"sequence", "layer", "csv", "out"})
      if (args.has(flag))
        throw Error(Code::usage_missing, {.where = fmt::format("--{}", flag),
                                          .what = "there is no data whose gates it could show",
                                          .hint = "--on DATA"});
  const Trained trained = open_trained(args.positionals[0], args);
  if (args.has("on")) return inspect_gates(context, trained);
  const Model& model = trained.model;
  if (terminal.json) {
    Json tensors = Json::array();
    for (const TensorView& tensor : model.tensors())
      tensors.push_back({{"name", tensor.name}, {"shape", tensor.shape}});
    Json states = Json::array();
    for (const StateInfo& state : model.states())
      states.push_back({{"name", state.name}, {"units", state.units}});
    terminal.event({{"file", trained.named.file},
                    {"inputs", model.inputs()},
                    {"outputs", model.outputs()},
                    {"parameters", model.parameter_count()},
                    {"tensors", tensors},
                    {"states", states},
                    {"classes", model.notes().classes},
                    {"members", trained.forecaster ? trained.forecaster->members().size() : 1},
                    {"share", trained.forecaster ? trained.forecaster->share() : 1.0},
                    {"preparation", Json::parse(model.notes().preparation, nullptr, false)},
                    {"training", Json::parse(model.notes().training, nullptr, false)}});
    return 0;
  }
  terminal.print(fmt::format("{}\n\n{}\n{}", trained.named.file, model.summary(),
                             preparation_text(trained.preparation)));
  if (trained.forecaster)
    terminal.print(
        fmt::format("forecast    {}the mean of {}, the first of which is above\n",
                    trained.forecaster->start() == Start::linear
                        ? fmt::format("linear autoregression + {:.3g} x ", trained.forecaster->share())
                        : "",
                    counted(std::ssize(trained.forecaster->members()), "network")));
  if (!model.notes().classes.empty())
    terminal.print(fmt::format("classes     {}\n", fmt::join(model.notes().classes, ", ")));
  if (!model.states().empty()) {
    std::string states;
    for (const StateInfo& state : model.states())
      states += fmt::format("{}{} [N, {}]", states.empty() ? "" : ", ", state.name, state.units);
    terminal.print("states      " + states + "\n");
  }
  if (args.has("tensors")) {
    terminal.print("\n");
    for (const TensorView& tensor : model.tensors()) {
      double low = INFINITY, high = -INFINITY, squares = 0;
      for (const float value : tensor.values) {
        low = std::min<double>(low, value);
        high = std::max<double>(high, value);
        squares += static_cast<double>(value) * value;
      }
      terminal.print(fmt::format("{:<28} {:<14} from {} to {}, root mean square {}\n", tensor.name,
                                 shape_text(tensor.shape), short_number(low), short_number(high),
                                 short_number(std::sqrt(squares / static_cast<double>(std::max<std::size_t>(
                                                                      tensor.values.size(), 1))))));
    }
  }
  return 0;
}

}  // namespace

Command inspect_command() {
  return {
      "inspect",
      "what a model holds (layers, parameters, states), and what its gates do on data",
      {{"carousel inspect runs/sales", "a table of its layers"},
       {"carousel inspect runs/sales --on sales.csv --out gates", "its gates over the first window"},
       {"carousel inspect --cpu", "which instruction set the kernels use here"}},
      "With --on the model reads one sequence (or window) of DATA, and the gates, candidates and states of "
      "its recurrent\n"
      "layers are summed up: mean, range, and how often they are at their ends. A unit's memory, in steps, "
      "is "
      "1 / (1 - mean k)\n"
      "where a gate says which share k of its memory a step keeps (f of an LSTM, z of a GRU, 1 - i of a "
      "coupled LSTM, 1 - f of\n"
      "a minimal gated unit), and 1 + the sum of the positive autocorrelations of h, up to the first that is "
      "not, in a cell\n"
      "without such a gate.\n\n"
      "--out DIR gets gates.csv (layer, direction, gate, unit, step, value: a line for each number), "
      "memory.csv, a heat map\n"
      "of units x time for every gate (units sorted by memory), and all of them on one page, gates.html. "
      "Layers, units,\n"
      "steps and sequences count from 0; steps of a backward layer are those of the sequence.",
      {{"MODEL", "a run folder or a model file", false}},
      join({{{.name = "on",
              .value = "DATA",
              .doc = "CSV, .npy, .safetensors or IDX: what its gates do there; - is standard input",
              .group = "Gates",
              .brief = true},
             {.name = "sequence",
              .value = "N",
              .doc = "which sequence or window of DATA; default 0, the first",
              .group = "Gates",
              .brief = true},
             {.name = "layer",
              .value = "N",
              .doc = "that layer alone; default: all recurrent layers",
              .group = "Gates",
              .brief = true},
             {.name = "csv",
              .value = "FILE",
              .doc = "the numbers as CSV; - is standard output, then there is no summary",
              .group = "Gates",
              .brief = true},
             {.name = "out",
              .value = "DIR",
              .doc = "CSV, heat maps and a page of them into this folder",
              .group = "Gates",
              .brief = true,
              .aliases = {"-o"}},
             {.name = "lengths",
              .value = "L.npy",
              .doc = "steps of each sequence of DATA [N]",
              .group = "Gates",
              .setting = "data.lengths"},
             {.name = "tensors",
              .value = "",
              .doc = "name, shape and range of every weight",
              .group = "Output",
              .brief = true},
             {.name = "cpu",
              .value = "",
              .doc = "instruction sets, cores and threads of this machine",
              .group = "Output",
              .brief = true},
             kThreads,
             kForce,
             kQuiet,
             kJson},
            reading_options()}),
      run_inspect};
}

}  // namespace carousel::cli
