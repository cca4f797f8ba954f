// Hints that hold: commands that can be pasted, counts that read well, guesses that are named.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

std::vector<std::string> quick(const std::string& data, const std::string& folder) {
  return {"train", data,      "--target", "sales",     "--epochs", "1",     "--units",
          "4",     "--start", "none",     "--members", "1",        "--out", folder};
}

TEST(Hints, FoldersAreQuotedWhereACommandIsPrinted) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const std::string folder = "my runs/it's", quoted = "'my runs/it'\\''s'";
  ASSERT_EQ(run(shop.path(), quick("sales.csv", folder)).status, 0);
  const Ran taken = run(shop.path(), quick("sales.csv", folder));
  EXPECT_EQ(taken.status, 2);
  EXPECT_NE(taken.err.find("carousel resume " + quoted + " goes"), std::string::npos) << taken.err;
  std::filesystem::remove(shop.path() / folder / "model.safetensors");
  const Ran forecast = run(shop.path(), {"forecast", folder});
  EXPECT_EQ(forecast.status, 4);
  EXPECT_NE(forecast.err.find("carousel resume " + quoted), std::string::npos) << forecast.err;
  std::filesystem::remove(shop.path() / folder / "last.safetensors");
  const Ran resume = run(shop.path(), {"resume", folder});
  EXPECT_EQ(resume.status, 4);
  EXPECT_NE(resume.err.find("carousel train 'my runs/it'\\''s/run.toml'"), std::string::npos) << resume.err;
  const Ran init = run(shop.path(), {"init", "sales.csv", "--target", "sales", "--out", "my run.toml"});
  EXPECT_EQ(init.status, 0) << init.err;
  EXPECT_NE(init.err.find("carousel train 'my run.toml'"), std::string::npos) << init.err;
  shop.write("my sales.csv", "S\xe4les,b\n1,2\n3,4\n");
  const Ran latin = run(shop.path(), {"train", "my sales.csv", "--target", "b"});
  EXPECT_EQ(latin.status, 3);
  EXPECT_NE(latin.err.find("-t UTF-8 'my sales.csv'"), std::string::npos) << latin.err;
}

TEST(Hints, CountsReadWell) {
  const Workshop shop;
  const Ran cell = run(shop.path(), {"cells", "lstm", "--inputs", "1", "--units", "1000"});
  EXPECT_NE(cell.out.find("I = 1 input, H = 1,000 units"), std::string::npos) << cell.out;
  EXPECT_NE(cell.out.find(" 4,008,000"), std::string::npos) << cell.out;  // 4 (1000 + 1000^2 + 1000)
  EXPECT_EQ(cell.out.find("4008000"), std::string::npos) << cell.out;
  shop.write("short.csv", "sales\n1\n2\n3\n");
  const Ran few = run(shop.path(), {"train", "short.csv"});
  EXPECT_EQ(few.status, 3);
  EXPECT_NE(few.err.find("got: 1 row there, 3 in all"), std::string::npos) << few.err;
  const Ran layers =
      run(shop.path(), {"gradcheck", shop.write("one.toml", "[[layer]]\nkind = \"lstm\"\nunits = 2\n"),
                        "--set", "layer[4].units=3"});
  EXPECT_NE(layers.err.find("there is 1 layer, numbered"), std::string::npos) << layers.err;
}

TEST(Hints, ColumnsOfTextAreNamedWhereTheyAreLeftOut) {
  const Workshop shop;
  std::string table = "day,sales,town,visitors,remark\n";
  for (int i = 0; i < 80; ++i)
    table += std::to_string(i) + "," + std::to_string(i % 7 + i) + "," + (i % 2 ? "Rome" : "Oslo") + "," +
             std::to_string(i % 5) + ",\n";
  shop.write("sales.csv", table);
  const std::string said =
      "left out town: text, write it as numbers to use it; remark: without any value (--features)";
  const Ran ran = run(shop.path(), {"train", "sales.csv", "--target", "sales", "--dry-run"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.err.find("sees sales, visitors (--features)"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find(said), std::string::npos) << ran.err;
  const Ran named = run(
      shop.path(), {"train", "sales.csv", "--target", "sales", "--features", "sales,visitors", "--dry-run"});
  ASSERT_EQ(named.status, 0) << named.err;
  EXPECT_EQ(named.err.find("left out"), std::string::npos) << named.err;
  // Settings that were written down say which columns are seen: nothing is left to guess.
  const Ran init =
      run(shop.path(), {"init", "sales.csv", "--target", "sales", "--features", "sales", "--cell", "gru"});
  ASSERT_EQ(init.status, 0) << init.err;
  const Ran alone = run(shop.path(), {"init", "sales.csv", "--target", "sales", "--out", "b.toml"});
  ASSERT_EQ(alone.status, 0) << alone.err;
  for (const char* file : {"run.toml", "b.toml"}) {
    const Ran strict = run(shop.path(), {"train", file, "--strict", "--dry-run"});
    EXPECT_EQ(strict.status, 0) << strict.err;
  }
}

// No flag could settle the name of a column that comes twice: it is told, and is no guess.
TEST(Hints, AColumnNameThatComesTwiceIsNoGuess) {
  const Workshop shop;
  std::string table = "day,sales,sales\n";
  for (int i = 0; i < 80; ++i)
    table += std::to_string(i) + "," + std::to_string(i % 7 + i) + "," + std::to_string(i % 5) + "\n";
  shop.write("twice.csv", table);
  ASSERT_EQ(run(shop.path(), {"init", "twice.csv", "--target", "sales", "--cell", "gru"}).status, 0);
  const Ran strict = run(shop.path(), {"train", "run.toml", "--strict", "--dry-run"});
  EXPECT_EQ(strict.status, 0) << strict.err;
  const std::string told = "warning: two columns have the same name: column 3 is called 'sales.2' here";
  EXPECT_NE(strict.err.find(told), std::string::npos) << strict.err;
  EXPECT_EQ(strict.err.find("()"), std::string::npos) << strict.err;
}

TEST(Hints, AFileThatIsNotThereHasANeighbour) {
  const Workshop shop;
  shop.write("data/sales.csv", sales_csv(60));
  const Ran near = run(shop.path(), {"train", "data/slaes.csv", "--target", "sales"});
  EXPECT_EQ(near.status, 3);
  EXPECT_NE(near.err.find("hint: did you mean 'data/sales.csv'?"), std::string::npos) << near.err;
  const Ran folder = run(shop.path(), {"train", "dta/sales.csv", "--target", "sales"});
  EXPECT_NE(folder.err.find("hint: there is no folder 'dta' in '" + shop.path().string()), std::string::npos)
      << folder.err;
  const Ran far = run(shop.path(), {"train", "data/visitors-of-2020.csv", "--target", "sales"});
  EXPECT_EQ(far.err.find("did you mean"), std::string::npos) << far.err;
  const Ran nothing = run(shop.path(), {"train", "-", "--target", "sales"});
  EXPECT_NE(nothing.err.find("E102 standard input: nothing came\n"), std::string::npos) << nothing.err;
  EXPECT_NE(nothing.err.find("hint: pipe a CSV in, or name a file in place of -"), std::string::npos)
      << nothing.err;
}

// What is scored has one name in train and evaluate, and the way out fits the cause.
TEST(Hints, WordsFitWhatTheyAreAbout) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  shop.write("x.npy", npy({20, 3, 1}, std::vector<float>(60, 0.5f)));
  shop.write("y.npy", npy({20, 3}, std::vector<float>(60, 0.5f)));
  const Ran trained =
      run(shop.path(), {"train", "x.npy", "--target", "y.npy", "--epochs", "1", "--out", "a"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_NE(trained.out.find(", 6 steps:"), std::string::npos) << trained.out;
  const Ran again = run(shop.path(), {"evaluate", "a"});
  EXPECT_NE(again.out.find(", 6 steps:"), std::string::npos) << again.out;
  const Ran all = run(shop.path(), {"evaluate", "a", "x.npy", "--target", "y.npy"});
  EXPECT_NE(all.out.find(", 60 steps:"), std::string::npos) << all.out;
  EXPECT_NE(all.err.find("these sequences include those"), std::string::npos) << all.err;
  auto words = quick("sales.csv", "g");
  words.insert(words.end(), {"--gap", "2", "--horizon", "1"});
  ASSERT_EQ(run(shop.path(), words).status, 0);
  const Ran gap = run(shop.path(), {"forecast", "g", "--steps", "2"});
  EXPECT_NE(gap.err.find("hint: train with a longer --horizon, or without --gap\n"), std::string::npos)
      << gap.err;
  shop.write("nan.npy", npy({20, 3, 1}, std::vector<float>(60, -std::nanf(""))));
  const Ran nan = run(shop.path(), {"predict", "a", "nan.npy"});
  EXPECT_NE(nan.err.find("\n  got: NaN\n"), std::string::npos) << nan.err;
}

// What was left to the program stands in the run's settings as it was used, and trains the same model again.
TEST(Hints, SettingsOfARunAreFilledIn) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  const Ran ran =
      run(shop.path(), {"train", "sales.csv", "--target", "sales", "--epochs", "2", "--out", "m"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(shop.read("m/report.html").find("Predicted: 12 rows at a time, from the rows before them."),
            std::string::npos);
  const std::string settings = shop.read("m/run.toml");
  for (const char* line :
       {"season = 12 ", "window = 24 ", "horizon = 12 ", "test_stride = 1 ", "start = \"linear\" ",
        "members = 5 ", "patience = 5 ", "rate = 0.001 ", "beta1 = 0.9 ", "beta2 = 0.999 ",
        "epsilon = 1e-08 ", "decimal = \".\" ", "delimiter = \",\" ", "units = 12 ", "loss = \"mse\" "})
    EXPECT_NE(settings.find(std::string("\n") + line), std::string::npos) << line << settings;
  std::istringstream lines(settings);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"auto\"") == std::string::npos) continue;
    EXPECT_TRUE(line.starts_with("momentum") || line.starts_with("rho") || line.starts_with("weight_decay") ||
                line.starts_with("share"))
        << line;  // those of other optimisers, and what each training chooses anew
  }
  const Ran again = run(shop.path(), {"train", "m/run.toml", "--strict", "--out", "n"});
  ASSERT_EQ(again.status, 0) << again.err;
  for (const char* file : {"model.safetensors", "members/4/last.safetensors", "history.csv", "forecast.csv"})
    EXPECT_EQ(shop.read(std::string("m/") + file), shop.read(std::string("n/") + file)) << file;
  const Ran shown = run(shop.path(), {"show-config", "m"});
  for (const char* setting : {"data.season", "layer[1].units"}) {
    const std::size_t at = shown.out.find(std::string(setting) + " ");
    ASSERT_NE(at, std::string::npos) << shown.out;
    EXPECT_NE(shown.out.substr(at, shown.out.find('\n', at) - at).find("guessed"), std::string::npos)
        << shown.out;
  }
  // The settings are those of this data: other widths are refused with a way out.
  const Ran wide = run(shop.path(), {"train", "m/run.toml", "--horizon", "6", "--out", "o"});
  EXPECT_EQ(wide.status, 2) << wide.err;
  EXPECT_NE(wide.err.find("give the last layer units = 6"), std::string::npos) << wide.err;
}

// How a file is to be read is guessed for each file: newer data may come in another form.
TEST(Hints, OtherDataIsGuessedAnew) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  std::istringstream lines(sales_csv(99));
  std::string header, other;
  std::getline(lines, header);
  for (std::string line; std::getline(lines, line);) {
    line[line.find(',')] = ';';
    if (line.find('.') != std::string::npos) line[line.find('.')] = ',';
    other = line + "\r\n" + other;  // newest first
  }
  shop.write("other.csv", "month;sales\r\n" + other);
  shop.write("longer.csv", sales_csv(99));
  ASSERT_EQ(run(shop.path(), quick("sales.csv", "m")).status, 0);
  const Ran plain = run(shop.path(), {"forecast", "m", "--data", "longer.csv", "--out", "-"});
  ASSERT_EQ(plain.status, 0) << plain.err;
  const Ran odd = run(shop.path(), {"forecast", "m", "--data", "other.csv", "--out", "-"});
  EXPECT_EQ(odd.status, 0) << odd.err;
  EXPECT_EQ(odd.out, plain.out);
  // What was said holds.
  auto words = quick("sales.csv", "said");
  words.insert(words.end(), {"--delimiter", ","});
  ASSERT_EQ(run(shop.path(), words).status, 0);
  EXPECT_EQ(run(shop.path(), {"forecast", "said", "--data", "other.csv", "--out", "-"}).status, 3);
}

TEST(Hints, FilesAreNotReplacedUnaskedAndDevicesAre) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  ASSERT_EQ(run(shop.path(), quick("sales.csv", "m")).status, 0);
  EXPECT_EQ(run(shop.path(), {"forecast", "m", "--out", "/dev/null"}).status, 0);
  EXPECT_EQ(run(shop.path(), {"init", "sales.csv", "--out", "/dev/null"}).status, 0);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  const Ran init = run(shop.path(), {"init", "sales.csv", "--out", "sales.csv"});
  EXPECT_EQ(init.status, 2);
  EXPECT_NE(init.err.find("hint: --force replaces it, --out FILE writes another"), std::string::npos)
      << init.err;
  const Ran states =
      run(shop.path(), {"predict", "m", "sales.csv", "--out", "p.csv", "--final-state", "sales.csv"});
  EXPECT_EQ(states.status, 2);
  EXPECT_NE(states.err.find("--final-state: 'sales.csv' exists already"), std::string::npos) << states.err;
  EXPECT_TRUE(shop.read("sales.csv") == sales_csv(96));
  const Ran none = run(shop.path(), {"train", "none.toml"});
  EXPECT_NE(none.err.find("E203 none.toml: there is no such settings file"), std::string::npos) << none.err;
}

TEST(Hints, StepsOfAForecastHaveOneRange) {
  const Workshop shop;
  std::string table = "day,sales,visitors\n";
  for (int i = 0; i < 80; ++i)
    table += std::to_string(i) + "," + std::to_string(i % 7 + i) + "," + std::to_string(i % 5) + "\n";
  shop.write("sales.csv", table);
  shop.write("alone.csv", sales_csv(96));
  ASSERT_EQ(run(shop.path(), quick("alone.csv", "m")).status, 0);
  EXPECT_NE(run(shop.path(), {"forecast", "--help"}).out.find("1 to 1000000"), std::string::npos);
  for (const char* steps : {"0", "1000001", "-1", "99999999999999999999"}) {
    const Ran ran = run(shop.path(), {"forecast", "m", "--steps", steps});
    EXPECT_EQ(ran.status, 2) << steps;
    EXPECT_NE(ran.err.find("expected: a whole number from 1 to 1000000"), std::string::npos) << ran.err;
  }
  auto words = quick("sales.csv", "both");
  words.insert(words.end(), {"--horizon", "3"});
  ASSERT_EQ(run(shop.path(), words).status, 0);
  const Ran ran = run(shop.path(), {"forecast", "both", "--steps", "4"});
  EXPECT_NE(ran.err.find("expected: a whole number from 1 to 3, the model's horizon"), std::string::npos)
      << ran.err;
  EXPECT_EQ(run(shop.path(), {"forecast", "both", "--steps", "3"}).status, 0);
}

TEST(Hints, ABenchThatIsTooLargeIsRefused) {
  const Workshop shop;
  for (const char* shape : {"1048576,1048576,1,1", "1,1,1,1048576", "1048576,1,1048576,1"}) {
    const Ran ran = run(shop.path(), {"bench", "--shape", shape, "--seconds", "0.01"});
    EXPECT_EQ(ran.status, 5) << ran.err;
    EXPECT_NE(ran.err.find("E402 --shape: this shape needs more memory than the machine has"),
              std::string::npos)
        << ran.err;
    EXPECT_NE(ran.err.find(shape), std::string::npos) << ran.err;
  }
}

// Scaled by a spread below 1, 3e38 becomes infinite; relu hands it on.
TEST(Hints, OutputThatIsNotFiniteIsNotWritten) {
  const Workshop shop;
  const std::vector<std::string> network = {"--cell",   "rnn", "--set",   "layer[0].activation=relu",
                                            "--epochs", "1",   "--units", "4"};
  const auto month = [](int i) {
    return std::to_string(2010 + i / 12) + (i % 12 < 9 ? "-0" : "-") + std::to_string(i % 12 + 1);
  };
  std::string small = "month,sales\n", large = small;
  for (int i = 0; i < 96; ++i) small += month(i) + "," + std::to_string(1 + 0.01 * (i % 7)) + "\n";
  for (int i = 0; i < 12; ++i) large += month(i) + (i == 9 ? ",3e38\n" : ",1\n");
  shop.write("small.csv", small);
  shop.write("large.csv", large);
  std::vector<std::string> words = {"train", "small.csv",  "--window", "8",     "--horizon",
                                    "1",     "--subtract", "none",     "--out", "m"};
  words.insert(words.end(), network.begin(), network.end());
  const Ran table = run(shop.path(), words);
  ASSERT_EQ(table.status, 0) << table.err;
  std::vector<float> x(20 * 3), y(20, 1.0f);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.5f + 1e-3f * static_cast<float>(i);
  shop.write("x.npy", npy({20, 3, 1}, x));
  shop.write("y.npy", npy({20}, y));
  words = {"train", "x.npy", "--target", "y.npy", "--out", "a"};
  words.insert(words.end(), network.begin(), network.end());
  const Ran arrays = run(shop.path(), words);
  ASSERT_EQ(arrays.status, 0) << arrays.err;
  x[7 * 3 + 1] = 3e38f;
  shop.write("large.npy", npy({20, 3, 1}, x));

  const auto before = shop.contents();
  for (const char* out : {"p.csv", "p.npy", "p.safetensors"}) {
    const Ran ran = run(shop.path(), {"predict", "m", "large.csv", "--out", out});
    EXPECT_EQ(ran.status, 1) << ran.err;
    EXPECT_NE(ran.err.find("E501 large.csv:11: the forecast from the window that ends with '2010-10'"),
              std::string::npos)
        << ran.err;
  }
  const Ran ahead = run(shop.path(), {"forecast", "m", "--data", "large.csv", "--out", "f.csv"});
  EXPECT_EQ(ahead.status, 1) << ahead.err;
  EXPECT_NE(ahead.err.find("E501 forecast: step 1 of the forecast is not finite"), std::string::npos)
      << ahead.err;
  const Ran last = run(shop.path(), {"predict", "a", "large.npy"});
  EXPECT_EQ(last.status, 1) << last.err;
  EXPECT_NE(last.err.find("output for sequence 7 is not finite"), std::string::npos) << last.err;
  const Ran every = run(shop.path(), {"predict", "a", "large.npy", "--every-step"});
  EXPECT_NE(every.err.find("output for sequence 7, step 1 is not finite"), std::string::npos) << every.err;
  EXPECT_TRUE(shop.contents() == before);
}

}  // namespace
}  // namespace carousel::e2e
