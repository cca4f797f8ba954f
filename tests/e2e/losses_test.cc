// What a loss means for everything that is reported afterwards, through the real program.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

/// A CSV as rows of fields; no field here is quoted.
std::vector<std::vector<std::string>> rows_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

std::string labels_npy(const std::vector<int>& labels) {
  std::string bytes = npy({static_cast<int>(labels.size())}, {});
  bytes.replace(bytes.find("<f4"), 3, "<i4");
  for (const int label : labels)
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(label >> shift & 255);
  return bytes;
}

/// Sequences x.npy [90, 4, 2] with classes c2.npy, c3.npy and values v.npy in [0, 1].
class Losses : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<float> x, v;
    std::vector<int> two, three;
    for (int i = 0; i < 90; ++i) {
      float sum = 0;
      for (int j = 0; j < 8; ++j) {
        x.push_back(static_cast<float>((i * 37 + j * 11) % 23) / 23.0f);
        sum += x.back();
      }
      two.push_back(sum > 4);
      three.push_back(std::clamp(static_cast<int>(sum - 2.5f), 0, 2));
      v.push_back(sum / 8);
    }
    shop.write("x.npy", npy({90, 4, 2}, x));
    shop.write("v.npy", npy({90}, v));
    shop.write("c2.npy", labels_npy(two));
    shop.write("c3.npy", labels_npy(three));
    shop.write("sales.csv", sales_csv(90));
  }

  Ran train(const std::string& target, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"train", "x.npy",  "--target", target,  "--units", "4",      "--epochs",
                                      "3",     "--rate", "0.02",     "--out", "m",       "--force"};
    words.insert(words.end(), more.begin(), more.end());
    return run(shop.path(), words);
  }

  void expect_probabilities(const std::string& csv, std::size_t classes) {
    const auto rows = rows_of(csv);
    ASSERT_GT(rows.size(), 1u);
    ASSERT_GT(rows[0].size(), classes);
    const std::size_t first = rows[0].size() - classes;
    ASSERT_EQ(rows[0][first], "p_0");
    for (std::size_t i = 1; i < rows.size(); ++i) {
      double sum = 0, best = -1;
      std::size_t winner = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        const double p = std::stod(rows[i][first + c]);
        EXPECT_GE(p, 0) << csv;
        EXPECT_LE(p, 1) << csv;
        sum += p;
        if (p > best) best = p, winner = c;
      }
      EXPECT_NEAR(sum, 1, 1e-5);
      EXPECT_EQ(rows[i][first - 1], std::to_string(winner));
    }
  }

  Workshop shop;
};

TEST_F(Losses, ClassesHaveProbabilities) {
  for (const char* target : {"c2.npy", "c3.npy"}) {
    const std::size_t classes = target[1] - '0';
    const Ran ran = train(target, {});
    ASSERT_EQ(ran.status, 0) << ran.err;
    expect_probabilities(shop.read("m/predictions.csv"), classes);
    const Ran predicted = run(shop.path(), {"predict", "m", "x.npy"});
    ASSERT_EQ(predicted.status, 0) << predicted.err;
    expect_probabilities(predicted.out, classes);
  }
}

// One output tells two classes apart; both have a column.
TEST_F(Losses, TwoClassesByOneOutput) {
  const Ran ran = train("c2.npy", {"--loss", "binary_cross_entropy"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.err.find("dense(1)"), std::string::npos) << ran.err;
  EXPECT_NE(ran.out.find("majority"), std::string::npos) << ran.out;
  expect_probabilities(shop.read("m/predictions.csv"), 2);
  const Ran predicted = run(shop.path(), {"predict", "m", "x.npy"});
  ASSERT_EQ(predicted.status, 0) << predicted.err;
  expect_probabilities(predicted.out, 2);
}

// evaluate sees the loss that training saw on the same part.
TEST_F(Losses, EvaluateSeesTheLossOfTraining) {
  const std::pair<const char*, const char*> cases[] = {{"v.npy", "mse"},
                                                       {"v.npy", "mae"},
                                                       {"v.npy", "binary_cross_entropy"},
                                                       {"c2.npy", "binary_cross_entropy"},
                                                       {"c3.npy", "cross_entropy"}};
  for (const auto& [target, loss] : cases) {
    SCOPED_TRACE(std::string(target) + " " + loss);
    const Ran ran = train(target, {"--loss", loss, "--test", "0", "--validation", "0.3", "--scale", "none"});
    ASSERT_EQ(ran.status, 0) << ran.err;
    const auto history = rows_of(shop.read("m/history.csv"));
    ASSERT_EQ(history.size(), 4u);
    ASSERT_EQ(history[0][4], "validation_loss");
    double best = 1e30;
    for (std::size_t i = 1; i < history.size(); ++i) best = std::min(best, std::stod(history[i][4]));
    const Ran evaluated = run(shop.path(), {"evaluate", "m", "--json"});
    ASSERT_EQ(evaluated.status, 0) << evaluated.err;
    const Json json = Json::parse(evaluated.out, nullptr, false);
    EXPECT_NEAR(json["loss"].get<double>(), best, 1e-6 * best);
  }
}

TEST_F(Losses, CrossEntropyNeedsTargetsBetweenZeroAndOne) {
  const Ran ran = run(shop.path(), {"train", "sales.csv", "--target", "sales", "--loss",
                                    "binary_cross_entropy", "--epochs", "1", "--out", "m"});
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_NE(ran.err.find("E204"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("--subtract none"), std::string::npos) << ran.err;
  EXPECT_FALSE(shop.has("m"));
  std::string table = "month,rain\n";
  for (int i = 0; i < 90; ++i) table += std::to_string(i) + "," + std::to_string(i * 7 % 3 == 0) + "\n";
  shop.write("rain.csv", table);
  const Ran good = run(
      shop.path(), {"train", "rain.csv", "--target", "rain", "--loss", "binary_cross_entropy", "--subtract",
                    "none", "--scale", "none", "--log", "off", "--epochs", "1", "--out", "m"});
  ASSERT_EQ(good.status, 0) << good.err;
  const auto rows = rows_of(shop.read("m/forecast.csv"));
  ASSERT_GT(rows.size(), 1u);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_GT(std::stod(rows[i][1]), 0);
    EXPECT_LT(std::stod(rows[i][1]), 1);
  }
}

// What cannot be trained is refused before anything is written, in a dry run too.
TEST_F(Losses, ADryRunRefusesWhatTrainingWould) {
  shop.write("wrong.toml",
             "[data]\nfile = \"x.npy\"\ntarget = \"c3.npy\"\n[[layer]]\nkind = \"lstm\"\nunits = 4\n"
             "[[layer]]\nkind = \"dense\"\nunits = 2\n");
  for (const char* dry : {"--dry-run", "--quiet"}) {
    const Ran ran = run(shop.path(), {"train", "wrong.toml", dry, "--out", "w"});
    EXPECT_EQ(ran.status, 2) << dry;
    EXPECT_NE(ran.err.find("E206"), std::string::npos) << ran.err;
  }
  EXPECT_FALSE(shop.has("w"));
}

}  // namespace
}  // namespace carousel::e2e
