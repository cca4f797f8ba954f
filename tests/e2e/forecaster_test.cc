// Forecasters by the program: their spread, their members, and a check of skill.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

/// A forecaster whose networks have their say, whatever they are worth.
std::vector<std::string> small_forecaster(const std::string& folder) {
  return {"train", "sales.csv", "--target", "sales",   "--cell", "gru",        "--units", "8",     "--epochs",
          "12",    "--members", "3",        "--share", "0.5",    "--patience", "0",       "--out", folder};
}

// Each member's forecast lies between the lowest and the highest, and so does their mean.
TEST(ForecasterRuns, AForecastHasTheSpreadOfItsMembers) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  ASSERT_EQ(run(shop.path(), small_forecaster("f")).status, 0);
  const auto rows = lines_of(shop.read("f/forecast.csv"));
  ASSERT_EQ(rows.size(), 13u);
  EXPECT_EQ(rows[0], "month,sales,sales_low,sales_high");
  bool wide = false;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    double mean = 0, low = 0, high = 0;
    ASSERT_EQ(std::sscanf(rows[i].c_str(), "%*[^,],%lf,%lf,%lf", &mean, &low, &high), 3) << rows[i];
    EXPECT_LE(low, mean);
    EXPECT_LE(mean, high);
    wide |= low < high;
  }
  EXPECT_TRUE(wide);
  const Ran far = run(shop.path(), {"forecast", "f", "--steps", "20", "--json", "--out", "-"});
  EXPECT_EQ(far.status, 0) << far.err;
  EXPECT_NE(far.err.find("forecast from forecasts, in 2 blocks; the networks go on from their mean"),
            std::string::npos)
      << far.err;
  for (const char* command : {"evaluate", "inspect"}) {
    const Ran ran = run(shop.path(), {command, "f"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_NE(ran.out.find(std::string(command) == "inspect" ? "3 networks" : "  forecast "),
              std::string::npos)
        << ran.out;
  }
}

TEST(ForecasterRuns, AnInterruptedOneResumesToTheSameBytes) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(1500));
  ASSERT_EQ(run(shop.path(), small_forecaster("whole")).status, 0);
  const Ran stopped = run_and_signal(shop.path(), small_forecaster("part"), "trained   member 1/3", SIGINT);
  ASSERT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_NE(shop.read("part/model.safetensors"), shop.read("whole/model.safetensors"));
  const Ran early = run(shop.path(), {"forecast", "part"});  // by the members that there are
  EXPECT_EQ(early.status, 0);
  EXPECT_NE(early.err.find("this forecaster was stopped with "), std::string::npos) << early.err;
  // The curve of its first member is there, and that member is done.
  const auto told = lines_of(run_line(shop.path(), "compare whole part --json").out);
  ASSERT_GE(told.size(), 2u);
  const auto best = [&](std::size_t line) { return nlohmann::json::parse(told[line])["best_epoch"]; };
  EXPECT_GT(best(0), 0);
  EXPECT_EQ(best(0), best(1));
  const Ran resumed = run(shop.path(), {"resume", "part"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(run(shop.path(), {"forecast", "part"}).err.find("was stopped"), std::string::npos);
  for (const char* file : {"model.safetensors", "members/0/last.safetensors", "members/2/last.safetensors",
                           "history.csv", "gradients.csv", "predictions.csv", "forecast.csv"})
    EXPECT_EQ(shop.read(std::string("part/") + file), shop.read(std::string("whole/") + file)) << file;
}

// Where the last value is the best forecast there is, none has skill; where the next value is a function of
// the last one that is not linear, a network has.
TEST(ForecasterRuns, SkillThatIsRequiredIsChecked) {
  const Workshop shop;
  std::string chaos = "x\n";
  double x = 0.3;
  for (int row = 0; row < 600; ++row, x = 3.9 * x * (1 - x)) chaos += std::to_string(x) + "\n";
  shop.write("chaos.csv", chaos);
  std::string walk = "v\n";
  std::uint32_t state = 1;
  double value = 0;
  for (int row = 0; row < 200; ++row) {
    state = state * 1664525u + 1013904223u;
    value += (state >> 31) ? 1 : -1;
    walk += std::to_string(value) + "\n";
  }
  shop.write("walk.csv", walk);
  const std::vector<std::string> words = {"--units",         "2",       "--epochs", "1",
                                          "--require-skill", "--force", "--out",    "m"};
  const auto ran = [&](const std::string& file) {
    std::vector<std::string> line = {"train", file};
    line.insert(line.end(), words.begin(), words.end());
    return run(shop.path(), line);
  };
  const Ran none = ran("walk.csv");
  EXPECT_EQ(none.status, 1) << none.out;
  EXPECT_TRUE(shop.has("m/forecast.csv"));  // the run is whole all the same
  auto loose = words;
  std::erase(loose, "--require-skill");
  loose.insert(loose.begin(), {"train", "walk.csv"});
  EXPECT_EQ(run(shop.path(), loose).status, 0);
  const std::string learns =
      "train chaos.csv --window 4 --horizon 1 --units 16 --epochs 20 --rate 0.01 "
      "--members 1 --force --require-skill --out m";
  const Ran skilled = run_line(shop.path(), learns);
  EXPECT_EQ(skilled.status, 0) << skilled.out;
  EXPECT_NE(skilled.err.find("share     a = "), std::string::npos) << skilled.err;
  // The same networks without a share: what is left is the linear autoregression, rounded.
  const Ran silent = run_line(shop.path(), learns + " --share 0");
  EXPECT_EQ(silent.status, 1) << silent.out;
  EXPECT_NE(silent.out.find("The networks have no share in the forecast"), std::string::npos) << silent.out;
  EXPECT_EQ(run_line(shop.path(), "resume m --require-skill").status, 1);
}

// What a kill amid the cleaning left of a larger run must not be taken for a part of the new one.
TEST(ForecasterRuns, AReplacedOneLeavesNoMembers) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  ASSERT_EQ(run(shop.path(), small_forecaster("run")).status, 0);
  std::filesystem::remove_all(shop.path() / "run/members/0");
  ASSERT_EQ(run_line(shop.path(),
                     "train sales.csv --target sales --units 2 --epochs 1 --members 2 --force --out run")
                .status,
            0);
  EXPECT_TRUE(shop.has("run/members/1"));
  EXPECT_FALSE(shop.has("run/members/2"));
}

TEST(ForecasterRuns, GradflowSaysWhichMemberItLooksAt) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  ASSERT_EQ(run(shop.path(), small_forecaster("run")).status, 0);
  const Ran ran = run_line(shop.path(), "gradflow run sales.csv");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.err.find("run: the first of 3 members"), std::string::npos) << ran.err;
}

TEST(ForecasterRuns, ValuesThatTheModelCannotTakeAreTheDatasFault) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  ASSERT_EQ(
      run_line(shop.path(), "train sales.csv --target sales --log on --units 2 --epochs 1 --out run").status,
      0);
  std::string rows = sales_csv(120);
  rows.replace(rows.rfind(','), std::string::npos, ",-5\n");
  shop.write("newer.csv", rows);
  for (const char* command :
       {"forecast run --data newer.csv", "predict run newer.csv", "evaluate run newer.csv"}) {
    const Ran ran = run_line(shop.path(), command);
    EXPECT_EQ(ran.status, 3) << command << ran.err;
    EXPECT_NE(ran.err.find("newer.csv:121, column 'sales': the logarithm needs values above 0"),
              std::string::npos)
        << ran.err;
  }
}

TEST(ForecasterRuns, AreNotResumedWithOtherData) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  ASSERT_EQ(run(shop.path(), small_forecaster("run")).status, 0);
  const std::string model = shop.read("run/model.safetensors");
  shop.write("sales.csv", sales_csv(119));
  const Ran resumed = run(shop.path(), {"resume", "run"});
  EXPECT_EQ(resumed.status, 3) << resumed.err;
  EXPECT_NE(resumed.err.find("the data is not the data of the run"), std::string::npos) << resumed.err;
  EXPECT_EQ(shop.read("run/model.safetensors"), model);
}

}  // namespace
}  // namespace carousel::e2e
