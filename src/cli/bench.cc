// carousel bench: how fast a recurrent layer is on this machine.
#include "kernels/bench.h"

#include <unistd.h>

#include <algorithm>

#include "base/nearest.h"
#include "base/text.h"
#include "carousel/session.h"
#include "cli/commands.h"
#include "cli/shared_options.h"
#include "kernels/roofline.h"
#include "train/bench_layers.h"
#include "train/bench_step.h"

namespace carousel::cli {
namespace {

constexpr int kLargest = 1 << 20;

/// The machine must hold the arrays.
void check_fits(const kernels::BenchShape& shape, const training::LayersForm& form, const std::string& text) {
  constexpr double kKept = 6;  // numbers a unit and step, those of an LSTM
  const double cells = double{1} * shape.steps * shape.rows, units = kKept * shape.units;
  const double sweeps = form.layers * (form.both_ways ? 2.0 : 1.0);
  const double inputs =
      form.layers > 1 ? std::max<double>(shape.inputs, shape.units * sweeps / form.layers) : shape.inputs;
  const double bytes =
      4 * sweeps * (3 * cells * inputs + 2 * cells * units + 4 * units * (inputs + shape.units));
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes > memory)
    throw Error(Code::resource_memory, {.where = "--shape",
                                        .what = "this shape needs more memory than the machine has",
                                        .expected = fmt::format("at most {:.1f} GB", memory / 1e9),
                                        .got = fmt::format("about {:.1f} GB for {}", bytes / 1e9, text)});
}

kernels::BenchShape shape_of(const std::string& text, const training::LayersForm& form) {
  int sizes[4] = {};
  std::size_t from = 0;
  bool good = true;
  for (int i = 0; i < 4 && good; ++i) {
    const std::size_t end = i < 3 ? text.find(',', from) : text.size();
    good = end != std::string::npos && end > from && end - from <= 7 &&
           text.find_first_not_of("0123456789", from) >= end;
    if (good) sizes[i] = std::stoi(text.substr(from, end - from));
    good = good && sizes[i] >= 1 && sizes[i] <= kLargest;
    from = end + 1;
  }
  if (!good)
    throw Error(Code::usage_bad_value, {.where = "--shape",
                                        .what = "a shape is four whole numbers: steps, rows, inputs, units",
                                        .expected = "such as 28,128,28,128",
                                        .got = "'" + text + "'"});
  const kernels::BenchShape shape{sizes[0], sizes[1], sizes[2], sizes[3]};
  check_fits(shape, form, text);
  return shape;
}

/// A Session of these layers over B live sequences, T steps after another; numbers as users get them.
kernels::BenchResult bench_stream(cells::Kind cell, const kernels::BenchShape& shape, int layers,
                                  double seconds, const Team& team) {
  Recurrent layer{.cell = std::string(cells::info(cell).name), .units = shape.units};
  layer.returns = Returns::sequence;
  const Model model =
      Model::create({std::vector<Layer>(static_cast<std::size_t>(layers), layer)}, shape.inputs);
  Session session(model, {.rows = shape.rows, .threads = team.threads()});
  std::vector<float> x(static_cast<std::size_t>(shape.rows) * static_cast<std::size_t>(shape.inputs));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<int>(i % 17) - 8) / 8.0f;
  kernels::BenchShape next = shape;
  next.inputs = shape.units;
  return kernels::time_runs(
      [&] {
        for (int step = 0; step < shape.steps; ++step) session.step(x);
      },
      kernels::forward_flop(cell, shape) + (layers - 1) * kernels::forward_flop(cell, next), seconds, team);
}

std::string around(const training::LayersForm& form) {
  std::string text = form.layers > 1 ? fmt::format(" x {}", form.layers) : "", parts;
  if (form.both_ways) parts += ", both directions";
  if (!form.lengths.empty()) parts += ", ragged";
  if (form.dropout > 0) parts += fmt::format(", dropout {:g}", form.dropout);
  if (form.recurrent_dropout > 0) parts += fmt::format(", recurrent dropout {:g}", form.recurrent_dropout);
  return parts.empty() ? text : text + parts + ",";
}

int run_roofline(const Context& context, double seconds, Team& team) {
  const kernels::Ceilings found = kernels::measure_ceilings(seconds, team);
  if (context.terminal.json) {
    Json levels = Json::array();
    for (const auto& level : found.levels)
      levels.push_back({{"name", level.name},
                        {"bytes_a_thread", level.bytes},
                        {"one_thread_gbs", level.one_gbs},
                        {"all_threads_gbs", level.all_gbs}});
    context.terminal.event({{"one_thread_gflops", found.one_gflops},
                            {"all_threads_gflops", found.all_gflops},
                            {"levels", levels},
                            {"threads", found.threads},
                            {"target", found.target}});
    return 0;
  }
  const std::string all = base::counted(found.threads, "thread");
  std::string text = fmt::format("{:28} {:>10} {:>12}\n", found.target, "1 thread", all);
  text += fmt::format("{:28} {:>10.1f} {:>12.1f}  GFLOP/s\n", "multiply-adds, 32-bit", found.one_gflops,
                      found.all_gflops);
  for (const auto& level : found.levels)
    text += fmt::format("{:28} {:>10.1f} {:>12.1f}  GB/s\n",
                        fmt::format("read, {} ({} KiB each)", level.name, level.bytes >> 10), level.one_gbs,
                        level.all_gbs);
  context.terminal.print(text);
  return 0;
}

/// What the flags beside --shape ask for; lengths come later.
training::LayersForm form_of(const Arguments& args, const std::string& work) {
  training::LayersForm form;
  form.layers = static_cast<int>(args.whole("layers", 1, 1, 64));
  form.both_ways = args.has("bidirectional");
  const bool whole = work == "infer" || work == "train";
  const auto refuse = [&](bool given, const char* flag) {
    if (given && !whole)
      throw Error(Code::usage_conflict, {.where = flag,
                                         .what = fmt::format("--work {} does not take it", work),
                                         .expected = "--work infer or --work train"});
  };
  refuse(form.both_ways, "--bidirectional");
  refuse(args.has("ragged"), "--ragged");
  refuse(form.layers > 1 && work != "stream", "--layers");
  const auto share = [&](const char* name) {
    if (args.has(name) && work != "train")
      throw Error(Code::usage_conflict, {.where = fmt::format("--{}", name),
                                         .what = fmt::format("--work {} drops nothing", work),
                                         .expected = "--work train"});
    return static_cast<float>(args.number(name, 0, 0, 0.999));
  };
  form.dropout = share("input-dropout"), form.recurrent_dropout = share("recurrent-dropout");
  return form;
}

/// Layers with dropout inside, and the best time of the same ones without, in turns: a machine that others
/// use is not always as fast.
kernels::BenchResult bench_beside_plain(cells::Kind cell, const kernels::BenchShape& shape,
                                        const training::LayersForm& form, double seconds, Team& team,
                                        double& plain_ms) {
  constexpr int kTurns = 8;
  training::LayersForm plain = form;
  plain.dropout = plain.recurrent_dropout = 0;
  kernels::BenchResult best;
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto each = seconds / (2 * kTurns);
    const auto without = training::bench_layers(cell, kernels::BenchWork::train, shape, plain, each, team),
               with = training::bench_layers(cell, kernels::BenchWork::train, shape, form, each, team);
    plain_ms = turn == 0 ? without.best_ms : std::min(plain_ms, without.best_ms);
    const int runs = best.runs + with.runs;
    if (turn == 0 || with.best_ms < best.best_ms) best = with;
    best.runs = runs;
  }
  return best;
}

int run_bench(const Context& context) {
  const Arguments& args = context.args;
  const std::string name = args.text("cell", "lstm"), work = args.text("work", "train");
  const auto cell = cells::find(name);
  if (!cell) {
    std::vector<std::string> known;
    for (const cells::CellInfo& info : cells::all()) known.emplace_back(info.name);
    throw Error(Code::usage_unknown_word, {.where = "--cell",
                                           .what = fmt::format("there is no cell '{}'", name),
                                           .hint = base::suggest(name, known)});
  }
  const double seconds = args.number("seconds", 2, 0.001, 3600);
  const int threads = static_cast<int>(args.whole("threads", 0, 0, 1024));
  Team team(threads);
  if (args.has("roofline")) return run_roofline(context, seconds, team);
  training::LayersForm form = form_of(args, work);
  const kernels::BenchShape shape = shape_of(args.text("shape", "28,128,28,128"), form);
  if (args.has("ragged"))
    form.lengths = training::ragged_lengths(shape.steps, shape.rows, args.number("ragged", 1, 0.01, 1));
  kernels::BenchResult result;
  double plain_ms = 0;
  const bool drops = form.dropout > 0 || form.recurrent_dropout > 0;
  if (drops) {
    result = bench_beside_plain(*cell, shape, form, seconds, team, plain_ms);
  } else if (work == "infer" || work == "train") {
    const auto which = work == "infer" ? kernels::BenchWork::infer : kernels::BenchWork::train;
    const bool plain = form.layers == 1 && !form.both_ways && form.lengths.empty();
    result = plain ? kernels::bench_recurrent(*cell, which, shape, seconds, team)
                   : training::bench_layers(*cell, which, shape, form, seconds, team);
  } else if (work == "step") {
    result = training::bench_step(*cell, shape, seconds, threads);
  } else if (work == "stream") {
    result = bench_stream(*cell, shape, form.layers, seconds, Team(args.has("threads") ? threads : 1));
  } else {
    throw Error(Code::usage_unknown_word,
                {.where = "--work",
                 .what = fmt::format("there is no work '{}'", work),
                 .hint = base::suggest(work, {"infer", "train", "step", "stream"})});
  }
  if (context.terminal.json) {
    Json event({{"cell", name},
                {"work", work},
                {"shape", {shape.steps, shape.rows, shape.inputs, shape.units}},
                {"layers", form.layers},
                {"bidirectional", form.both_ways},
                {"lengths", form.lengths},
                {"dropout", form.dropout},
                {"recurrent_dropout", form.recurrent_dropout},
                {"best_ms", result.best_ms},
                {"p10_ms", result.p10_ms},
                {"median_ms", result.median_ms},
                {"gflops", result.gflops},
                {"runs", result.runs},
                {"threads", result.threads},
                {"target", result.target}});
    if (drops) event["plain_best_ms"] = plain_ms, event["times_plain"] = result.best_ms / plain_ms;
    context.terminal.event(event);
    return 0;
  }
  context.terminal.print(
      fmt::format("{} {} of T {}, B {}, I {}, H {}: best {:.4g} ms, 10th percentile {:.4g} ms, median {:.4g} "
                  "ms; {:.1f} GFLOP/s\n"
                  "{}, {}, {}\n",
                  std::string(name) + around(form), work, shape.steps, shape.rows, shape.inputs, shape.units,
                  result.best_ms, result.p10_ms, result.median_ms, result.gflops,
                  base::counted(result.runs, "run"), base::counted(result.threads, "thread"), result.target));
  if (drops)
    context.terminal.print(fmt::format("without dropout: best {:.4g} ms; with it {:.3f} times that\n",
                                       plain_ms, result.best_ms / plain_ms));
  return 0;
}

}  // namespace

Command bench_command() {
  return {
      "bench",
      "measure a recurrent layer on this machine, or the machine",
      {{"carousel bench --cell lstm --work train --shape 28,128,28,128", "forward and backward; T,B,I,H"},
       {"carousel bench --cell gru --work stream --shape 64,1,16,32 --seconds 0.5", "a step at a time"},
       {"carousel bench --roofline", "what this machine can do at most"}},
      "infer: forward. train: forward and backward with dx, dW, dU, db. step: train with loss, clipping "
      "and Adam.\n"
      "stream: B live sequences, step by step. Best, 10th percentile and median of all runs; best_ms is of "
      "the "
      "whole sequence.\n"
      "--roofline: products and sums in registers, and reading from the caches and from memory; best of many "
      "runs.",
      {},
      {{.name = "cell", .value = "NAME", .doc = "which cell; default lstm", .group = "Work", .brief = true},
       {.name = "work",
        .value = "infer|train|step|stream",
        .doc = "what is measured; default train",
        .group = "Work",
        .brief = true},
       {.name = "shape",
        .value = "T,B,I,H",
        .doc = "steps, rows, inputs, units; default 28,128,28,128",
        .group = "Work",
        .brief = true},
       {.name = "layers",
        .value = "N",
        .doc = "so many layers on each other; not for step",
        .group = "Work",
        .brief = true},
       {.name = "bidirectional",
        .value = "",
        .doc = "each layer in both directions; infer and train",
        .group = "Work",
        .brief = true},
       {.name = "ragged",
        .value = "SHARE",
        .doc = "rows of unequal lengths, this share of all frames; infer and train",
        .group = "Work",
        .brief = true},
       {.name = "input-dropout",
        .value = "X",
        .doc = "share of what enters the gates that is dropped, one mask a sequence, beside none; train",
        .group = "Work"},
       {.name = "recurrent-dropout",
        .value = "X",
        .doc = "the same for the h of the step before; train",
        .group = "Work"},
       {.name = "threads",
        .value = "N",
        .doc = "0 = all cores; default 0, of stream 1",
        .group = "Work",
        .brief = true},
       {.name = "seconds",
        .value = "S",
        .doc = "how long to measure; default 2",
        .group = "Work",
        .brief = true},
       {.name = "roofline",
        .value = "",
        .doc = "measure the machine instead: FLOP a second and bytes read a second",
        .group = "Work",
        .brief = true},
       kJson},
      run_bench};
}

}  // namespace carousel::cli
