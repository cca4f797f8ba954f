// The share of the networks: least squares, shrunk by what chance may have done.
#include "forecast/share.h"

#include <gtest/gtest.h>

namespace carousel::forecasting {
namespace {

using Window = std::pair<std::vector<double>, std::vector<float>>;  ///< said, left

/// Windows that begin every so many rows; side by side where nothing else is said.
double share_of(const std::vector<Window>& windows, std::int64_t apart = 0) {
  const auto horizon = static_cast<std::int64_t>(windows.empty() ? 1 : windows[0].first.size());
  ShareFit fit(static_cast<int>(horizon));
  std::int64_t origin = 7;
  for (const auto& [said, left] : windows) {
    fit.add(origin, said, left);
    origin += apart > 0 ? apart : horizon;
  }
  return fit.share();
}

TEST(ShareFit, ByHand) {
  // a = (1 + 0.5) / 2, e = ±0.25, s² = 2 · 0.125 / 4 = 0.0625; 0.75 - 0.0625 / 0.75.
  EXPECT_NEAR(share_of({{{1}, {1}}, {{1}, {0.5f}}}), 2.0 / 3, 1e-12);
  // Σ rn = 5 + 2, Σ n² = 5 + 5: a = 0.7, e = ±1.5, s² = 2 · 4.5 / 100 = 0.09; 0.7 - 0.09 / 0.7.
  EXPECT_NEAR(share_of({{{1, 2}, {1, 2}}, {{2, 1}, {1, 0}}}), 0.7 - 0.09 / 0.7, 1e-12);
}

TEST(ShareFit, WindowsThatOverlapCountForLess) {
  // The same one row apart: E = 1.5, ΣΣ = 4.5 - 2 · 0.5 · 1.5² = 2.25, s² = 3 · 2.25 / 100.
  EXPECT_NEAR(share_of({{{1, 2}, {1, 2}}, {{2, 1}, {1, 0}}}, 1), 0.7 - 0.0675 / 0.7, 1e-12);
  // a = 2/3, e = 1/3, 1/3, -2/3: ΣΣ = 6/9 + 2 · 0.5 · (1 - 2) / 9 = 5/9,
  // E = 2, s² = 2 · 5/9 / 9.
  const double a = 2.0 / 3, variance = 10.0 / 81;
  EXPECT_NEAR(share_of({{{1, 0}, {1, 0}}, {{1, 0}, {1, 0}}, {{1, 0}, {0, 0}}}, 1), a - variance / a, 1e-12);
  // Nearly the same window twice, which agree by no merit: E = 1.25, a = 0.75, e = ±1, ΣΣ = 2 - 2 · 0.75.
  EXPECT_NEAR(share_of({{{2, 0, 0, 0}, {2, 0, 0, 0}}, {{2, 0, 0, 0}, {1, 0, 0, 0}}}, 1),
              0.75 - 5 * 0.5 / 64 / 0.75, 1e-12);
}

TEST(ShareFit, DoesNotDependOnTheirOrder) {
  const auto in_order = [](const std::vector<int>& origins) {
    ShareFit fit(3);
    for (const int origin : origins) {
      const std::vector<double> said = {1.0 + origin, 2.0, 0.5};
      const std::vector<float> left = {1.0f, origin % 2 ? 2.0f : 1.0f, 0.0f};
      fit.add(origin, said, left);
    }
    return fit.share();
  };
  EXPECT_DOUBLE_EQ(in_order({1, 2, 4, 9, 5}), in_order({9, 4, 5, 2, 1}));
  EXPECT_GT(in_order({1, 2, 4, 9, 5}), 0);
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

TEST(ShareFit, IsOneAtMostBeforeItIsShrunk) {
  EXPECT_EQ(share_of({{{1}, {3}}, {{1}, {3}}}), 1);
  EXPECT_NEAR(share_of({{{1}, {4}}, {{1}, {2}}}), 1 - 1.0 / 9, 1e-12);  // 3 ± 1
}

}  // namespace
}  // namespace carousel::forecasting
