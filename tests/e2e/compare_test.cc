// Runs side by side: the better one first, and no rank where the rows are not the same.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

using nlohmann::json;

/// Two networks of which one hardly learns, a third with another horizon, and one of an older version.
class Compare : public testing::Test {
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
  for (const char* words : {"<h2>Learning curves</h2>", ">bad</text>", ">good</text>",
                            "<h2>Settings that differ</h2>", "train.optimizer.rate", "good is the best"})
    EXPECT_NE(page.find(words), std::string::npos) << words;
  EXPECT_EQ(run_line(shop->path(), "compare bad good --out -").out, page);
}

}  // namespace
}  // namespace carousel::e2e
