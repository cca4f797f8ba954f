// The share of the networks: least squares, shrunk by what chance may have done.
#include "forecast/share.h"

#include <gtest/gtest.h>

namespace carousel::forecasting {
namespace {

using Window = std::pair<std::vector<double>, std::vector<float>>;  ///< said, left

double share_of(const std::vector<Window>& windows) {
  ShareFit fit;
  for (const auto& [said, left] : windows) fit.add(said, left);
  return fit.share();
}

TEST(ShareFit, ByHand) {
  // a = (1 + 0.5) / 2, e = ±0.25, s² = 2 · 0.125 / 4 = 0.0625; 0.75 - 0.0625 / 0.75.
  EXPECT_NEAR(share_of({{{1}, {1}}, {{1}, {0.5f}}}), 2.0 / 3, 1e-12);
  // Σ rn = 5 + 2, Σ n² = 5 + 5: a = 0.7, e = ±1.5, s² = 2 · 4.5 / 100 = 0.09; 0.7 - 0.09 / 0.7.
  EXPECT_NEAR(share_of({{{1, 2}, {1, 2}}, {{2, 1}, {1, 0}}}), 0.7 - 0.09 / 0.7, 1e-12);
}

TEST(ShareFit, IsWholeWhereAllWindowsAgree) {
  EXPECT_DOUBLE_EQ(share_of({{{2, 4}, {1, 2}}, {{-6, 8}, {-3, 4}}, {{1, 0}, {0.5f, 0}}}), 0.5);
}

TEST(ShareFit, IsZeroWhereChanceExplainsIt) {
  EXPECT_EQ(share_of({{{1}, {2}}, {{1}, {-1}}}), 0);   // 0.5 ± 1.5
  EXPECT_EQ(share_of({{{1}, {-1}}, {{1}, {-1}}}), 0);  // worse than nothing
  EXPECT_EQ(share_of({{{0}, {1}}, {{0}, {1}}}), 0);    // nothing is said
  EXPECT_EQ(share_of({{{1, 1}, {1, 0.5f}}}), 0);       // one window
  EXPECT_EQ(share_of({}), 0);
}

TEST(ShareFit, IsOneAtMost) {
  EXPECT_EQ(share_of({{{1}, {3}}, {{1}, {3}}}), 1);
}

}  // namespace
}  // namespace carousel::forecasting
