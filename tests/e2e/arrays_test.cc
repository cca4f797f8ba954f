// Arrays of sequences through the program: every form in and out, lengths, outputs at every step, and states,
// each by a law that holds whatever the weights are.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

constexpr int kRows = 24, kSteps = 6, kHead = 4;

struct Array {
  std::vector<int> shape;
  std::vector<float> numbers;

  float at(int row, int step) const { return numbers.at(static_cast<std::size_t>(row * shape[1] + step)); }
};

std::string bytes_of(const std::vector<float>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)};
}

std::string bytes_of(const std::vector<std::int32_t>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(std::int32_t)};
}

/// An array of a .safetensors file: name, type, shape, bytes.
struct Tensor {
  std::string name, type;
  std::vector<int> shape;
  std::string bytes;
};

std::string safetensors(const std::vector<Tensor>& tensors) {
  Json header = Json::object();
  std::string bytes;
  for (const Tensor& tensor : tensors) {
    header[tensor.name] = {{"dtype", tensor.type},
                           {"shape", tensor.shape},
                           {"data_offsets", {bytes.size(), bytes.size() + tensor.bytes.size()}}};
    bytes += tensor.bytes;
  }
  const std::string text = header.dump();
  const std::uint64_t size = text.size();
  return std::string(reinterpret_cast<const char*>(&size), 8) + text + bytes;
}

Array array_of(const std::vector<int>& shape, const std::string& bytes) {
  Array array{shape, std::vector<float>(bytes.size() / sizeof(float))};
  std::memcpy(array.numbers.data(), bytes.data(), bytes.size());
  std::size_t count = 1;
  for (const int size : shape) count *= static_cast<std::size_t>(size);
  EXPECT_EQ(array.numbers.size(), count);
  return array;
}

/// The float array of a .npy file, or `name` of a .safetensors file.
Array read(const Workshop& shop, const std::string& file, const std::string& name = "y") {
  const std::string bytes = shop.read(file);
  if (file.ends_with(".npy")) {
    const std::size_t header =
        10 + static_cast<unsigned char>(bytes.at(8)) + 256u * static_cast<unsigned char>(bytes.at(9));
    std::string text = bytes.substr(10, header - 10);
    EXPECT_NE(text.find("<f4"), std::string::npos) << text;
    std::vector<int> shape;
    for (std::size_t at = text.find('('); text[at] != ')';) {
      at = text.find_first_of("0123456789)", at);
      if (text[at] == ')') break;
      shape.push_back(std::stoi(text.substr(at)));
      at = text.find_first_of(",)", at);
    }
    return array_of(shape, bytes.substr(header));
  }
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), 8);
  const Json header = Json::parse(bytes.substr(8, size));
  const Json& one = header.at(name);
  EXPECT_EQ(one.at("dtype"), "F32");
  const auto from = one.at("data_offsets")[0].get<std::size_t>(),
             to = one["data_offsets"][1].get<std::size_t>();
  return array_of(one.at("shape").get<std::vector<int>>(), bytes.substr(8 + size + from, to - from));
}

/// Sequences, their heads and tails, lengths 0 ... kSteps and targets, each as .npy and as .safetensors; and
/// a model "m" of them that scales nothing.
class Arrays : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<float> x, head, tail, y;
    for (int i = 0; i < kRows; ++i) {
      for (int s = 0; s < kSteps; ++s) {
        x.push_back(static_cast<float>((i * 31 + s * 17) % 19) / 19.0f - 0.4f);
        (s < kHead ? head : tail).push_back(x.back());
      }
      y.push_back(static_cast<float>(i % 5) / 3.0f);
      lengths.push_back(i % (kSteps + 1));
    }
    const std::vector<int> whole = {kRows, kSteps, 1}, first = {kRows, kHead, 1},
                           last = {kRows, kSteps - kHead, 1};
    shop.write("x.npy", npy(whole, x));
    shop.write("head.npy", npy(first, head));
    shop.write("tail.npy", npy(last, tail));
    shop.write("t.npy", npy({kRows}, y));
    std::string l = npy({kRows}, {});
    shop.write("l.npy", l.replace(l.find("<f4"), 3, "<i4") + bytes_of(lengths));
    const Tensor steps{"steps", "I32", {kRows}, bytes_of(lengths)};
    const Tensor goal{"goal", "F32", {kRows}, bytes_of(y)};
    shop.write("x.safetensors", safetensors({{"x", "F32", whole, bytes_of(x)}, steps, goal}));
    shop.write("only.safetensors", safetensors({{"series", "F32", whole, bytes_of(x)}}));
    shop.write("head.safetensors", safetensors({{"x", "F32", first, bytes_of(head)}}));
    shop.write("tail.safetensors", safetensors({{"x", "F32", last, bytes_of(tail)}}));
    shop.write("l.safetensors", safetensors({steps}));
    shop.write("t.safetensors", safetensors({goal}));
    const Ran ran = train("x.npy", "t.npy", "m");
    ASSERT_EQ(ran.status, 0) << ran.err;
  }

  Ran train(const std::string& x, const std::string& target, const std::string& out,
            const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"train", x,         "--target", target,    "--epochs", "3", "--units",
                                      "5,4",   "--scale", "none",     "--force", "--out",    out};
    words.insert(words.end(), more.begin(), more.end());
    return run(shop.path(), words);
  }

  /// What the model says of `x`, by way of the file `out`.
  Array predict(const std::string& x, const std::string& out,
                const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"predict", "m", x, "--force", "--out", out};
    words.insert(words.end(), more.begin(), more.end());
    const Ran ran = run(shop.path(), words);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.status == 0 ? read(shop, out) : Array{};
  }

  Workshop shop;
  std::vector<std::int32_t> lengths;
};

TEST_F(Arrays, AreTheSameInEveryForm) {
  const Array first = predict("x.npy", "a.npy");
  EXPECT_EQ(first.shape, (std::vector<int>{kRows, 1}));
  for (const char* in : {"x.npy", "x.safetensors", "only.safetensors"})
    for (const char* out : {"b.npy", "b.safetensors"}) {
      const Array other = predict(in, out);
      EXPECT_EQ(other.shape, first.shape) << in << " " << out;
      EXPECT_EQ(other.numbers, first.numbers) << in << " " << out;
    }
}

// Lengths and targets beside a .safetensors are names in it or files, as beside a .npy.
TEST_F(Arrays, NamesOrFilesStandBesideATensorsFile) {
  const Array cut = predict("x.npy", "a.npy", {"--lengths", "l.npy"});
  EXPECT_NE(cut.numbers, predict("x.npy", "b.npy").numbers);
  for (const char* in : {"x.npy", "x.safetensors"})
    for (const char* by : {"l.npy", "l.safetensors"})
      EXPECT_EQ(predict(in, "b.npy", {"--lengths", by}).numbers, cut.numbers) << in << " " << by;
  EXPECT_EQ(predict("x.safetensors", "b.npy", {"--lengths", "steps"}).numbers, cut.numbers);
  const std::string model = shop.read("m/model.safetensors");
  for (const char* target : {"t.npy", "t.safetensors", "goal"}) {
    const Ran trained = train("x.safetensors", target, "n");
    ASSERT_EQ(trained.status, 0) << trained.err;
    EXPECT_TRUE(shop.read("n/model.safetensors") == model) << target;
  }
  const Ran by_npy = run(shop.path(), {"evaluate", "m", "x.npy", "--target", "t.npy", "--json"});
  ASSERT_EQ(by_npy.status, 0) << by_npy.err;
  for (const char* target : {"t.npy", "goal"}) {
    const Ran ran = run(shop.path(), {"evaluate", "m", "x.safetensors", "--target", target, "--json"});
    ASSERT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(Json::parse(ran.out)["scores"], Json::parse(by_npy.out)["scores"]) << target;
  }
  const Ran none = run(shop.path(), {"predict", "m", "x.safetensors", "--lengths", "stepz"});
  EXPECT_EQ(none.status, 3);
  EXPECT_NE(none.err.find("E106 x.safetensors: there is no array 'stepz' in it, and no file of that name\n"
                          "  hint: did you mean 'steps'?"),
            std::string::npos)
      << none.err;
}

// A sequence of no steps leaves the states zero, so that the last layer puts out its bias; what lies beyond a
// length is zero.
TEST_F(Arrays, SequencesAreNotTheirOwnTargets) {
  const Workshop alone;
  alone.write("y.safetensors",
              safetensors({{"y", "F32", {2, 3, 1}, bytes_of(std::vector<float>{1, 2, 3, 4, 5, 6})}}));
  const Ran ran = run(alone.path(), {"train", "y.safetensors", "--units", "2", "--out", "r"});
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_NE(ran.err.find("the same array"), std::string::npos) << ran.err;
  EXPECT_FALSE(alone.has("r"));
}

TEST_F(Arrays, ASequenceOfNoStepsIsTheStateThatItBeganWith) {
  for (const char* out : {"a.npy", "a.safetensors"}) {
    const Array last = predict("x.npy", out, {"--lengths", "l.npy", "--final-state", "s.safetensors"});
    const float bias = read(shop, "m/model.safetensors", "members.0.layers.2.b").numbers.at(0);
    for (const char* state : {"layers.0.h", "layers.0.c", "layers.1.h", "layers.1.c"}) {
      const Array s = read(shop, "s.safetensors", state);
      for (int row = 0; row < kRows; ++row)
        for (int unit = 0; unit < s.shape.at(1); ++unit)
          EXPECT_EQ(s.at(row, unit) == 0, lengths[static_cast<std::size_t>(row)] == 0) << state << row;
    }
    const Array every = predict("x.npy", out, {"--lengths", "l.npy", "--every-step"});
    ASSERT_EQ(every.shape, (std::vector<int>{kRows, kSteps, 1}));
    for (int row = 0; row < kRows; ++row) {
      const int length = lengths[static_cast<std::size_t>(row)];
      EXPECT_EQ(last.at(row, 0), length == 0 ? bias : every.at(row, length - 1)) << row;
      for (int step = length; step < kSteps; ++step) EXPECT_EQ(every.at(row, step), 0) << row;
    }
  }
}

// Whole sequences at every step are their heads followed by their tails, which begin where the heads ended;
// the last step is what is put out without --every-step.
TEST_F(Arrays, EveryStepOfAWholeIsThatOfItsParts) {
  const Array last = predict("x.npy", "a.npy");
  for (const std::string form : {".npy", ".safetensors"}) {
    const Array whole = predict("x" + form, "w" + form, {"--every-step", "--final-state", "w_s.safetensors"});
    const Array head = predict("head" + form, "h" + form, {"--every-step", "--final-state", "s.safetensors"});
    const Array tail =
        predict("tail" + form, "t_y" + form,
                {"--every-step", "--initial-state", "s.safetensors", "--final-state", "t_s.safetensors"});
    ASSERT_EQ(whole.shape, (std::vector<int>{kRows, kSteps, 1}));
    for (int row = 0; row < kRows; ++row) {
      for (int step = 0; step < kSteps; ++step)
        EXPECT_EQ(whole.at(row, step), step < kHead ? head.at(row, step) : tail.at(row, step - kHead))
            << form << row << step;
      EXPECT_EQ(whole.at(row, kSteps - 1), last.at(row, 0)) << form << row;
    }
    EXPECT_TRUE(shop.read("t_s.safetensors") == shop.read("w_s.safetensors")) << form;
    EXPECT_FALSE(shop.read("s.safetensors") == shop.read("w_s.safetensors")) << form;
  }
}

}  // namespace
}  // namespace carousel::e2e
