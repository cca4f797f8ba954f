// The report of a run says what its numbers are of, and what is not drawn.
#include <gtest/gtest.h>

#include <cmath>

#include "e2e/program.h"
#include "support/holds.h"

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
  testing::expect_holds(
      page, {"never seen in training): 8 windows.", "the baseline &quot;naive&quot;", "skill over naive",
             "<dd>82 / 4 / 10 rows</dd>", "<dd>2010-01 to 2017-12</dd>", "<dd>adam, rate 0.0001</dd>",
             "<dt>batch</dt><dd>32</dd>", "<dt>epochs</dt><dd>first member: 3</dd>", "<dt>trained in</dt>",
             "<h2>Learning curves</h2>", "The best epoch is the last one", "are in the data&#39;s own unit",
             "then the whole."});
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
  testing::expect_holds(
      asked, {" steps (100 %) were clipped: the strokes", ">clip_norm</text>", ">clipped</text>",
              "<h2>Weights and gradients</h2>", ">layers.0.U</text>", ">layers.1.b, gradient</text>"});
  EXPECT_FALSE(shop.has("asked/events.out.tfevents"));
  EXPECT_EQ(shop.read("asked/gradients.csv").find("step,steps,mean,lowest,highest,clipped\n1,1,"), 0u);
}

TEST(Report, SaysHowTheForecastsErr) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(160));
  const std::string line = "train sales.csv --target sales --window 12 --units 4 --epochs 2 --out ";
  ASSERT_EQ(run_line(shop.path(), line + "three --horizon 3").status, 0);
  const std::string three = shop.read("three/report.html");
  // 16 test rows hold 14 windows of 3.
  testing::expect_holds(
      three, {"<h2>Errors by horizon step</h2>", ">RMSE</text>", ">MAE</text>", "<h2>Residuals</h2>",
              "the first step of each window", ">Autocorrelation of the residuals</text>", "±1.96/√n",
              ">Predicted against true</text>", " lags outside the band", "n = 14"});
  EXPECT_EQ(three.find("<h2>Confusion matrix</h2>"), std::string::npos);
  ASSERT_EQ(run_line(shop.path(), line + "one --horizon 1").status, 0);
  const std::string one = shop.read("one/report.html");
  EXPECT_EQ(one.find("<h2>Errors by horizon step</h2>"), std::string::npos);
  EXPECT_NE(one.find("<h2>Residuals</h2>"), std::string::npos);
  // Windows drawn at random are no series: nothing is said of lags.
  ASSERT_EQ(run_line(shop.path(), line + "mixed --horizon 1 --test 0 --validation 0.2 --split-order shuffled")
                .status,
            0);
  const std::string mixed = shop.read("mixed/report.html");
  EXPECT_NE(mixed.find("the windows were drawn at random: no autocorrelation"), std::string::npos);
  EXPECT_EQ(mixed.find(">Autocorrelation of the residuals</text>"), std::string::npos);
}

// A series that never changes has no gradients, and a chart of none would be empty.
TEST(Report, DrawsNoNormsWhereThereIsNoGradient) {
  const Workshop shop;
  std::string steady = "a\n";
  for (int row = 0; row < 80; ++row) steady += "5\n";
  shop.write("steady.csv", steady);
  ASSERT_EQ(
      run_line(shop.path(), "train steady.csv --window 4 --units 2 --epochs 1 --members 1 --out run").status,
      0);
  const std::string page = shop.read("run/report.html");
  const std::size_t from = page.find("<h2>Gradient norm</h2>");
  ASSERT_NE(from, std::string::npos);
  const std::string section = page.substr(from, page.find("</section>", from) - from);
  testing::expect_holds(section, {"largest 0 at step 1"});
  testing::expect_lacks(section, {"<figure"});
}

TEST(Report, DrawsTheDotsOfAFewWindows) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(144));
  // 48 of 144 rows are the test part, which has a window a year.
  ASSERT_EQ(run_line(shop.path(),
                     "train sales.csv --target sales --window 12 --horizon 12 --units 2 --epochs 1 "
                     "--test 0.33333 --test-stride 12 --out run")
                .status,
            0);
  const std::string page = shop.read("run/report.html");
  testing::expect_holds(page, {"<h2>Predicted against true</h2>", ">Predicted against true</text>",
                               "Residuals over time and their autocorrelation need 8 windows; here: 4."});
  testing::expect_lacks(page, {"<h2>Residuals</h2>", ">Autocorrelation of the residuals</text>"});
}

TEST(Report, SaysWhatIsOfOneMemberAndWhatOfAll) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const std::string line =
      "train sales.csv --target sales --window 12 --horizon 3 --cell rnn --units 2 --epochs 2 --patience 0 ";
  // 2 * (1 + 2 + 1) weights of the cell, 3 * (2 + 1) of the outputs.
  ASSERT_EQ(run_line(shop.path(), line + "--members 3 --out three").status, 0);
  const std::string three = shop.read("three/report.html");
  testing::expect_holds(three, {"<dd>3 x 17</dd>", " x mean of 3 networks</dd>", "<dd>first member: 2",
                                "<dt>steps</dt><dd>first member: "});
  ASSERT_EQ(run_line(shop.path(), line + "--members 1 --out one").status, 0);
  const std::string one = shop.read("one/report.html");
  testing::expect_holds(one, {"<dd>17</dd>", " x network</dd>", "<dt>epochs</dt><dd>2"});
  EXPECT_EQ(one.find("first member"), std::string::npos);
}

TEST(Report, SaysWhatAClassifierMixesUp) {
  const Workshop shop;
  shop.write("images", idx_images(40));
  shop.write("labels", idx_labels(40));
  ASSERT_EQ(
      run_line(shop.path(), "train images --target labels --units 2 --epochs 1 --test 0.5 --out run").status,
      0);
  const std::string page = shop.read("run/report.html");
  testing::expect_holds(
      page, {"<h2>Confusion matrix</h2>", "<h2>Worst examples</h2>", "<h3>image ", "true: ", "taken for: "});
  EXPECT_EQ(page.find("<h2>Residuals</h2>"), std::string::npos);
  // The counts of the matrix are those of the test part.
  const std::size_t from = page.find("class=\"shades\"");
  int sum = 0;
  for (std::size_t at = page.find("<td class=\"shade\"", from); at != std::string::npos;
       at = page.find("<td class=\"shade\"", at + 1))
    sum += std::atoi(page.c_str() + page.find('>', at) + 1);
  EXPECT_EQ(sum, 20);
}

TEST(Report, ListsEverySettingWithItsOrigin) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  shop.write("run.toml", "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n[train]\nbatch = 16\n");
  ASSERT_EQ(run_line(shop.path(), "train run.toml --epochs 2 --out run").status, 0);
  const std::string page = shop.read("run/report.html");
  for (const char* row : {"<tr><td>train.epochs</td><td>2</td><td>flag</td></tr>",
                          "<tr><td>train.batch</td><td>16</td><td>file</td></tr>",
                          "<tr><td>data.season</td><td>12</td><td>guessed</td></tr>",
                          "<tr><td>train.seed</td><td>1</td><td>default</td></tr>"})
    EXPECT_NE(page.find(row), std::string::npos) << row;
  EXPECT_LT(page.find("<td>train.batch</td>"), page.find("settings, as they are by default"));
  EXPECT_GT(page.find("<td>train.seed</td>"), page.find("settings, as they are by default"));
}

TEST(Report, WritesItsChartsAsFiles) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const std::string line = "train sales.csv --target sales --window 12 --units 2 --epochs 2 --out run";
  const Ran ran = run_line(shop.path(), line + " --plots");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const bool able = ran.err.find("rsvg-convert did not run") == std::string::npos;
  int svg = 0, png = 0;
  for (const auto& [name, bytes] : shop.contents()) {
    if (!name.starts_with("run/plots/") || name.ends_with("/")) continue;
    if (name.ends_with(".svg")) {
      ++svg;
      EXPECT_EQ(bytes.find("<?xml"), 0u) << name;
    } else {
      ++png;
      EXPECT_EQ(bytes.substr(1, 3), "PNG") << name;
    }
  }
  const std::string page = shop.read("run/report.html");
  int figures = 0;
  for (std::size_t at = page.find("<figure"); at != std::string::npos; at = page.find("<figure", at + 1))
    ++figures;
  EXPECT_EQ(svg, figures);
  EXPECT_EQ(png, able ? svg : 0);
  EXPECT_TRUE(shop.has("run/plots/learning-curves-mse.svg"));
  // A run that replaces this one leaves none of its pictures.
  ASSERT_EQ(run_line(shop.path(), line + " --force").status, 0);
  EXPECT_FALSE(shop.has("run/plots"));
}

TEST(Report, WithoutRsvgConvertItSaysWhichPackageIsMissing) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const Ran ran = run(
      shop.path(),
      {"train", "sales.csv", "--target", "sales", "--units", "2", "--epochs", "1", "--out", "run", "--plots"},
      "", {{"PATH", "/nowhere"}});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(
      ran.err.find(
          "warning: no PNG beside the SVG: rsvg-convert did not run (Debian: apt install librsvg2-bin)"),
      std::string::npos)
      << ran.err;
  EXPECT_TRUE(shop.has("run/plots/learning-curves-mse.svg"));
  EXPECT_FALSE(shop.has("run/plots/learning-curves-mse.png"));
  EXPECT_FALSE(shop.has("run/plots/.light.svg"));
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
