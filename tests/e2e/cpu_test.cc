// What the program says of the machine it runs on, and the instruction set that the environment chooses.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/program.h"
#include "kernels/dispatch.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

TEST(Cpu, TheEnvironmentChoosesTheTarget) {
  const Workshop shop;
  const std::vector<std::string_view> there = kernels::available_targets();
  const std::vector<std::string> known(there.begin(), there.end());
  std::vector<std::string> wanted = known;
  wanted.push_back("");  // the best one
  for (const std::string& name : wanted) {
    const std::string active = name.empty() ? known.back() : name;
    const Ran ran = run(shop.path(), {"inspect", "--cpu", "--json"}, "", {{"CAROUSEL_TARGET", name}});
    ASSERT_EQ(ran.status, 0) << ran.err;
    const Json cpu = Json::parse(ran.out, nullptr, false);
    ASSERT_FALSE(cpu.is_discarded()) << ran.out;
    EXPECT_EQ(cpu.value("target", ""), active);
    EXPECT_EQ(cpu.value("available", std::vector<std::string>{}), known);
    EXPECT_GE(cpu.value("cores", 0), 1);
    EXPECT_GE(cpu.value("threads", 0), 1);
    const Ran said = run(shop.path(), {"inspect", "--cpu"}, "", {{"CAROUSEL_TARGET", name}});
    EXPECT_NE(said.out.find("instruction set  " + active + " (of "), std::string::npos) << said.out;
  }
}

TEST(Cpu, ATargetThatIsNotThereIsRefusedWithThoseThatAre) {
  const Workshop shop;
  std::string known;
  for (const std::string_view name : kernels::available_targets())
    known += (known.empty() ? "" : ", ") + std::string(name);
  for (const std::string name : {"mmx", "AVX2", "scalar "}) {
    const Ran ran = run(shop.path(), {"inspect", "--cpu"}, "", {{"CAROUSEL_TARGET", name}});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    for (const std::string& part : {std::string("E202"), std::string("CAROUSEL_TARGET"),
                                    "expected: " + known + "\n", "got: '" + name + "'"})
      EXPECT_NE(ran.err.find(part), std::string::npos) << part << " in " << ran.err;
  }
}

}  // namespace
}  // namespace carousel::e2e
