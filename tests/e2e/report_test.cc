// The report of a run says what its numbers are of, and what is not drawn.
#include <gtest/gtest.h>

#include <cmath>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

TEST(Report, SaysWhatItsNumbersAreOf) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  ASSERT_EQ(run(shop.path(), {"train", "sales.csv", "--target", "sales", "--window", "12", "--horizon", "3",
                              "--epochs", "3", "--rate", "1e-4", "--units", "4", "--out", "run"})
                .status,
            0);
  const std::string page = shop.read("run/report.html");
  // 10 of 96 rows are the test part: 8 windows have all 3 rows in it; 4 of the other 86 validate.
  for (const char* words :
       {"never seen in training): 8 windows.", "the baseline &quot;naive&quot;", "skill over naive",
        "<dd>82 / 4 / 10 rows</dd>", "<dd>2010-01 to 2017-12</dd>", "<dd>adam, rate 0.0001</dd>",
        "<dt>batch</dt><dd>32</dd>", "<dt>epochs</dt><dd>3</dd>", "<dt>trained in</dt>",
        "<h2>Learning curves</h2>", "The best epoch is the last one", "are in the data&#39;s own unit",
        "then the whole."})
    EXPECT_NE(page.find(words), std::string::npos) << words;
}

TEST(Report, ShowsGradientNormsAndWhatWasAskedFor) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const std::string line =
      "train sales.csv --target sales --window 12 --units 4 --epochs 3 --start none --members 1 --out ";
  ASSERT_EQ(run_line(shop.path(), line + "plain").status, 0);
  const std::string plain = shop.read("plain/report.html");
  EXPECT_NE(plain.find("<h2>Gradient norm</h2>"), std::string::npos);
  EXPECT_NE(plain.find("Nothing was clipped: clip_norm is off."), std::string::npos);
  EXPECT_EQ(plain.find("<h2>Weights and gradients</h2>"), std::string::npos);
  EXPECT_FALSE(shop.has("plain/events.out.tfevents"));
  // A limit that every gradient exceeds.
  ASSERT_EQ(run_line(shop.path(), line + "asked --clip-norm 1e-9 --histograms").status, 0);
  const std::string asked = shop.read("asked/report.html");
  for (const char* words :
       {" steps (100 %) were clipped: the strokes", ">clip_norm</text>", ">clipped</text>",
        "<h2>Weights and gradients</h2>", ">layers.0.U</text>", ">layers.1.b, gradient</text>"})
    EXPECT_NE(asked.find(words), std::string::npos) << words;
  EXPECT_FALSE(shop.has("asked/events.out.tfevents"));
  EXPECT_EQ(shop.read("asked/gradients.csv").find("step,steps,mean,lowest,highest,clipped\n1,1,"), 0u);
}

TEST(Report, DrawsEveryTensorThatWasAskedFor) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  ASSERT_EQ(run_line(shop.path(),
                     "train sales.csv --target sales --window 4 --units 1,1,1,1,1,1,1,1,1 "
                     "--epochs 1 --histograms --out run")
                .status,
            0);
  const std::string page = shop.read("run/report.html");
  // Nine layers of three tensors, and the last of two.
  for (int layer = 0; layer < 10; ++layer)
    for (const char* tensor : {"W", "U", "b"})
      for (const char* of : {"", ", gradient"}) {
        const std::string title = ">layers." + std::to_string(layer) + "." + tensor + of + "</text>";
        EXPECT_EQ(page.find(title) != std::string::npos, layer < 9 || *tensor != 'U') << title;
      }
  EXPECT_NE(page.find("a gradient&#39;s row named 0 what is nearer to 0 than the rows beside it."),
            std::string::npos);
  EXPECT_NE(page.find(" Median "), std::string::npos);
}

TEST(Report, SaysWhenAMedianIsOfMeans) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  ASSERT_EQ(run_line(shop.path(),
                     "train sales.csv --target sales --window 2 --horizon 1 --units 1 --batch 1 "
                     "--steps 2048 --out run")
                .status,
            0);
  const std::string page = shop.read("run/report.html");
  EXPECT_NE(page.find("A point is the mean of 2 steps"), std::string::npos);
  EXPECT_NE(page.find(" Median of these means "), std::string::npos);
}

TEST(Report, SaysThatALongHistoryIsCut) {
  const Workshop shop;
  std::string text = "x\n";
  for (int row = 0; row < 5100; ++row) text += std::to_string(std::sin(0.3 * row)) + "\n";
  shop.write("long.csv", text);
  ASSERT_EQ(run(shop.path(), {"train", "long.csv", "--steps", "2", "--window", "8", "--horizon", "1",
                              "--units", "2", "--out", "run"})
                .status,
            0);
  const std::string page = shop.read("run/report.html");
  EXPECT_NE(page.find("then the newest 5,000 of 5,100 rows."), std::string::npos);
  EXPECT_NE(page.find(">row</text>"), std::string::npos);
}

TEST(Gradcheck, UsesTheMaskThatTheSettingsName) {
  const Workshop shop;
  const std::string network =
      "[[layer]]\nkind = \"lstm\"\nunits = 3\nreturns = \"sequence\"\n[[layer]]\nkind = \"dense\"\nunits = "
      "1\n";
  shop.write("plain.toml", network);
  shop.write("masked.toml", "[data]\nfile = \"x.npy\"\nmask = \"mask.npy\"\n" + network);
  const Ran plain = run(shop.path(), {"gradcheck", "plain.toml"});
  const Ran masked = run(shop.path(), {"gradcheck", "masked.toml"});
  EXPECT_EQ(plain.status, 0) << plain.err;
  EXPECT_EQ(masked.status, 0) << masked.err;
  EXPECT_EQ(plain.err.find("mask"), std::string::npos);
  EXPECT_NE(masked.err.find("with a mask"), std::string::npos) << masked.err;
  EXPECT_NE(plain.out, masked.out) << "other losses have other rounding errors";
}

}  // namespace
}  // namespace carousel::e2e
