// Every example of the help and of docs/cli.md is run as it stands, in a folder with the files that they
// name.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/option.h"
#include "e2e/program.h"

namespace carousel::e2e {
namespace {

TEST(Examples, OfTheHelpRunAsTheyStand) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  for (const cli::Command& command : cli::commands()) {
    EXPECT_EQ(command.examples.size(), 3u) << command.name;
    for (const cli::Example& example : command.examples) {
      if (example.line.find(" bench ") != std::string::npos &&
          example.line.find("--seconds") == std::string::npos) {
        EXPECT_EQ(run_line(shop.path(), example.line + " --seconds 0.01").status, 0) << example.line;
        continue;
      }
      const Ran ran = run_line(shop.path(), example.line);
      EXPECT_EQ(ran.status, 0) << example.line << "\n" << ran.err;
    }
  }
}

TEST(Examples, ShortHelpIsShortAndOpensWithThem) {
  const Workshop shop;
  for (const cli::Command& command : cli::commands()) {
    const Ran ran = run(shop.path(), {command.name, "-h"});
    ASSERT_EQ(ran.status, 0);
    EXPECT_LE(std::count(ran.out.begin(), ran.out.end(), '\n'), 25) << ran.out;
    EXPECT_EQ(ran.out.find("  " + command.examples[0].line), 0u) << ran.out;
    const Ran full = run(shop.path(), {command.name, "--help"});
    for (const cli::Option& option : command.options)
      EXPECT_NE(full.out.find("--" + option.name), std::string::npos) << command.name << " --" << option.name;
  }
  const Ran top = run(shop.path(), {"-h"});
  EXPECT_LE(std::count(top.out.begin(), top.out.end(), '\n'), 25) << top.out;
  EXPECT_EQ(run(shop.path(), {}).out, top.out);
}

// Flags that messages and guesses name must exist, or a hint sends its reader astray.
TEST(Examples, FlagsThatAreNamedExist) {
  std::vector<std::string> known = {"--help", "--all", "--markdown"};
  for (const cli::Command& command : cli::commands())
    for (const cli::Option& option : command.options) {
      known.push_back("--" + option.name);
      known.insert(known.end(), option.aliases.begin(), option.aliases.end());
    }
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  shop.write("images", idx_images(40));
  shop.write("labels", idx_labels(40));
  std::string said = cli::full_help() + cli::markdown_help();
  said += run_line(shop.path(), "train sales.csv --target sales --dry-run").err;
  said +=
      run_line(shop.path(), "train sales.csv --target sales --missing mask --shuffle-split --dry-run").err;
  said += run_line(shop.path(), "train images --target labels --dry-run").err;
  said += run_line(shop.path(), "train sales.csv --target slaes").err;
  for (std::size_t at = 0; (at = said.find("--", at)) != std::string::npos;) {
    std::size_t end = at + 2;
    while (end < said.size() && (std::isalnum(static_cast<unsigned char>(said[end])) || said[end] == '-'))
      ++end;
    const std::string flag = said.substr(at, end - at);
    if (flag.find_first_not_of('-') != std::string::npos) {
      EXPECT_NE(std::find(known.begin(), known.end(), flag), known.end()) << flag;
    }
    at = end;
  }
}

}  // namespace
}  // namespace carousel::e2e
