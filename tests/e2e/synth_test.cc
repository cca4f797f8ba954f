// carousel synth through the program: what it writes is what the library makes, and trains at once.
#include "carousel/synth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

/// The numbers of an array of a .safetensors file.
template <class T>
std::vector<T> numbers(const std::string& file, const std::string& name) {
  std::uint64_t header = 0;
  std::memcpy(&header, file.data(), 8);
  const Json about = Json::parse(file.substr(8, header)).at(name);
  const std::size_t from = about["data_offsets"][0], to = about["data_offsets"][1];
  std::vector<T> all((to - from) / sizeof(T));
  std::memcpy(all.data(), file.data() + 8 + header + from, to - from);
  return all;
}

std::string line_after(const std::string& text, const std::string& word) {
  const std::size_t at = text.find("\n" + word);
  if (at == std::string::npos) return "";
  const std::size_t from = text.find_first_not_of(' ', at + 1 + word.size());
  return text.substr(from, text.find('\n', from) - from);
}

// The next command is taken as it stands, but for its end: a single step.
TEST(Synth, EveryTaskTrainsByTheCommandThatIsSaid) {
  const Workshop shop;
  const std::string list = run(shop.path(), {"synth"}).out;
  for (const SynthTask& task : synth_tasks()) {
    SCOPED_TRACE(std::string(task.name));
    EXPECT_NE(("\n" + list).find("\n" + std::string(task.name) + " "), std::string::npos);
    const std::string name(task.name), file = name + ".safetensors";
    const Ran ran = run(shop.path(), {"synth", name, "--sequences", "30"});
    ASSERT_EQ(ran.status, 0) << ran.err;
    const Synthetic made = synth(task.name, {.sequences = 30});
    const std::string bytes = shop.read(file);
    EXPECT_EQ(numbers<float>(bytes, "x"), made.x);
    if (made.classes > 0)
      EXPECT_EQ(numbers<std::int64_t>(bytes, "y"),
                std::vector<std::int64_t>(made.labels.begin(), made.labels.end()));
    else
      EXPECT_EQ(numbers<float>(bytes, "y"), made.values);
    const std::string next = line_after("\n" + ran.err, "next");
    ASSERT_EQ(next.find("carousel train "), 0u) << ran.err;
    const Ran trained = run_line(shop.path(), next.substr(9) + " --steps 1 --out runs/" + name);
    EXPECT_EQ(trained.status, 0) << next << "\n" << trained.err;
    EXPECT_EQ(run(shop.path(), {"synth", name, "--sequences", "30", "--force"}).status, 0);
    EXPECT_EQ(shop.read(file) == bytes, true) << "other bytes for the same arguments";
  }
}

// In seconds each: every class or label of the test part, and the adding problem to its authors' bound.
TEST(Synth, TheCommandThatIsSaidLearnsTheTask) {
  const Workshop shop;
  for (const std::string name : {"reber", "parity", "timing", "adding"}) {
    const Ran ran = run(shop.path(), {"synth", name});
    ASSERT_EQ(ran.status, 0) << ran.err;
    const Ran trained =
        run_line(shop.path(), line_after("\n" + ran.err, "next").substr(9) + " --json --quiet");
    ASSERT_EQ(trained.status, 0) << trained.err;
    const std::size_t at = trained.out.find("{\"event\":\"verdict\"");
    ASSERT_NE(at, std::string::npos) << trained.out;
    const Json network = Json::parse(trained.out.substr(at, trained.out.find('\n', at) - at))["scores"][0];
    if (name == "adding")
      EXPECT_LT(network["rmse"], 0.04) << network;
    else if (name == "timing")  // a single error of 0.49 in 50 sequences of at most 55 steps would make more
      EXPECT_LT(network["rmse"], 0.49 / std::sqrt(50 * 55)) << network;
    else
      EXPECT_EQ(network["accuracy"], 1.0) << name << network;
  }
}

TEST(Synth, StandardOutputAndDryRun) {
  const Workshop shop;
  const Ran dry = run(shop.path(), {"synth", "parity", "--sequences", "10", "--dry-run"});
  EXPECT_EQ(dry.status, 0);
  EXPECT_TRUE(shop.contents().empty());
  const Ran out = run(shop.path(), {"synth", "parity", "--sequences", "10", "--out", "-"});
  EXPECT_TRUE(shop.contents().empty());
  ASSERT_EQ(run(shop.path(), {"synth", "parity", "--sequences", "10", "--quiet"}).status, 0);
  EXPECT_EQ(shop.read("parity.safetensors") == out.out, true);

  const Ran told = run(shop.path(), {"synth", "copy", "--sequences", "10", "--length", "30", "--json"});
  const Json json = Json::parse(told.out);
  EXPECT_EQ(json["x"], (Json{10, 50, 10}));
  EXPECT_EQ(json["classes"], 9);
  EXPECT_EQ(json["scores"][0]["value"], 1.0);
}

}  // namespace
}  // namespace carousel::e2e
