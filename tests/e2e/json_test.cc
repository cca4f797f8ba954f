// What the program says with --json: one object a line.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <nlohmann/json.hpp>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

TEST(JsonLines, SayWhyTrainingEnded) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(2000));
  const auto ended = [](const Ran& ran) {
    std::vector<Json> last;
    for (const std::string& line : lines_of(ran.out)) {
      Json json = Json::parse(line);
      if (json["event"] == "finish" || json["event"] == "stopped") last.push_back(std::move(json));
    }
    return last;
  };
  auto words = small_run("runs/part", "400");
  words.push_back("--json");
  const auto stopped = ended(run_and_signal(shop.path(), words, "step 16/", SIGTERM));
  ASSERT_EQ(stopped.size(), 2u);
  EXPECT_EQ(stopped[0].at("why"), "stopped");
  EXPECT_EQ(stopped[1], (Json{{"event", "stopped"}, {"folder", "runs/part"}}));
  const auto why = [&](const std::string& flags) {
    return ended(run_line(shop.path(),
                          "train sales.csv --target sales --units 2 --start none --members 1 "
                          "--force --out m --json " +
                              flags))
        .at(0)
        .at("why");
  };
  EXPECT_EQ(why("--epochs 1"), "epochs");
  EXPECT_EQ(why("--steps 3"), "steps");
  EXPECT_EQ(why("--epochs 50 --patience 1 --rate 1e-12"), "patience");
}

TEST(JsonLines, AreOneObjectALine) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(80));
  const std::string line =
      "train sales.csv --target sales --epochs 3 --units 4 --members 2 --out m --json --quiet";
  std::map<std::string, int> events;
  const auto told = [&](const Ran& ran) {
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.err, "");
    events.clear();
    std::vector<Json> all;
    for (const std::string& said : lines_of(ran.out)) {
      all.push_back(Json::parse(said, nullptr, false));
      EXPECT_TRUE(all.back().is_object()) << said;
      ++events[all.back()["event"].get<std::string>()];
    }
    return all;
  };
  const auto is_dry = [](const Json& json) {
    EXPECT_EQ(json["event"], "dry_run");
    EXPECT_EQ(json["folder"], "m");
    EXPECT_EQ(json["members"], 2);
    // An LSTM of 4 units that sees one number: 16 * (1 + 4 + 1) weights; 12 outputs.
    EXPECT_EQ(json["parameters"], 16 * 6 + 12 * 5);
  };
  const std::vector<Json> dry = told(run_line(shop.path(), line + " --dry-run"));
  ASSERT_EQ(dry.size(), 2u);
  EXPECT_EQ(dry[0]["event"], "data");
  EXPECT_EQ(dry[0]["train"], 80 - 12 - 12);  // the test part and the one that validates hold a horizon
  EXPECT_EQ(dry[0]["guessed"].back()["flag"], "--loss");
  is_dry(dry[1]);
  told(run_line(shop.path(), line));
  EXPECT_EQ(events["data"], 1);
  EXPECT_EQ(events["start_fitted"], 1);
  EXPECT_EQ(events["member"], 2);
  EXPECT_EQ(events["start"], 2);
  EXPECT_EQ(events["epoch"], 6);
  EXPECT_EQ(events["finish"], 2);
  EXPECT_EQ(events["verdict"], 1);
  const auto trained = shop.read("m/scores.json");
  EXPECT_TRUE(Json::parse(trained)["seconds"].is_number());
  const std::vector<Json> again = told(run_line(shop.path(), "resume m --dry-run --json --quiet"));
  ASSERT_EQ(again.size(), 1u);
  is_dry(again[0]);
  told(run_line(shop.path(), "resume m --json --quiet"));
  EXPECT_TRUE(
      Json::parse(shop.read("m/scores.json"))["seconds"].is_null());  // this time is that of no training
  EXPECT_EQ(shop.read("m/report.html").find("<dt>trained in</dt>"), std::string::npos);
}

// A line of JSON says what the line of the CSV says.
TEST(JsonLines, PredictionsAreThoseOfTheCsv) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(80));
  shop.write("images", idx_images(20));
  shop.write("labels", idx_labels(20));
  ASSERT_EQ(run(shop.path(), small_run("w", "1")).status, 0);
  ASSERT_EQ(run(shop.path(), {"train", "images", "--target", "labels", "--epochs", "1", "--out", "i"}).status,
            0);
  const auto both = [&](const char* model, const char* data) {
    const Ran csv = run(shop.path(), {"predict", model, data});
    const Ran json = run(shop.path(), {"predict", model, data, "--json"});
    EXPECT_EQ(json.status, 0) << json.err;
    std::vector<std::pair<std::string, Json>> lines;
    auto rows = lines_of(csv.out), objects = lines_of(json.out);
    EXPECT_EQ(objects.size() + 1, rows.size());
    for (std::size_t i = 0; i < objects.size(); ++i)
      lines.emplace_back(rows.at(i + 1), Json::parse(objects[i], nullptr, false));
    return lines;
  };
  const auto number = [](const Json& value) {
    std::ostringstream text;
    if (!value.is_null()) text << fmt::format("{}", value.get<float>());
    return text.str();
  };
  for (const auto& [row, json] : both("w", "sales.csv"))
    EXPECT_EQ(json["time"].get<std::string>() + "," + json["step"].dump() + "," +
                  number(json["known"]["sales"]) + "," + number(json["values"]["sales"]),
              row);
  for (const auto& [row, json] : both("i", "images"))
    EXPECT_EQ(json["sequence"].dump() + "," + json["class"].get<std::string>() + "," +
                  number(json["probabilities"]["0"]) + "," + number(json["probabilities"]["1"]),
              row);
  const Ran written = run(shop.path(), {"predict", "i", "images", "--json", "--quiet", "--out", "p.npy"});
  EXPECT_EQ(Json::parse(written.out)["shape"], Json::parse("[20, 2]"));
}

TEST(JsonLines, CellsHaveTheSizesOfTheirShapes) {
  const Workshop shop;
  const Ran all = run(shop.path(), {"cells", "--json", "--inputs", "3", "--units", "5"});
  ASSERT_EQ(all.status, 0) << all.err;
  ASSERT_EQ(lines_of(all.out).size(), 7u);
  for (const std::string& line : lines_of(all.out)) {
    const Json cell = Json::parse(line, nullptr, false);
    std::int64_t count = 0;
    for (const Json& shape : cell["shapes"]) {
      std::int64_t size = 1;
      for (const Json& side : shape) size *= side.get<std::int64_t>();
      count += size;
    }
    EXPECT_EQ(count, cell["parameters"]) << line;
    const Ran one = run(
        shop.path(), {"cells", cell["name"].get<std::string>(), "--json", "--inputs", "3", "--units", "5"});
    EXPECT_EQ(one.out, line + "\n");
  }
}

}  // namespace
}  // namespace carousel::e2e
