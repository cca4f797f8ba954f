// Every error code is explained to people: what it means, its typical cause, what to do, and an example that
// is run.
#include <gtest/gtest.h>

#include <sstream>

#include "carousel/error.h"
#include "e2e/program.h"

namespace carousel::e2e {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

/// The files that the examples name.
void furnish(const Workshop& shop) {
  const std::string sales = sales_csv(96);
  shop.write("sales.csv", sales);
  shop.write("header.csv", "month,sales\n");
  shop.write("ragged.csv", "month,sales\n2024-01,5\n2024-02,1,200\n2024-03,7\n");
  std::string word = "day,sales\n";
  for (int day = 0; day < 60; ++day)
    word += std::to_string(day) + "," + (day == 25 ? "oops" : std::to_string(day % 7)) + "\n";
  shop.write("word.csv", word);
  shop.write("gap.csv", "month,sales\n2024-01,5\n2024-02,\n2024-03,7\n");
  shop.write("quote.csv", "month,sales\n2024-01,5\n2024-02,\"6\n2024-03,7\n");
  shop.write("mixed.csv", "month,sales\n2024-01,5\n2024-03,6\n2024-02,7\n2024-04,8\n2024-06,9\n2024-05,8\n");
  const std::string x = npy({20, 4, 1}, std::vector<float>(80, 0.5f));
  shop.write("x.npy", x);
  shop.write("cut.npy", x.substr(0, x.size() - 4));
  shop.write("y.npy", npy({20}, std::vector<float>(20, 1.0f)));
  shop.write("y19.npy", npy({19}, std::vector<float>(19, 1.0f)));
  const std::string data = "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n";
  shop.write("syntax.toml", replaced(data, "\"sales\"", ""));
  shop.write("width.toml", data +
                               "horizon = 2\n[[layer]]\nkind = \"lstm\"\nunits = 3\n"
                               "[[layer]]\nkind = \"dense\"\nunits = 5\n");
  shop.write("run.toml", data + "[[layer]]\nkind = \"gru\"\nunits = 3\n[[layer]]\nkind = \"dense\"\n");
  for (const char* line : {"train sales.csv --target sales --epochs 1 --units 4 --out runs/sales",
                           "train x.npy --target y.npy --epochs 1 --units 2 --out runs/arrays"}) {
    const Ran ran = run_line(shop.path(), line);
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
  const std::string model = shop.read("runs/sales/model.safetensors");
  shop.write("cut.safetensors", model.substr(0, model.size() - 3));
  shop.write("newer.safetensors", replaced(model, "\"format_version\":\"1", "\"format_version\":\"9"));
}

TEST(Codes, AreExplainedByAnExampleThatGivesThem) {
  const Workshop shop;
  ASSERT_NO_FATAL_FAILURE(furnish(shop));
  for (const CodeText& code : all_codes()) {
    const std::string name = "E" + std::to_string(static_cast<int>(code.code)), text(code.explanation);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << name;
    std::size_t at = 0;
    for (const char* part : {"\n\nTypical cause: ", "\nWhat to do: ", "\nExample:\n  $ carousel ", "\n  E"}) {
      const std::size_t place = text.find(part, at);
      ASSERT_NE(place, std::string::npos) << name << " says no" << part;
      EXPECT_GT(place, at + 30) << name << ": too little stands before" << part;
      at = place;
    }
    const std::size_t command = text.find("$ carousel ") + 2;
    const Ran ran = run_line(shop.path(), text.substr(command, at - command));
    std::string shown = text.substr(at + 3) + "\n";  // its first line, or what stands before "..."
    if (shown.ends_with("...\n")) shown.resize(shown.size() - 4);
    EXPECT_EQ(ran.status, static_cast<int>(code.role)) << name;
    EXPECT_TRUE(shown.starts_with(name + " ")) << name << " shows another code: " << shown;
    EXPECT_NE(("\n" + ran.err).find("\n" + shown), std::string::npos) << shown << "is not in\n" << ran.err;
    const Ran explained = run(shop.path(), {"explain-code", name});
    EXPECT_EQ(explained.status, 0);
    EXPECT_NE(explained.out.find(text), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace carousel::e2e
