// carousel bench: how fast a recurrent layer is on this machine.
#include "kernels/bench.h"

#include <unistd.h>

#include <algorithm>

#include "base/nearest.h"
#include "base/text.h"
#include "carousel/session.h"
#include "cli/commands.h"
#include "train/bench_step.h"

namespace carousel::cli {
namespace {

constexpr int kLargest = 1 << 20;

/// The kernels count the numbers of an array in an int, and the machine must hold the arrays.
void check_fits(const kernels::BenchShape& shape, const std::string& text) {
  constexpr double kKept = 5, kMostInArray = 2147483647;  // numbers a unit and step; of an int
  const double cells = double{1} * shape.steps * shape.rows, units = kKept * shape.units;
  const double largest =
      std::max({cells * shape.inputs, cells * units, units * shape.inputs, units * shape.units});
  if (largest > kMostInArray)
    throw Error(Code::usage_bad_value,
                {.where = "--shape",
                 .what = "this shape needs arrays that are too large",
                 .expected = "T*B*I, T*B*5*H, 5*H*I and 5*H*H of at most 2147483647 each",
                 .got = fmt::format("{:.0f} for {}", largest, text)});
  const double bytes =
      4 * (3 * cells * shape.inputs + 2 * cells * units + 4 * units * (shape.inputs + shape.units));
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes > memory)
    throw Error(Code::resource_memory, {.where = "--shape",
                                        .what = "this shape needs more memory than the machine has",
                                        .expected = fmt::format("at most {:.1f} GB", memory / 1e9),
                                        .got = fmt::format("about {:.1f} GB for {}", bytes / 1e9, text)});
}

kernels::BenchShape shape_of(const std::string& text) {
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
  check_fits(shape, text);
  return shape;
}

/// One layer's Session over B live sequences, T steps after another; numbers as users get them.
kernels::BenchResult bench_stream(cells::Kind cell, const kernels::BenchShape& shape, double seconds) {
  const Recurrent layer{.cell = std::string(cells::info(cell).name), .units = shape.units};
  const Model model = Model::create({{layer}}, shape.inputs);
  Session session(model, shape.rows);
  std::vector<float> x(static_cast<std::size_t>(shape.rows) * static_cast<std::size_t>(shape.inputs));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<int>(i % 17) - 8) / 8.0f;
  Team one(1);
  return kernels::time_runs(
      [&] {
        for (int step = 0; step < shape.steps; ++step) session.step(x);
      },
      kernels::forward_flop(cell, shape), seconds, one);
}

}  // namespace

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
  const kernels::BenchShape shape = shape_of(args.text("shape", "28,128,28,128"));
  const double seconds = args.number("seconds", 2, 0.001, 3600);
  const int threads = static_cast<int>(args.whole("threads", 0, 0, 1024));
  Team team(threads);
  kernels::BenchResult result;
  if (work == "infer")
    result = kernels::bench_recurrent(*cell, kernels::BenchWork::infer, shape, seconds, team);
  else if (work == "train")
    result = kernels::bench_recurrent(*cell, kernels::BenchWork::train, shape, seconds, team);
  else if (work == "step")
    result = training::bench_step(*cell, shape, seconds, threads);
  else if (work == "stream")
    result = bench_stream(*cell, shape, seconds);
  else
    throw Error(Code::usage_unknown_word,
                {.where = "--work",
                 .what = fmt::format("there is no work '{}'", work),
                 .hint = base::suggest(work, {"infer", "train", "step", "stream"})});
  if (context.terminal.json) {
    context.terminal.event({{"cell", name},
                            {"work", work},
                            {"shape", {shape.steps, shape.rows, shape.inputs, shape.units}},
                            {"best_ms", result.best_ms},
                            {"p10_ms", result.p10_ms},
                            {"median_ms", result.median_ms},
                            {"gflops", result.gflops},
                            {"runs", result.runs},
                            {"threads", result.threads},
                            {"target", result.target}});
    return 0;
  }
  context.terminal.print(
      fmt::format("{} {} of T {}, B {}, I {}, H {}: best {:.4g} ms, 10th percentile {:.4g} ms, median {:.4g} "
                  "ms; {:.1f} GFLOP/s\n"
                  "{}, {}, {}\n",
                  name, work, shape.steps, shape.rows, shape.inputs, shape.units, result.best_ms,
                  result.p10_ms, result.median_ms, result.gflops, base::counted(result.runs, "run"),
                  base::counted(result.threads, "thread"), result.target));
  return 0;
}

}  // namespace carousel::cli
