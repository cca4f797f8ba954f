// carousel compare: runs side by side.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "cli/run_summary.h"
#include "cli/score.h"
#include "cli/shared_options.h"
#include "files/atomic_writer.h"

namespace carousel::cli {
namespace {

using base::counted;
using base::grouped;

constexpr const char* kFirstMembers = "Best epoch and validation loss are those of each run's first member.";

bool has_members(const std::vector<RunSummary>& runs) {
  return std::any_of(runs.begin(), runs.end(), [](const RunSummary& run) { return run.members > 1; });
}

/// What the runs say together.
struct Comparison {
  std::vector<RunSummary> runs;  ///< the best first where they are ranked, those without scores last
  bool ranked = false;
  std::string sentence;
};

/// "a, b | c": which runs were scored on the same.
std::string groups_of(const std::vector<RunSummary>& runs) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const RunSummary& run : runs) {
    if (!run.scores) continue;
    const auto same = [&](const auto& group) { return group.first == run.scores->fingerprint; };
    auto found = std::find_if(groups.begin(), groups.end(), same);
    if (found == groups.end()) found = groups.insert(groups.end(), {run.scores->fingerprint, {}});
    found->second.push_back(run.folder);
  }
  std::string text;
  for (const auto& [mark, names] : groups)
    text += fmt::format("{}{}", text.empty() ? "" : " | ", fmt::join(names, ", "));
  return text;
}

Comparison compared(std::vector<RunSummary> runs) {
  Comparison all{.runs = std::move(runs)};
  std::stable_partition(all.runs.begin(), all.runs.end(),
                        [](const RunSummary& run) { return run.scores.has_value(); });
  const auto end =
      std::find_if(all.runs.begin(), all.runs.end(), [](const auto& run) { return !run.scores; });
  const auto scored = end - all.runs.begin();
  if (scored < 2) {
    all.sentence = scored == 0 ? "No run has scores: there is nothing to rank."
                               : "Only one run has scores: there is nothing to rank.";
  } else if (std::any_of(all.runs.begin() + 1, end, [&](const RunSummary& run) {
               return run.scores->fingerprint != all.runs[0].scores->fingerprint;
             })) {
    all.sentence = fmt::format(
        "Not ranked: these runs were scored on different rows, so their errors cannot be compared ({}).",
        groups_of(all.runs));
  } else {
    all.ranked = true;
    std::stable_sort(all.runs.begin(), end, [](const RunSummary& a, const RunSummary& b) {
      return a.scores->error < b.scores->error ||
             (std::isnan(b.scores->error) && !std::isnan(a.scores->error));
    });
    const RunScores &best = *all.runs[0].scores, &second = *all.runs[1].scores;
    const double gain = 1 - best.error / second.error;
    all.sentence = gain < kTie || best.error == second.error
                       ? fmt::format("{} and {} have the same error: they differ by less than {:g} %.",
                                     all.runs[0].folder, all.runs[1].folder, 100 * kTie)
                   : std::isnan(best.error) ? "No error is finite: none of these networks can be used."
                   : std::isnan(second.error)
                       ? fmt::format("{} is the best: the error of {} is not finite.", all.runs[0].folder,
                                     all.runs[1].folder)
                       : fmt::format("{} is the best: its error is {:.1f} % smaller than that of {}.",
                                     all.runs[0].folder, 100 * gain, all.runs[1].folder);
  }
  std::vector<std::string> without;
  for (auto run = end; run != all.runs.end(); ++run) without.push_back(run->folder);
  if (!without.empty())
    all.sentence += fmt::format(
        " Without scores, as of an older version or not ended: {}; carousel resume "
        "makes them.",
        fmt::join(without, ", "));
  return all;
}

report::Table table_of(const Comparison& all) {
  const auto any = [&](auto&& holds) {
    return std::any_of(all.runs.begin(), all.runs.end(),
                       [&](const RunSummary& run) { return run.scores && holds(*run.scores); });
  };
  const bool classes = any([](const RunScores&s) { return s.classes; }),
             values = any([](const RunScores&s) { return !std::isnan(s.rmse); });
  report::Table table{.columns = {"run", "network"}};
  std::set<std::string> baselines;
  for (const RunSummary& run : all.runs)
    if (run.scores && !std::isnan(run.scores->skill)) baselines.insert(run.scores->baseline);
  const bool skills = !baselines.empty(), one_baseline = baselines.size() == 1;
  if (classes) table.columns.emplace_back("accuracy");
  if (values) table.columns.insert(table.columns.end(), {"RMSE", "MAE"});
  if (skills) table.columns.push_back(one_baseline ? "skill over " + *baselines.begin() : "skill");
  table.columns.insert(table.columns.end(), {"validation loss", "best epoch", "parameters", "seconds"});
  std::vector<double> rmse, mae;
  for (const RunSummary& run : all.runs) {
    rmse.push_back(run.scores ? run.scores->rmse : NAN);
    mae.push_back(run.scores ? run.scores->mae : NAN);
  }
  const std::vector<std::string> rmse_texts = even_numbers(rmse), mae_texts = even_numbers(mae);
  for (std::size_t i = 0; i < all.runs.size(); ++i) {
    const RunSummary& run = all.runs[i];
    std::vector<std::string> row = {run.folder, run.network};
    if (classes)
      row.push_back(run.scores && run.scores->classes ? fmt::format("{:.2f} %", 100 * run.scores->accuracy)
                                                      : "–");
    if (values)
      row.insert(row.end(),
                 {std::isnan(rmse[i]) ? "–" : rmse_texts[i], std::isnan(mae[i]) ? "–" : mae_texts[i]});
    if (skills) {
      const bool known = run.scores && !std::isnan(run.scores->skill);
      row.push_back(!known ? "–"
                           : percent(run.scores->skill) +
                                 (one_baseline ? "" : fmt::format(" over {}", run.scores->baseline)));
    }
    const bool timed = run.scores && std::isfinite(run.scores->seconds);
    row.insert(row.end(), {short_number(run.validation_loss.empty() ? NAN : run.best_loss()),
                           run.best_epoch > 0 ? std::to_string(run.best_epoch) : "–",
                           parameters_of(run.parameters, run.members),
                           timed ? fmt::format("{:.1f}", run.scores->seconds) : "–"});
    table.rows.push_back(std::move(row));
  }
  if (all.ranked) table.emphasised = 0;
  return table;
}

report::Table settings_table(const Comparison& all) {
  report::Table table{.columns = {"setting"}, .words = true};
  for (const RunSummary& run : all.runs) table.columns.push_back(run.folder);
  for (const DifferingSetting& one : differing(all.runs)) {
    table.rows.push_back({one.path});
    table.rows.back().insert(table.rows.back().end(), one.values.begin(), one.values.end());
  }
  return table;
}

/// A table of words, or of numbers behind a run and its network.
std::string text_of(const report::Table& table) {
  std::vector<std::vector<std::string>> rows = {table.columns};
  rows.insert(rows.end(), table.rows.begin(), table.rows.end());
  return base::aligned(rows, table.words ? table.columns.size() : 2);
}

/// The validation loss of every run (the training loss of one that validates nothing) over its epochs.
report::Chart curves_of(const Comparison& all) {
  constexpr report::Color kColors[] = {report::Color::blue,   report::Color::orange, report::Color::green,
                                       report::Color::purple, report::Color::ink,    report::Color::yellow,
                                       report::Color::sky};
  report::Chart chart{.x_label = "epoch", .y_label = "validation loss", .x_whole = true, .log_switch = true};
  double low = INFINITY, high = 0;
  for (std::size_t i = 0; i < all.runs.size(); ++i) {
    const RunSummary& run = all.runs[i];
    const std::vector<double>& losses = run.validation_loss.empty() ? run.train_loss : run.validation_loss;
    std::vector<double> epochs(losses.size());
    std::iota(epochs.begin(), epochs.end(), 1.0);
    for (const double loss : losses)
      if (std::isfinite(loss)) low = std::min(low, loss), high = std::max(high, loss);
    chart.series.push_back({.name = run.folder + (run.validation_loss.empty() ? " (training)" : ""),
                            .x = std::move(epochs),
                            .y = losses,
                            .color = kColors[i % std::size(kColors)],
                            .dash = static_cast<report::Dash>(i % 4)});
  }
  chart.y_log = low > 0 && high > 10 * low;
  return chart;
}

/// The same for a page, where a network stands below its run's name.
report::Table narrow_table_of(const Comparison& all) {
  report::Table table = table_of(all);
  table.columns.erase(table.columns.begin() + 1);
  for (auto& row : table.rows) {
    row[0] += "\n" + row[1];
    row.erase(row.begin() + 1);
  }
  return table;
}

report::Page page_of(const Comparison& all) {
  report::Page page{.title = fmt::format("Comparison of {}", counted(std::ssize(all.runs), "run")),
                    .verdict = all.sentence,
                    .footer = "carousel " CAROUSEL_VERSION};
  const auto scored =
      std::find_if(all.runs.begin(), all.runs.end(), [](const auto& run) { return run.scores.has_value(); });
  page.sections.push_back(
      {.heading = "Runs",
       .text = (all.ranked ? fmt::format("Scored on the {}.\n", scored->scores->part) : "") +
               (has_members(all.runs) ? kFirstMembers : ""),
       .tables = {narrow_table_of(all)}});
  std::set<std::string> losses;
  for (const RunSummary& run : all.runs) losses.insert(run.loss);
  page.sections.push_back(
      {.heading = "Learning curves",
       .text = std::string("Each loss is of the numbers as that network sees them: ") +
               (losses.size() == 1
                    ? "runs that prepare their data otherwise cannot be compared by it."
                    : fmt::format(
                          "those of these runs cannot be compared, for they are of different things ({}).",
                          fmt::join(losses, "; "))) +
               (has_members(all.runs) ? " Drawn is the loss of each run's first member." : ""),
       .charts = {curves_of(all)}});
  report::Table settings = settings_table(all);
  report::Section differ{.heading = "Settings that differ"};
  if (settings.rows.empty())
    differ.text = "None.";
  else
    differ.tables.push_back(std::move(settings));
  page.sections.push_back(std::move(differ));
  return page;
}

void tell(const Comparison& all, Terminal& terminal) {
  const auto known = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  int rank = 0;
  for (const RunSummary& run : all.runs) {
    Json json = {{"event", "run"},
                 {"run", run.folder},
                 {"rank", all.ranked && run.scores ? Json(++rank) : Json(nullptr)},
                 {"network", run.network},
                 {"parameters", run.parameters},
                 {"members", run.members},
                 {"best_epoch", run.best_epoch},
                 {"validation_loss", known(run.validation_loss.empty() ? NAN : run.best_loss())}};
    if (run.scores) {
      json["part"] = run.scores->part;
      json["fingerprint"] = run.scores->fingerprint;
      if (run.scores->classes)
        json["accuracy"] = known(run.scores->accuracy);
      else
        json["rmse"] = known(run.scores->rmse), json["mae"] = known(run.scores->mae);
      json["skill"] = known(run.scores->skill);
      json["seconds"] = known(run.scores->seconds);
    }
    terminal.event(json);
  }
  Json json = {{"event", "comparison"}, {"ranked", all.ranked}, {"sentence", all.sentence}};
  for (const DifferingSetting& one : differing(all.runs))
    for (std::size_t i = 0; i < all.runs.size(); ++i)
      json["differing"][one.path][all.runs[i].folder] = one.values[i];
  terminal.event(json);
}

/// Throws usage_conflict where two words name the same run.
void refuse_repeated(const std::vector<std::string>& words) {
  std::error_code ignored;
  for (std::size_t i = 0; i < words.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (std::filesystem::equivalent(find_model(words[k]).folder, find_model(words[i]).folder, ignored))
        throw Error(Code::usage_conflict,
                    {.where = "carousel compare",
                     .what = fmt::format("{} and {} are the same run", words[k], words[i]),
                     .hint = "name each run once"});
}

int run_compare(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  if (args.positionals.size() < 2)
    throw Error(Code::usage_missing, {.where = "carousel compare",
                                      .what = "a comparison needs two runs or more",
                                      .hint = "carousel compare RUN RUN"});
  const std::string out = args.text("out");
  if (!out.empty()) check_free(out, "--out", args);
  std::vector<RunSummary> runs;
  for (const std::string& folder : args.positionals) runs.push_back(summary_of(folder));
  refuse_repeated(args.positionals);
  const Comparison all = compared(std::move(runs));
  if (out == "-") {
    terminal.print(report::html(page_of(all)));
    return 0;
  }
  if (terminal.json) {
    tell(all, terminal);
  } else {
    const report::Table settings = settings_table(all);
    terminal.print(text_of(table_of(all)) + all.sentence + "\n");
    if (has_members(all.runs)) terminal.print(std::string(kFirstMembers) + "\n");
    if (!settings.rows.empty()) terminal.print("\n" + text_of(settings));
  }
  if (!out.empty()) {
    files::write_file(out, report::html(page_of(all)));
    terminal.say("wrote     {}", out);
  }
  return 0;
}

}  // namespace

Command compare_command() {
  return {
      "compare",
      "runs side by side: scores, learning curves, and the settings that differ",
      {{"carousel compare runs/sales runs/sales-2", "a table of both, the better one first"},
       {"carousel compare runs/sales runs/sales-2 --out compare.html", "and a page with their curves"},
       {"carousel compare runs/sales runs/sales-2 --json", "for programs"}},
      "Runs are ranked by their error on the test part, RMSE or accuracy, where all were scored on the same "
      "true values;\n"
      "otherwise they stand as they were given, and it says so. Of several targets the error is the mean of "
      "their RMSE as\n"
      "shares of the first baseline's. Nothing is read but the run folders.",
      {{"RUN", "run folders, two or more", true, true}},
      join({{out_option("FILE", "a page of it (HTML); - is standard output"), kForce, kQuiet, kJson}}),
      run_compare};
}

}  // namespace carousel::cli
