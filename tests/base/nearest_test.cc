// Suggestions for misspelt words.
#include "base/nearest.h"

#include <gtest/gtest.h>

namespace carousel::base {
namespace {

TEST(Nearest, FindsTheNearWordAndNoFarOne) {
  const std::vector<std::string> known = {"train", "predict", "forecast"};
  EXPECT_EQ(nearest("trian", known), "train");
  EXPECT_EQ(nearest("forcast", known), "forecast");
  EXPECT_EQ(nearest("banana", known), "");
  EXPECT_EQ(nearest("yy", {"x", "y"}), "y");
  EXPECT_EQ(nearest(":", {",", ";", "tab"}), "");  // two edits from each other, but with nothing in common
  EXPECT_EQ(suggest("predcit", known), "did you mean 'predict'?");
  EXPECT_EQ(did_you_mean("predcit", known), "did you mean 'predict'?");
  EXPECT_EQ(did_you_mean("banana", known), "");
  EXPECT_EQ(suggest("banana", known), "known: train, predict, forecast");
  EXPECT_EQ(
      suggest("x", std::vector<std::string>(12, "abcdefgh")),
      "known: abcdefgh, abcdefgh, abcdefgh, abcdefgh, abcdefgh, abcdefgh, abcdefgh, abcdefgh, abcdefgh, "
      "abcdefgh, ... (12 in all)");
}

}  // namespace
}  // namespace carousel::base
