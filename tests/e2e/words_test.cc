// What the program says about a run: verdicts, the order of lines, and next commands that work.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

std::vector<std::string> quick(const std::string& data, const std::string& folder) {
  return {"train", data, "--target", "sales", "--epochs", "1", "--units", "4", "--out", folder};
}

/// The word lines `next      carousel ...` as typed.
std::string next_of(const std::string& said) {
  const std::string mark = "next      ";
  const std::size_t at = said.find(mark);
  if (at == std::string::npos) return "";
  const std::size_t from = at + mark.size();
  return said.substr(from, said.find('\n', from) - from);
}

TEST(Words, OtherDataSaysWhichBaselinesAreLeftOut) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  shop.write("other.csv", sales_csv(96));
  ASSERT_EQ(run(shop.path(), quick("sales.csv", "m")).status, 0);
  const Ran other = run(shop.path(), {"evaluate", "m", "other.csv"});
  ASSERT_EQ(other.status, 0) << other.err;
  EXPECT_EQ(other.out.find("every baseline"), std::string::npos) << other.out;
  EXPECT_NE(other.out.find("not scored here: linear autoregression"), std::string::npos) << other.out;
  EXPECT_EQ(other.err.find("trained on"), std::string::npos) << other.err;
  const Ran same = run(shop.path(), {"evaluate", "m", "./sales.csv"});
  ASSERT_EQ(same.status, 0) << same.err;
  EXPECT_NE(same.err.find("warning: these windows include those that the model was trained on"),
            std::string::npos)
      << same.err;
  const Ran own = run(shop.path(), {"evaluate", "m"});
  EXPECT_EQ(own.out.find("not scored"), std::string::npos) << own.out;
}

// Both streams into one pipe: the lines stand in the order in which they were written.
TEST(Words, BothStreamsKeepTheirOrder) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const std::string command = "cd '" + shop.path().string() + "' && '" + CAROUSEL_PROGRAM +
                              "' train sales.csv --target sales --epochs 1 --out m > all.txt 2>&1";
  ASSERT_EQ(WEXITSTATUS(std::system(command.c_str())), 0);
  const std::string all = shop.read("all.txt");
  const std::size_t trained = all.find("trained   "), verdict = all.find("RMSE"),
                    wrote = all.find("wrote   ");
  ASSERT_NE(verdict, std::string::npos) << all;
  EXPECT_LT(trained, verdict) << all;
  EXPECT_LT(verdict, wrote) << all;
}

TEST(Words, TheNextCommandOfStandardInputNamesTheData) {
  const Workshop shop;
  const std::string data = sales_csv(96);
  const Ran ran = run(shop.path(), quick("-", "m"), data);
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(next_of(ran.err), "carousel forecast m --data FILE");
  const Ran without = run(shop.path(), {"forecast", "m"});
  EXPECT_EQ(without.status, 2) << without.err;
  EXPECT_NE(without.err.find("E203"), std::string::npos) << without.err;
  EXPECT_NE(without.err.find("standard input"), std::string::npos) << without.err;
  shop.write("FILE", data);
  EXPECT_EQ(run_line(shop.path(), next_of(ran.err)).status, 0);
}

TEST(Words, APathIsQuotedForTheShell) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const Ran ran = run(shop.path(), quick("sales.csv", "my runs/it's"));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const std::string next = next_of(ran.err);
  ASSERT_EQ(next.substr(0, 9), "carousel ") << ran.err;
  const std::string command = "cd '" + shop.path().string() + "' && '" + CAROUSEL_PROGRAM + "' " +
                              next.substr(9) + " > said.txt 2>&1";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0) << next;
}

std::string origin_in(const std::string& shown, const std::string& setting) {
  const std::size_t at = ("\n" + shown).find("\n" + setting + " ");
  if (at == std::string::npos) return "not shown";
  const std::string line = shown.substr(at, shown.find('\n', at) - at);
  return line.substr(line.rfind(' ') + 1);
}

// Every value of a run's settings remembers where it came from.
TEST(Words, ARunRemembersTheOriginsOfItsSettings) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  auto words = quick("sales.csv", "m");  // --target, --epochs, --units, --out
  words.insert(words.end(), {"--test", "0.2", "--dropout", "0.1", "--set", "layer[0].forget_bias=2"});
  ASSERT_EQ(run(shop.path(), words).status, 0);
  const Ran ran = run(shop.path(), {"show-config", "m", "--batch", "7"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const std::vector<std::pair<std::string, std::string>> known = {{"data.file", "flag"},
                                                                  {"data.target", "flag"},
                                                                  {"data.window", "guessed"},
                                                                  {"data.scale", "default"},
                                                                  {"data.split.test", "flag"},
                                                                  {"data.split.validation", "default"},
                                                                  {"data.split.order", "default"},
                                                                  {"train.epochs", "flag"},
                                                                  {"train.batch", "flag"},
                                                                  {"train.loss", "guessed"},
                                                                  {"train.optimizer.kind", "default"},
                                                                  {"layer[0].kind", "guessed"},
                                                                  {"layer[0].units", "flag"},
                                                                  {"layer[0].forget_bias", "flag"},
                                                                  {"layer[0].returns", "default"},
                                                                  {"layer[0].recurrent_bias", "default"},
                                                                  {"layer[1].kind", "flag"},
                                                                  {"layer[1].rate", "flag"},
                                                                  {"layer[2].kind", "guessed"},
                                                                  {"layer[2].units", "guessed"},
                                                                  {"layer[2].bias", "default"}};
  for (const auto& [setting, origin] : known)
    EXPECT_EQ(origin_in(ran.out, setting), origin) << setting << "\n" << ran.out;
  // All splits alike, and two directions.
  words = quick("sales.csv", "b");
  words.insert(words.end(), {"--bidirectional", "--merge", "sum"});
  ASSERT_EQ(run(shop.path(), words).status, 0);
  const Ran two = run(shop.path(), {"show-config", "b"});
  for (const auto& [setting, origin] :
       std::vector<std::pair<std::string, std::string>>{{"data.split.test", "default"},
                                                        {"data.split.order", "default"},
                                                        {"layer[0].kind", "flag"},
                                                        {"layer[0].merge", "flag"},
                                                        {"layer[0].returns", "default"},
                                                        {"layer[0].forward", "flag"}})
    EXPECT_EQ(origin_in(two.out, setting), origin) << setting << "\n" << two.out;
  // A settings file that somebody wrote is a file, whatever its comments end with.
  shop.write("own.toml", "[data]\nfile = \"sales.csv\"\nwindow = 9  # as before (flag)\n");
  const Ran own = run(shop.path(), {"show-config", "own.toml"});
  EXPECT_EQ(origin_in(own.out, "data.window"), "file") << own.out;
}

TEST(Words, ColumnsThatTheNetworkSeesAreAGuess) {
  const Workshop shop;
  std::string table = "day,sales,visitors\n";
  for (int i = 0; i < 80; ++i)
    table += std::to_string(i) + "," + std::to_string(i % 7 + i) + "," + std::to_string(i % 5) + "\n";
  shop.write("sales.csv", table);
  const Ran ran = run(shop.path(), {"train", "sales.csv", "--target", "sales", "--dry-run"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.err.find("visitors (--features)"), std::string::npos) << ran.err;
}

// Two targets in different units: the errors of each are those of its own column in predictions.csv, and what
// is said of both does not change with a unit.
TEST(Words, SeveralTargetsAreScoredEachInItsUnit) {
  const Workshop shop;
  const auto table = [](double unit) {
    std::string text = "day,sales,visitors\n";
    for (int i = 0; i < 120; ++i)
      text += fmt::format("{},{},{}\n", i, (i * 37 % 11 + 20) * unit, i * 29 % 13 + 40);
    return text;
  };
  shop.write("a.csv", table(1));
  shop.write("b.csv", table(1024));
  const auto verdict_of = [&](const std::string& data, const std::string& out) {
    const Ran ran = run(shop.path(), {"train", data, "--target", "sales,visitors", "--epochs", "2", "--units",
                                      "4", "--horizon", "2", "--log", "off", "--json", "--out", out});
    EXPECT_EQ(ran.status, 0) << ran.err;
    return nlohmann::json::parse(ran.out.substr(ran.out.rfind("\n", ran.out.size() - 2) + 1));
  };
  const auto one = verdict_of("a.csv", "a"), other = verdict_of("b.csv", "b");
  double squares[2] = {}, skills = 0;
  int count = 0;
  std::istringstream lines(shop.read("a/predictions.csv"));
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line); ++count) {
    double day, step, true_sales, sales, true_visitors, visitors;
    ASSERT_EQ(std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf,%lf,%lf", &day, &step, &true_sales, &sales,
                          &true_visitors, &visitors),
              6);
    squares[0] += (sales - true_sales) * (sales - true_sales);
    squares[1] += (visitors - true_visitors) * (visitors - true_visitors);
  }
  const auto& network = one["scores"][0];
  EXPECT_NEAR(network["targets"]["sales"]["rmse"], std::sqrt(squares[0] / count), 1e-5);
  EXPECT_NEAR(network["targets"]["visitors"]["rmse"], std::sqrt(squares[1] / count), 1e-5);
  EXPECT_FALSE(network.contains("rmse"));
  for (const char* target : {"sales", "visitors"}) {
    const double naive = one["scores"][1]["targets"][target]["rmse"];
    skills += (1 - network["targets"][target]["rmse"].get<double>() / naive) / 2;
  }
  EXPECT_NEAR(network["skill"], skills, 1e-9);
  EXPECT_NEAR(other["scores"][0]["skill"], skills, 1e-3);
  const std::string report = shop.read("a/report.html");
  EXPECT_NE(report.find(">sales</text>"), std::string::npos);
  EXPECT_NE(report.find(">visitors</text>"), std::string::npos);
  const Ran text = run(shop.path(), {"evaluate", "a"});
  for (const char* said : {"\n  sales ", "\n  visitors ", "mean skill of the targets: forecast "})
    EXPECT_NE(text.out.find(said), std::string::npos) << text.out;
}

// The words that a flag takes stand once, in its place in the line; a settings file lists them behind the
// doc.
TEST(Words, ChoicesStandOnce) {
  const Workshop shop;
  const Ran help = run(shop.path(), {"help", "--all"});
  EXPECT_NE(help.out.find("--reduce-time mean|sum"), std::string::npos);
  EXPECT_EQ(help.out.find(" | "), std::string::npos) << help.out.substr(help.out.find(" | ") - 100, 200);
  shop.write("sales.csv", sales_csv(96));
  const Ran init = run(shop.path(), {"init", "sales.csv", "--target", "sales", "--out", "-"});
  std::istringstream lines(init.out);
  int told = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" | ") == std::string::npos) continue;
    ++told;
    EXPECT_EQ(line.find(" | "), line.find(" | ", line.rfind(": "))) << line;
  }
  EXPECT_GT(told, 10) << init.out;
}

TEST(Words, APipeHearsOfTheValidationLoss) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  const Ran ran = run(shop.path(), {"train", "sales.csv", "--target", "sales", "--epochs", "8", "--units",
                                    "4", "--out", "m"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.err.find("running loss"), std::string::npos) << ran.err;
  const std::size_t last = ran.err.rfind("step ");
  EXPECT_NE(ran.err.find("  validation ", last), std::string::npos) << ran.err;
}

TEST(Words, DataThatDoesNotFitTheModelIsTheDatasFault) {
  const Workshop shop;
  shop.write("x.npy", npy({20, 3, 2}, std::vector<float>(120, 0.5f)));
  shop.write("narrow.npy", npy({20, 3, 1}, std::vector<float>(60, 0.5f)));
  shop.write("y.npy", npy({20}, std::vector<float>(20, 0.5f)));
  ASSERT_EQ(run(shop.path(), {"train", "x.npy", "--target", "y.npy", "--epochs", "1", "--out", "m"}).status,
            0);
  EXPECT_EQ(run(shop.path(), {"predict", "m", "narrow.npy"}).status, 3);
  std::vector<float> other(120, 0.5f);
  for (std::size_t i = 0; i < other.size(); i += 3) other[i] = 0.25f;
  shop.write("x.npy", npy({20, 3, 2}, other));
  EXPECT_EQ(run(shop.path(), {"resume", "m", "--epochs", "2"}).status, 3);
}

}  // namespace
}  // namespace carousel::e2e
