// When training speaks up: at steps 1, 2, 4, 8, ..., then every 10 s, and of its pace once that means
// something.
#include "cli/progress.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace carousel::cli
