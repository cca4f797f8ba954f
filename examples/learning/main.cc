// Which cell learns which task: every cell of the registry on six tasks with several seeds, trained until
// learnt or given up.
#include <atomic>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <thread>

#include "cells/registry.h"
#include "example.h"
#include "learning/tasks.h"
#include "report/heat_map.h"

using namespace carousel;
using namespace learning;

namespace {

constexpr int kFarthest = 200;  // how far a^n b^n c^n is tried beyond what was shown

/// One network on one task.
struct Outcome {
  bool learnt = false;
  std::int64_t steps = 0;     ///< when it was learnt, or given up
  std::vector<float> shares;  ///< of the held-out items that are right, look by look
  int reach = 0;              ///< anbncn: largest n of which all strings to n are accepted
  double best() const { return *std::max_element(shares.begin(), shares.end()); }
};

Loss loss_of(const Synthetic& data) {
  return data.loss == "mse"             ? Loss::mse
         : data.loss == "cross_entropy" ? Loss::cross_entropy
                                        : Loss::binary_cross_entropy;
}

Outcome learn(const Task& task, const std::string& cell, std::uint64_t seed) {
  const Synthetic shown = synth(task.name, {.sequences = 20000, .length = task.length, .seed = seed});
  const Synthetic held_out =
      synth(task.name, {.sequences = task.held_out, .length = task.length, .seed = seed + 1'000'000});
  ArrayOptions arrays = shown.arrays();
  arrays.split = {.test = 0.0, .validation = 0.0};
  arrays.mask = {};  // of reber: all next symbols are to be learnt, as in the papers
  const Recurrent layer{
      .cell = cell, .units = task.units, .returns = shown.every_step ? Returns::sequence : Returns::last};
  Trainer trainer({{layer, Dense{.units = shown.classes + shown.outputs}}}, carousel::arrays(arrays),
                  {.loss = loss_of(shown),
                   .optimizer = {.kind = OptimizerKind::adam, .rate = task.rate},
                   .batch = task.batch,
                   .epochs = 1'000'000,
                   .steps = task.steps,
                   .seed = seed,
                   .clip_norm = 1.0,
                   .keep = Keep::last,
                   .threads = 1});
  Outcome outcome;
  while ((!outcome.learnt || task.goes_on) && trainer.step()) {
    if (outcome.learnt || trainer.steps_done() % task.look_every != 0) continue;
    const Count count = judge(trainer.current(), held_out);
    outcome.shares.push_back(static_cast<float>(count.right) / static_cast<float>(count.all));
    outcome.learnt = count.all - count.right <= task.may_fail;
    outcome.steps = trainer.steps_done();
  }
  if (task.goes_on) outcome.reach = reach(trainer.current(), kFarthest);
  return outcome;
}

/// Middle of the steps of the seeds that learnt, the lower one of two.
std::int64_t median_steps(const std::vector<Outcome>& seeds) {
  std::vector<std::int64_t> steps;
  for (const Outcome& one : seeds)
    if (one.learnt) steps.push_back(one.steps);
  std::sort(steps.begin(), steps.end());
  return steps.empty() ? 0 : steps[(steps.size() - 1) / 2];
}

/// A row for each cell and seed, a column for each look; a row ends where the task was learnt.
report::HeatMap picture(const Task& task, const std::vector<std::string>& cells,
                        const std::vector<std::vector<Outcome>>& of_cell) {
  report::HeatMap map{.title = task.title + ": held-out " + task.item + "s that are right",
                      .x_label = "step of the optimiser; a row ends where the task is learnt",
                      .value_label = "share",
                      .x_first = 0.5 * task.look_every,  // the middle of the first column
                      .x_step = static_cast<double>(task.look_every)};
  for (const auto& seeds : of_cell)
    for (const Outcome& one : seeds) map.columns = std::max(map.columns, one.shares.size());
  for (std::size_t c = 0; c < cells.size(); ++c)
    for (std::size_t s = 0; s < of_cell[c].size(); ++s) {
      map.row_names.push_back(cells[c] + " " + std::to_string(s + 1));
      std::vector<float> row = of_cell[c][s].shares;
      row.resize(map.columns, NAN);
      map.values.insert(map.values.end(), row.begin(), row.end());
      ++map.rows;
    }
  return map;
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  const std::string& folder = arguments.words[0];
  example::Result result;

  std::vector<std::string> cells;
  for (const cells::CellInfo& cell : cells::all()) cells.emplace_back(cell.name);
  const std::vector<Task> all = tasks(arguments.short_run);
  const std::size_t seeds = arguments.short_run ? 1 : 3;
  std::vector<std::vector<std::vector<Outcome>>> outcomes(
      all.size(), std::vector<std::vector<Outcome>>(cells.size(), std::vector<Outcome>(seeds)));

  // Each network trains on one thread; as many at a time as there are cores.
  std::atomic<std::size_t> next{0};
  std::mutex talk;
  const auto work = [&] {
    for (std::size_t job; (job = next++) < all.size() * cells.size() * seeds;) {
      const std::size_t t = job / (cells.size() * seeds), c = job / seeds % cells.size(), s = job % seeds;
      Outcome& outcome = outcomes[t][c][s];
      outcome = learn(all[t], cells[c], arguments.seed + s);
      const std::lock_guard lock(talk);
      std::printf("%-9s %-18s seed %llu  %s %6lld steps, best %.4f\n", all[t].title.c_str(), cells[c].c_str(),
                  static_cast<unsigned long long>(arguments.seed + s),
                  outcome.learnt ? "learnt in" : "given up:", static_cast<long long>(outcome.steps),
                  outcome.best());
      std::fflush(stdout);
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < std::max(1u, std::thread::hardware_concurrency()); ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();

  std::vector<std::string> failed;
  std::vector<std::size_t> in_all(all.size());  // networks of any cell and seed that learnt the task
  std::printf("\n%-18s", "seeds and steps");
  for (const Task& task : all) std::printf("  %14s", task.title.c_str());
  std::printf("\n");
  for (std::size_t c = 0; c < cells.size(); ++c) {
    std::printf("%-18s", cells[c].c_str());
    for (std::size_t t = 0; t < all.size(); ++t) {
      const std::vector<Outcome>& of = outcomes[t][c];
      const auto learnt = static_cast<std::size_t>(
          std::count_if(of.begin(), of.end(), [](const Outcome& one) { return one.learnt; }));
      const std::string said = std::to_string(learnt) + "/" + std::to_string(seeds);
      std::printf("  %s %10s", said.c_str(), learnt ? std::to_string(median_steps(of)).c_str() : "-");
      in_all[t] += learnt;
      if (learnt < seeds && all[t].must(cells[c]))
        failed.push_back(cells[c] + " did not learn " + all[t].title);
    }
    std::printf("\n");
  }
  for (std::size_t t = 0; t < all.size(); ++t) {
    const report::HeatMap map = picture(all[t], cells, outcomes[t]);
    std::ofstream(folder + "/" + all[t].title + ".svg")
        << report::svg_file(map, {760, 100 + 14 * static_cast<int>(map.rows)});
    if (!all[t].goes_on) continue;
    std::printf("\na^n b^n c^n, shown up to n = %d, is accepted after all steps up to n =", all[t].length);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      std::printf("%s %s", c ? "," : "", cells[c].c_str());
      for (const Outcome& one : outcomes[t][c]) std::printf(" %d", one.reach);
    }
    std::printf("\n");
  }
  for (std::size_t t = 0; t < all.size(); ++t)
    result.add(all[t].title, std::to_string(in_all[t]) + "/" + std::to_string(cells.size() * seeds));
  for (const std::string& what : failed) result.check(false, what.c_str());
  return result.finish();
}
