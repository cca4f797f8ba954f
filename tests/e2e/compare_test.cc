// Runs side by side: the better one first, and no rank where the rows are not the same.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/program.h"
#include "support/holds.h"

namespace carousel::e2e {
namespace {

using nlohmann::json;

/// Two networks of which one hardly learns, a third with another horizon, and one of an older version.
class Compare : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shop = std::make_unique<Workshop>();
    shop->write("sales.csv", sales_csv(120));
    for (const char* line :
         {"bad --horizon 3 --epochs 1 --units 1 --rate 1e-6",
          "good --horizon 3 --epochs 30 --units 8 --rate 0.01", "other --horizon 2 --epochs 1 --units 2"}) {
      const Ran ran = run_line(
          shop->path(), std::string("train sales.csv --target sales --window 12 --quiet --out ") + line);
      ASSERT_EQ(ran.status, 0) << ran.err;
    }
    for (const char* file : {"model.safetensors", "run.toml", "history.csv"})
      shop->write(std::string("old/") + file, shop->read(std::string("bad/") + file));
  }
  static void TearDownTestSuite() { shop.reset(); }

  static std::vector<json> lines_of(const std::string& line) {
    std::istringstream out(run_line(shop->path(), line + " --json").out);
    std::vector<json> all;
    for (std::string text; std::getline(out, text);) all.push_back(json::parse(text));
    return all;
  }

  static std::unique_ptr<Workshop> shop;
};

std::unique_ptr<Workshop> Compare::shop;

TEST_F(Compare, RanksRunsThatWereScoredOnTheSameRows) {
  const std::vector<json> lines = lines_of("compare bad good");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["run"], "good");
  EXPECT_EQ(lines[0]["rank"], 1);
  EXPECT_EQ(lines[1]["rank"], 2);
  EXPECT_EQ(lines[0]["fingerprint"], lines[1]["fingerprint"]);
  EXPECT_EQ(lines[2]["ranked"], true);
  // What is said of a run is what its own files say.
  const json kept = json::parse(shop->read("good/scores.json"));
  EXPECT_EQ(lines[0]["rmse"], kept["scores"][0]["rmse"]);
  const double share =
      kept["scores"][0]["rmse"].get<double>() / kept["scores"][1]["rmse"].get<double>();  // of the naive one
  EXPECT_NEAR(lines[0]["skill"].get<double>(), 1 - share, 1e-12);
  // Only what differs is told, and all of it.
  std::vector<std::string> differing;
  for (const auto& [name, values] : lines[2]["differing"].items()) differing.push_back(name);
  EXPECT_EQ(differing, (std::vector<std::string>{"layer[0].units", "train.epochs", "train.optimizer.rate"}));
  EXPECT_EQ(lines[2]["differing"]["train.epochs"]["good"], "30");

  const Ran said = run_line(shop->path(), "compare bad good");
  EXPECT_LT(said.out.find("\ngood"), said.out.find("\nbad"));
  EXPECT_NE(said.out.find("good is the best: its error is "), std::string::npos) << said.out;
}

TEST_F(Compare, RefusesToRankWhatWasScoredOnOtherRows) {
  const std::vector<json> lines = lines_of("compare bad other good");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0]["run"], "bad");  // as they were given
  EXPECT_EQ(lines[1]["run"], "other");
  EXPECT_NE(lines[0]["fingerprint"], lines[1]["fingerprint"]);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(lines[i]["rank"].is_null());
  EXPECT_EQ(lines[3]["ranked"], false);
  const Ran said = run_line(shop->path(), "compare bad other good");
  EXPECT_EQ(said.status, 0);
  EXPECT_NE(said.out.find("Not ranked: these runs were scored on different rows, so their errors cannot be "
                          "compared (bad, good | other)."),
            std::string::npos)
      << said.out;
  EXPECT_EQ(said.out.find("is the best"), std::string::npos);
}

TEST_F(Compare, ShowsARunWithoutScoresAndSaysSo) {
  const std::vector<json> lines = lines_of("compare old bad good");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[2]["run"], "old");
  EXPECT_FALSE(lines[2].contains("rmse"));
  EXPECT_EQ(lines[0]["rank"], 1);  // the others are ranked all the same
  const std::string sentence = lines[3]["sentence"];
  EXPECT_NE(sentence.find("Without scores, as of an older version or not ended: old;"), std::string::npos);
  EXPECT_NE(run_line(shop->path(), "compare old good").out.find("Only one run has scores"),
            std::string::npos);
}

TEST_F(Compare, WritesAPageWithTheCurvesOfAll) {
  const Ran ran = run_line(shop->path(), "compare bad good --out both.html");
  EXPECT_EQ(ran.status, 0) << ran.err;
  const std::string page = shop->read("both.html");
  testing::expect_holds(page, {"<h2>Learning curves</h2>", ">bad</text>", ">good</text>",
                               "<h2>Settings that differ</h2>", "train.optimizer.rate", "good is the best"});
  EXPECT_EQ(run_line(shop->path(), "compare bad good --out -").out, page);
  EXPECT_EQ(run_line(shop->path(), "compare bad good --out - --json").out, page);
}

// A forecaster's history tells of one member after the other.
TEST_F(Compare, TakesTheFirstMemberAlone) {
  for (const char* file : {"model.safetensors", "run.toml", "scores.json"})
    shop->write(std::string("hand/") + file, shop->read(std::string("bad/") + file));
  shop->write("hand/history.csv",
              "member,epoch,train_loss,validation_loss\n"
              "0,1,0.75,0.5\n0,2,0.7,0.25\n0,3,0.6,0.3\n1,1,0.7,0.5\n1,2,0.6,0.125\n");
  const std::vector<json> lines = lines_of("compare good hand");
  EXPECT_EQ(lines[1]["run"], "hand");
  EXPECT_EQ(lines[1]["best_epoch"], 2);
  EXPECT_EQ(lines[1]["validation_loss"], 0.25);
  // A cell of one unit that sees one number has 4 * (1 + 1 + 1) weights, 3 outputs have 3 * (1 + 1).
  EXPECT_EQ(lines[1]["members"], 5);
  EXPECT_EQ(lines[1]["parameters"], 18);  // of each
  const Ran said = run_line(shop->path(), "compare good hand");
  testing::expect_holds(said.out, {" 5 x 18 ", "those of each run's first member."});
  const std::string page = run_line(shop->path(), "compare good hand --out -").out;
  testing::expect_holds(page, {"<td>5 x 18</td>", "those of each run&#39;s first member.",
                               "Drawn is the loss of each run&#39;s first member."});
}

TEST_F(Compare, CallsNobodyBetterByNothing) {
  const auto twin = [](const std::string& name, const json& rmse) {
    for (const char* file : {"model.safetensors", "run.toml", "history.csv"})
      shop->write(name + "/" + file, shop->read(std::string("good/") + file));
    json scores = json::parse(shop->read("good/scores.json"));
    scores["scores"][0]["rmse"] = rmse;
    shop->write(name + "/scores.json", scores.dump());
  };
  const double rmse = json::parse(shop->read("good/scores.json"))["scores"][0]["rmse"];
  twin("near", 1.0004 * rmse);
  twin("far", 1.0006 * rmse);
  twin("lost", nullptr);
  const auto sentence = [](const std::string& runs) {
    return lines_of("compare " + runs).back()["sentence"];
  };
  EXPECT_EQ(sentence("near good"), "good and near have the same error: they differ by less than 0.05 %.");
  EXPECT_EQ(sentence("far good"), "good is the best: its error is 0.1 % smaller than that of far.");
  EXPECT_EQ(sentence("lost good"), "good is the best: the error of lost is not finite.");
}

// How long a resumed run was trained nobody knows.
TEST_F(Compare, SaysWhatCannotBeCompared) {
  for (const char* file : {"model.safetensors", "run.toml", "history.csv", "scores.json"})
    shop->write(std::string("majority/") + file, shop->read(std::string("good/") + file));
  json scores = json::parse(shop->read("good/scores.json"));
  scores["scores"][1]["name"] = "majority";
  scores["seconds"] = nullptr;
  shop->write("majority/scores.json", scores.dump());
  const std::string table = run_line(shop->path(), "compare good majority").out;
  EXPECT_EQ(table.find("skill over"), std::string::npos) << table;
  testing::expect_holds(table, {" % over naive", " % over majority", "  –\n"});
  EXPECT_TRUE(lines_of("compare good majority")[1]["seconds"].is_null());

  ASSERT_EQ(
      run_line(shop->path(),
               "train sales.csv --target sales --window 12 --horizon 3 --epochs 1 --units 1 --start none "
               "--members 1 --out alone")
          .status,
      0);
  const std::string same = "runs that prepare their data otherwise cannot be compared",
                    other = "of different things (mse; mse of what the linear autoregression leaves)";
  testing::expect_holds(run_line(shop->path(), "compare good bad --out -").out, {same.c_str()});
  testing::expect_holds(run_line(shop->path(), "compare good alone --out -").out, {other.c_str()});
}

}  // namespace
}  // namespace carousel::e2e
