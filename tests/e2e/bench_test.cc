// `carousel bench`: every kind of work, what stands around a layer, and the machine's ceilings.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

TEST(Bench, PrintsOneObject) {
  const Workshop shop;
  for (const char* work : {"infer", "train", "step", "stream"}) {
    const Ran ran = run(shop.path(), {"bench", "--cell", "gru", "--work", work, "--shape", "4,2,3,16",
                                      "--seconds", "0.01", "--json"});
    ASSERT_EQ(ran.status, 0) << ran.err;
    const Json json = Json::parse(ran.out, nullptr, false);
    ASSERT_TRUE(json.is_object()) << ran.out;
    EXPECT_GT(json["best_ms"].get<double>(), 0);
    EXPECT_LE(json["best_ms"].get<double>(), json["p10_ms"].get<double>());
    EXPECT_LE(json["p10_ms"].get<double>(), json["median_ms"].get<double>());
    EXPECT_GT(json["gflops"].get<double>(), 0);
    EXPECT_GE(json["threads"].get<int>(), 1);
    EXPECT_FALSE(json["target"].get<std::string>().empty());
  }
}

TEST(Bench, TakesLayersDirectionsAndRaggedRows) {
  const Workshop shop;
  const auto bench = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"bench", "--shape", "8,4,3,16", "--seconds", "0.01", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Ran ran = run(shop.path(), words);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return Json::parse(ran.out, nullptr, false);
  };
  const Json both = bench({"--bidirectional", "--layers", "2"});
  EXPECT_EQ(both["layers"], 2);
  EXPECT_EQ(both["bidirectional"], true);
  EXPECT_EQ(bench({"--ragged", "0.5"})["lengths"].size(), 4u);
  const Json masked = bench({"--input-dropout", "0.25", "--recurrent-dropout", "0.5"});
  EXPECT_EQ(masked["dropout"], 0.25);
  EXPECT_EQ(masked["recurrent_dropout"], 0.5);
  EXPECT_GT(masked["plain_best_ms"], 0.0);
  EXPECT_DOUBLE_EQ(masked["times_plain"],
                   masked["best_ms"].get<double>() / masked["plain_best_ms"].get<double>());
  EXPECT_EQ(bench({"--work", "stream", "--layers", "2"})["layers"], 2);
  const Json roofline = bench({"--roofline"});
  EXPECT_GT(roofline["all_threads_gflops"].get<double>(), 0);
  EXPECT_EQ(roofline["levels"].size(), 4u);
  for (const char* flag :
       {"--bidirectional", "--ragged=0.5", "--input-dropout=0.5", "--recurrent-dropout=0.5"}) {
    const Ran ran = run(shop.path(), {"bench", "--work", "stream", flag});
    EXPECT_EQ(ran.status, 2);
    EXPECT_NE(ran.err.find("E204"), std::string::npos) << ran.err;
  }
}

}  // namespace
}  // namespace carousel::e2e
