// When training speaks up: at steps 1, 2, 4, 8, ..., then every 10 s, and of its pace once that means
// something.
#include "cli/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace carousel::cli {
namespace {

/// The lines about steps 1, 2, ... that end after these seconds.
std::vector<std::string> lines_at(const std::vector<double>& seconds, std::int64_t total) {
  testing::internal::CaptureStderr();
  {
    Terminal terminal;
    Progress progress(terminal);
    progress.started({{.epochs = 1}, 10, 100, 0, total, total, 0, 1});
    for (std::size_t i = 0; i < seconds.size(); ++i)
      progress.step({static_cast<std::int64_t>(i) + 1,
                     1,
                     static_cast<std::int64_t>(i) + 1,
                     50,
                     0.5,
                     1.0,
                     {},
                     seconds[i]});
  }
  std::istringstream said(testing::internal::GetCapturedStderr());
  std::vector<std::string> lines;
  for (std::string line; std::getline(said, line);)
    if (line.starts_with("step ")) lines.push_back(line);
  return lines;
}

TEST(Progress, SpeaksAtDoubledStepsAndThenEveryTenSeconds) {
  std::vector<double> seconds;
  for (int i = 1; i <= 40; ++i) seconds.push_back(i <= 17 ? 0.01 * i : i - 17.0);
  std::vector<std::string> steps;
  for (const std::string& line : lines_at(seconds, 100)) steps.push_back(line.substr(5, line.find('/') - 5));
  // Step 16 was at 0.16 s; step 28 ends after 11 s, step 32 is doubled, and no other is 10 s after that.
  EXPECT_EQ(steps, (std::vector<std::string>{"1", "2", "4", "8", "16", "28", "32"}));
}

TEST(Progress, KnowsItsPaceAfterHalfASecond) {
  const auto lines = lines_at({0.1, 0.49, 0.6, 2.0}, 10);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].find("/s"), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1].find("/s"), std::string::npos) << lines[1];
  // 4 steps of 50 rows in 2 s: 100 rows a second; 6 steps of half a second are left.
  EXPECT_NE(lines[2].find("100/s  3 s left"), std::string::npos) << lines[2];
}

const LiveLine kWhole{.epoch = "146/150",
                      .loss = "0.02367",
                      .validation = "0.0152",
                      .accuracy = "",
                      .rate = "12,345/s",
                      .left = "2 min 5 s",
                      .curve = std::vector<double>(40, 1.0)};

std::ptrdiff_t columns_of(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

TEST(LiveLine, FitsEveryTerminal) {
  for (int width = 1; width <= 200; ++width)
    EXPECT_LT(columns_of(kWhole.text(width, false)), std::max(width, 2)) << width;
}

TEST(LiveLine, AllOfItStandsInEightyColumns) {
  const std::string text = kWhole.text(80, false);
  for (const char* part :
       {"epoch 146/150", "loss 0.02367", "val 0.0152", "▄▄▄▄", "12,345/s", "2 min 5 s left"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  LiveLine of_five = kWhole;
  of_five.member = "2/5";
  EXPECT_EQ(of_five.text(80, false),
            "2/5  epoch 146/150  loss 0.02367  val 0.0152  ▄▄▄▄▄▄▄  12,345/s  2 min 5 s left");
  EXPECT_EQ(of_five.text(100, false).find("member 2/5  epoch 146/150"), 0u);
  // 9 + 2 + 16 + 2 + 15 + 2 + 4 + 2 + 9 + 2 + 16 = 79 columns.
  const LiveLine long_one{.member = "12/99",
                          .epoch = "1234/1500",
                          .loss = "0.000012345",
                          .validation = "0.000012345",
                          .rate = "123,456/s",
                          .left = "59 min 59 s",
                          .curve = kWhole.curve};
  EXPECT_EQ(long_one.text(80, false),
            "1234/1500  loss 0.000012345  val 0.000012345  ▄▄▄▄  123,456/s  59 min 59 s left");
  EXPECT_NE(kWhole.text(90, false).find("validation 0.0152"), std::string::npos);
  // 12 + 2 + 10 + 2 + 14 = 40 columns, and one stays free; where they do not fit, the epoch and 4 of a curve
  // do.
  EXPECT_EQ(kWhole.text(41, false), "loss 0.02367  val 0.0152  2 min 5 s left");
  EXPECT_EQ(kWhole.text(40, false), "146/150  loss 0.02367  val 0.0152  ▄▄▄▄");
  EXPECT_EQ(kWhole.text(14, false), "loss 0.02367");
}

TEST(LiveLine, ColourTakesNoColumns) {
  std::string text = kWhole.text(80, true);
  for (const std::string code : {"\x1b[36m", "\x1b[0m"}) {
    ASSERT_NE(text.find(code), std::string::npos);
    text.erase(text.find(code), code.size());
  }
  EXPECT_EQ(text, kWhole.text(80, false));
}

}  // namespace
}  // namespace carousel::cli
