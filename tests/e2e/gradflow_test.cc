// carousel gradflow through the program: a law that holds whatever the numbers are, in table, CSV and JSON.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/program.h"
#include "support/holds.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

// h = W x + U h₋₁ with U = r Q, Q orthogonal: ‖∂L/∂h‖ falls by r a step. Q is orthogonal to a float's
// rounding.
std::string linear(const std::string& gain) {
  return "[data]\ntarget = \"sales\"\nwindow = 40\nhorizon = 1\n[[layer]]\nkind = \"rnn\"\nunits = 6\n"
         "activation = \"linear\"\nu_init = \"orthogonal(" +
         gain + ")\"\n[[layer]]\nkind = \"dense\"\n";
}

class GradflowProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    shop.write("sales.csv", sales_csv(90));
    shop.write("falls.toml", linear("0.8"));
    shop.write("rises.toml", linear("1.25"));
  }
  Ran gradflow(const std::string& words) { return run_line(shop.path(), "gradflow " + words); }
  Workshop shop;
};

TEST_F(GradflowProgram, MeasuresTheRateOfALinearNetwork) {
  const Ran ran = gradflow("falls.toml rises.toml sales.csv --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  std::istringstream lines(ran.out);
  for (const auto& [model, rate] : {std::pair{"falls.toml", 0.8}, std::pair{"rises.toml", 1.25}}) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    const Json curve = Json::parse(line);
    EXPECT_EQ(curve["event"], "gradflow");
    EXPECT_EQ(curve["model"], model);
    EXPECT_EQ(curve["state"], "layers.0.h");
    EXPECT_EQ(curve["sequences"], 50);  // every window of 40 rows and a target
    EXPECT_EQ(curve["reaches"], 39);
    EXPECT_NEAR(curve["rate"], rate, 1e-6);
    EXPECT_NEAR(curve["half_life"], std::log(2) / std::abs(std::log(rate)), 1e-4);
    for (std::size_t lag = 0; lag < 40; ++lag)
      EXPECT_NEAR(curve["mean"][lag].get<double>() / curve["mean"][0].get<double>() /
                      std::pow(rate, static_cast<double>(lag)),
                  1, 1e-5);
  }
}

TEST_F(GradflowProgram, SaysItInATableInCsvAndInAPicture) {
  const Ran ran =
      gradflow("falls.toml rises.toml sales.csv --relative --csv f.csv --svg f.svg --reference 0.5");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto line_of = [&](const std::string& start) {
    const std::size_t at = ran.out.find("\n" + start);
    return at == std::string::npos ? "" : ran.out.substr(at + 1, ran.out.find('\n', at + 1) - at - 1);
  };
  for (const auto& [line, half_life] : {std::pair{"falls  h", "halves in 3.106 steps"},  // ln 2 / -ln 0.8
                                        std::pair{"rises  h", "doubles in 3.106 steps"}})
    EXPECT_NE(line_of(line).find(half_life), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\n 10     0.107 "), std::string::npos) << ran.out;  // 0.8^10
  std::istringstream rows(shop.read("f.csv"));
  std::string row;
  std::getline(rows, row);
  EXPECT_EQ(row, "model,state,lag,sequences,zero,beyond,mean,p10,median,p90");
  int count = 0;
  for (; std::getline(rows, row); ++count)
    EXPECT_EQ(row.find((count < 40 ? "falls,layers.0.h," : "rises,layers.0.h,") + std::to_string(count % 40) +
                       ",50,0,0,"),
              0u)
        << row;
  EXPECT_EQ(count, 80);
  const std::string picture = shop.read("f.svg");
  testing::expect_holds(picture, {"falls", "rises", "0.5^lag", "lag: steps back"});

  const Ran csv = gradflow("falls.toml sales.csv --csv - --lags 3 --sequences 7");
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 5) << csv.out;
  EXPECT_EQ(csv.out.find("model,state,lag,"), 0u);
  EXPECT_NE(csv.out.find("falls,layers.0.h,3,7,"), std::string::npos) << csv.out;

  // Standard output takes one of them.
  EXPECT_EQ(gradflow("falls.toml sales.csv --csv - --lags 3 --sequences 7 --json").out, csv.out);
  const Ran svg = gradflow("falls.toml sales.csv --svg - --lags 3 --sequences 7");
  EXPECT_EQ(gradflow("falls.toml sales.csv --svg - --lags 3 --sequences 7 --json").out, svg.out);
}

TEST_F(GradflowProgram, ReadsARunAModelFileAndArrays) {
  ASSERT_EQ(
      run_line(shop.path(), "train falls.toml --set data.file=sales.csv --epochs 1 --out runs/a").status, 0);
  const Ran run = gradflow("runs/a runs/a/model.safetensors sales.csv --csv -");
  ASSERT_EQ(run.status, 0) << run.err;
  const std::size_t half = run.out.find("model,layers.0.h,0,");
  ASSERT_NE(half, std::string::npos) << run.out;
  std::string first = run.out.substr(0, half), second = run.out.substr(half);  // the same numbers
  for (std::size_t at; (at = second.find("model,")) != std::string::npos;) second.replace(at, 6, "a,");
  EXPECT_EQ(first.substr(first.find('\n') + 1), second);

  ASSERT_EQ(run_line(shop.path(), "synth adding --sequences 30 --length 20").status, 0);
  shop.write("adding.toml",
             "[data]\ntarget = \"y\"\nlengths = \"lengths\"\n[[layer]]\nkind = \"lstm\"\nunits = 4\n"
             "[[layer]]\nkind = \"dense\"\n");
  const Ran lstm = gradflow("adding.toml adding.safetensors");
  ASSERT_EQ(lstm.status, 0) << lstm.err;
  EXPECT_NE(lstm.out.find("30 sequences of up to 22 steps"), std::string::npos) << lstm.out;
  EXPECT_NE(lstm.out.find("adding  c "), std::string::npos) << lstm.out;
}

}  // namespace
}  // namespace carousel::e2e
