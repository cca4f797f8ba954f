// Hints that hold: commands that can be pasted, counts that read well, guesses that are named.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

std::vector<std::string> quick(const std::string& data, const std::string& folder) {
  return {"train", data, "--target", "sales", "--epochs", "1", "--units", "4", "--out", folder};
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

}  // namespace
}  // namespace carousel::e2e
