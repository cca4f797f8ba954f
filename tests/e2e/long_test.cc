// Long inputs through the real program: what they need of memory.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

std::vector<float> wave(int steps) {
  std::vector<float> x;
  for (int t = 0; t < steps; ++t) x.push_back(static_cast<float>(std::sin(0.1 * t)));
  return x;
}

// Beside the input and the output, which are in memory twice: 1.6 MB. The activations of 100,000 steps of 64
// units alone would be 25 MB and more.
TEST(Long, AHundredThousandStepsArePredictedInTheMemoryOfAThousand) {
  const Workshop shop;
  shop.write("x.npy", npy({20, 10, 1}, wave(200)));
  shop.write("y.npy", npy({20}, wave(20)));
  shop.write("net.toml",
             "[[layer]]\nkind = \"lstm\"\nunits = 64\nreturns = \"sequence\"\n"
             "[[layer]]\nkind = \"gru\"\nunits = 64\n"
             "[[layer]]\nkind = \"dense\"\nunits = 1\n");
  const Ran trained =
      run_line(shop.path(), "train x.npy --target y.npy --settings net.toml --epochs 1 --out run");
  ASSERT_EQ(trained.status, 0) << trained.err;
  for (const char* flag : {"", " --every-step"}) {
    long peaks[2];
    const int steps[2] = {1000, 100'000};
    for (int i = 0; i < 2; ++i) {
      shop.write("long.npy", npy({1, steps[i], 1}, wave(steps[i])));
      const Ran ran = run_line(shop.path(), std::string("predict run long.npy --out p.npy --force") + flag);
      ASSERT_EQ(ran.status, 0) << ran.err;
      peaks[i] = ran.peak_kib;
    }
    EXPECT_LT(peaks[1] - peaks[0], 3 * 1024) << flag << ": " << peaks[0] << " KiB, then " << peaks[1];
  }
}

// 4 bytes a value of the table and the mapped text; a copy of either as strings would be many times that.
TEST(Long, ManyRowsAreReadOnce) {
  const Workshop shop;
  constexpr int kRows = 200'000;
  std::string text = "a,b,y\n";
  for (int i = 0; i < kRows; ++i)
    text += fmt::format("{:.4f},{},{:.4f}\n", std::sin(i / 50.0), i % 17, std::cos(i / 50.0));
  shop.write("rows.csv", text);
  shop.write("few.csv", text.substr(0, text.find('\n', 4000) + 1));
  long peaks[2];
  const char* files[2] = {"few.csv", "rows.csv"};
  for (int i = 0; i < 2; ++i) {
    const Ran ran =
        run_line(shop.path(), fmt::format("train {} --target y --window 16 --test 0.01 --validation 0.01 "
                                          "--steps 4 --out run --force",
                                          files[i]));
    ASSERT_EQ(ran.status, 0) << ran.err;
    peaks[i] = ran.peak_kib;
  }
  const double bytes = static_cast<double>(text.size()) + 12.0 * kRows;
  EXPECT_LT(static_cast<double>(peaks[1] - peaks[0]) * 1024, 3 * bytes)
      << peaks[0] << " KiB, then " << peaks[1];
}

}  // namespace
}  // namespace carousel::e2e
