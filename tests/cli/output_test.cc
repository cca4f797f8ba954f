// What the program prints: numbers for people, fields of a CSV, probabilities, the lines that count.
#include <gtest/gtest.h>

#include <cmath>

#include "cli/predictions.h"
#include "cli/progress.h"
#include "cli/score.h"

namespace carousel::cli {
namespace {

TEST(Output, TimesForPeople) {
  EXPECT_EQ(duration(0.31), "0.3 s");
  EXPECT_EQ(duration(59.4), "59 s");
  EXPECT_EQ(duration(125), "2 min 5 s");
  EXPECT_EQ(duration(3 * 3600 + 25 * 60), "3 h 25 min");
}

TEST(Output, AColumnOfNumbersHasTheSameDecimals) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(even_numbers(std::vector<double>{2, 2.0 / 3, 3.2857}), (Texts{"2.000", "0.667", "3.286"}));
  EXPECT_EQ(even_numbers(std::vector<double>{12345.6, 1}), (Texts{"12346", "1"}));
  EXPECT_EQ(even_numbers(std::vector<double>{123.4, 0.05}), (Texts{"123.40", "0.05"}));
  EXPECT_EQ(even_numbers(std::vector<double>{0, 0}), (Texts{"0", "0"}));
  // Too far apart to share decimals.
  EXPECT_EQ(even_numbers(std::vector<double>{1e12, 1e-7}), (Texts{"1e+12", "1e-07"}));
  EXPECT_EQ(even_numbers(std::vector<double>{NAN, 1.5}), (Texts{"-", "1.500"}));
}

TEST(Output, TheSentenceFitsTheScores) {
  const auto said = [](double network, double naive, bool all) {
    const std::vector<Standing> standings = {{.name = "network", .error = network},
                                             {.name = "naive", .error = naive}};
    return sentence_of(standings, false, all);
  };
  EXPECT_EQ(
      said(1, 2, true),
      "The network beats every baseline: its error is 50.0 % smaller than that of the best one (naive).");
  EXPECT_EQ(
      said(1, 2, false),
      "The network beats the baselines that are scored here: its error is 50.0 % smaller than that of the "
      "best one (naive).");
  EXPECT_EQ(said(1.5, 1, true), "The network loses to the baseline \"naive\": its error is 50.0 % larger.");
  EXPECT_EQ(said(29, 1, true),
            "The network loses to the baseline \"naive\": its error is 29 times as large.");
  EXPECT_EQ(said(7150, 1, true),
            "The network loses to the baseline \"naive\": its error is 7,150 times as large.");
  for (const double error : {0.9996, 1.0, 1.0004})
    EXPECT_EQ(
        said(error, 1, true),
        "The network is as good as the baseline \"naive\", and no better: their errors differ by less than "
        "0.05 %.");
}

TEST(Output, ASilentForecastIsSaidToBeItsStartAndStillJudged) {
  const std::string silence =
      "The networks have no share in the forecast: it is the linear autoregression alone.";
  const auto said = [](double forecast, std::vector<Standing> others) {
    others.insert(others.begin(), {.name = "forecast", .error = forecast});
    return with_silence("Judged.", others);
  };
  EXPECT_EQ(said(1, {{.name = "naive", .error = 2}, {.name = "linear autoregression", .error = 1}}), silence);
  EXPECT_EQ(said(2, {{.name = "naive", .error = 1}, {.name = "linear autoregression", .error = 2}}),
            silence + " Judged.");
  EXPECT_EQ(said(1, {{.name = "naive", .error = 2}}), silence + " Judged.");
  EXPECT_EQ(said(NAN, {{.name = "linear autoregression", .error = 1}}), silence + " Judged.");
  EXPECT_EQ(said(0, {{.name = "linear autoregression", .error = 0}}), silence + " Judged.");
}

TEST(Output, SkillIsMoreThanATieAndTheNetworksDoing) {
  const auto skilled = [](double own, double other, bool classes = false, bool silent = false) {
    Verdict verdict{.classes = classes};
    verdict.silent = silent;
    verdict.standings = {{.name = "forecast", .error = own},
                         {.name = "naive", .error = 9},
                         {.name = "linear autoregression", .error = other}};
    return verdict.has_skill();
  };
  EXPECT_TRUE(skilled(0.9, 1));
  EXPECT_TRUE(skilled(0.9994, 1));
  EXPECT_FALSE(skilled(0.9996, 1));
  EXPECT_FALSE(skilled(1, 1));
  EXPECT_FALSE(skilled(0, 0));
  EXPECT_FALSE(skilled(NAN, 1));
  EXPECT_FALSE(skilled(0.9, 1, false, true));
  EXPECT_TRUE(skilled(0.9999, 1, true));  // one sequence of ten thousand
  EXPECT_FALSE(Verdict{}.has_skill());
}

TEST(Output, FieldsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(csv_field("sales"), "sales");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(number_text(0.1f), "0.1");
  EXPECT_EQ(number_text(std::nan("")), "");
}

TEST(Output, ProbabilitiesOfLogits) {
  // softmax(ln 1, ln 3) = (1/4, 3/4), also where exp alone would overflow.
  std::vector<float> values = {0, std::log(3.0f), 1000, 1000};
  apply_link(Link::softmax, values, 2);
  EXPECT_NEAR(values[0], 0.25, 1e-6);
  EXPECT_NEAR(values[1], 0.75, 1e-6);
  EXPECT_NEAR(values[2], 0.5, 1e-6);
  std::vector<float> logit = {std::log(4.0f)};
  apply_link(Link::sigmoid, logit, 1);
  EXPECT_NEAR(logit[0], 0.8, 1e-6);
}

TEST(Output, OnlyStepsThatCountHaveALine) {
  const Outputs outputs{.rows = 2,
                        .steps = 3,
                        .width = 1,
                        .values = {1, 2, 3, 4, 0, 0},
                        .ids = {7, 8},
                        .lengths = {3, 1},
                        .mask = {1, 0, 1, 1, 1, 1}};
  const Predicted lines = lines_of(outputs);
  EXPECT_EQ(lines.values, (std::vector<float>{1, 3, 4}));
  EXPECT_EQ(lines.ids, (std::vector<std::int64_t>{7, 7, 8}));
  EXPECT_EQ(lines.steps, (std::vector<std::int32_t>{0, 2, 0}));
}

TEST(Output, ClassesAreNamed) {
  const Predicted predicted{.width = 2, .values = {0.25f, 0.75f, 0.5f, 0.5f}, .ids = {0, 1}, .steps = {0, 0}};
  const std::vector<std::int32_t> truth = {0, -1};
  std::string text;
  write_csv([&](std::string_view piece) { text += piece; }, predicted, {.classes = 2}, nullptr,
            {"no", "yes, sir"}, {.classes = &truth});
  EXPECT_EQ(text,
            "sequence,class,predicted,p_no,\"p_yes, sir\"\n"
            "0,no,\"yes, sir\",0.25,0.75\n"
            "1,,no,0.5,0.5\n");
}

// Windows of a horizon of 3 over 12 rows, drawn as one line: the number says which window a row is from.
TEST(Output, OneLineIsDrawnToTheEnd) {
  const auto drawn = [](std::vector<std::int64_t> ids, std::size_t index = 0) {
    Predicted predicted{.width = 6, .ids = std::move(ids)};
    for (const std::int64_t id : predicted.ids)
      for (int i = 0; i < 6; ++i)
        predicted.values.push_back(i % 2 ? -1.0f : static_cast<float>(id + 0.1 * (i / 2)));
    std::string text;
    for (const double value : one_path(predicted, predicted.values, 2, index, 12))
      text += std::isnan(value) ? " -" : fmt::format(" {:.1f}", value);
    return text;
  };
  EXPECT_EQ(drawn({}), " - - - - - - - - - - - -");
  EXPECT_EQ(drawn({5}, 1), " - - - - - -1.0 -1.0 -1.0 - - - -");
  EXPECT_EQ(drawn({4, 5, 6, 7, 8, 9}), " - - - - 4.0 4.1 4.2 7.0 7.1 7.2 9.1 9.2");
  EXPECT_EQ(drawn({9, 7, 8, 5, 4, 6}), drawn({4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(drawn({2, 3, 8, 9}), " - - 2.0 2.1 2.2 3.2 - - 8.0 8.1 8.2 9.2");
  EXPECT_EQ(drawn({0, 2, 4, 6}), " 0.0 0.1 0.2 2.1 2.2 4.1 4.2 6.1 6.2 - - -");
  EXPECT_EQ(drawn({9, 11}), " - - - - - - - - - 9.0 9.1 9.2");
}

}  // namespace
}  // namespace carousel::cli
