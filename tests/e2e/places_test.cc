// One vocabulary, three places: flags, a settings file and C++ train the same network to the last bit.
#include <gtest/gtest.h>

#include "carousel/carousel.h"
#include "e2e/program.h"

namespace carousel::e2e {
namespace {

std::vector<float> weights_of(const Model& model) {
  std::vector<float> all;
  for (const TensorView& tensor : model.tensors())
    all.insert(all.end(), tensor.values.begin(), tensor.values.end());
  return all;
}

TEST(Places, TrainAlikeFromTheSameFewSettings) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  shop.write("run.toml",
             "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n"
             "[[layer]]\nkind = \"lstm\"\nunits = 4\n[[layer]]\nkind = \"dense\"\n");
  const Ran flags =
      run(shop.path(), {"train", "sales.csv", "--target", "sales", "--units", "4", "--out", "flags"});
  ASSERT_EQ(flags.status, 0) << flags.err;
  const Ran file = run(shop.path(), {"train", "run.toml", "--out", "file"});
  ASSERT_EQ(file.status, 0) << file.err;
  EXPECT_EQ(shop.read("flags/model.safetensors"), shop.read("file/model.safetensors"));

  const Table sales = read_csv((shop.path() / "sales.csv").string());
  const Prepared data = windows(sales, {.target = "sales"});
  const Forecaster made = train_forecaster(
      {.layers = {Lstm{.units = 4}, Dense{.units = data.train->target().values}}}, data, {.patience = 5});
  const Forecaster written = load_forecaster((shop.path() / "flags/model.safetensors").string());
  EXPECT_EQ(weights_of(made.members()[4]), weights_of(written.members()[4]));
  EXPECT_EQ(made.share(), written.share());
  std::string values;
  for (const float value : forecast(made, sales).values) values += std::to_string(value) + " ";
  std::string expected;
  for (const float value : forecast(written, sales).values) expected += std::to_string(value) + " ";
  EXPECT_EQ(values, expected);
}

}  // namespace
}  // namespace carousel::e2e
