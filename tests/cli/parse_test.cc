// The command line: what words come to, and what is said of wrong ones.
#include <gtest/gtest.h>

#include "cli/errors.h"
#include "cli/option.h"

namespace carousel::cli {
namespace {

Arguments train(const std::vector<std::string>& words) {
  return parse(command_named("train"), words);
}

Error error_of(const std::vector<std::string>& words) {
  try {
    train(words);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(Code::check_failed, {});
}

TEST(Parse, PositionalsAndFlagsInAnyOrder) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"a.csv", "--epochs", "3", "-q"},
                                                                 {"--epochs", "3", "a.csv", "--quiet"},
                                                                 {"-q", "--epochs=3", "a.csv"}}) {
    const Arguments args = train(words);
    EXPECT_EQ(args.positionals, std::vector<std::string>{"a.csv"});
    EXPECT_EQ(args.text("epochs"), "3");
    EXPECT_TRUE(args.has("quiet"));
    EXPECT_FALSE(args.has("json"));
  }
}

TEST(Parse, ADashIsStandardInput) {
  EXPECT_EQ(train({"-", "--target", "y"}).positionals, std::vector<std::string>{"-"});
}

TEST(Parse, OldNamesOfFlagsStay) {
  const Arguments args = train({"a.csv", "--lr", "0.1", "--batch-size", "4", "-o", "x"});
  EXPECT_EQ(args.text("rate"), "0.1");
  EXPECT_EQ(args.text("batch"), "4");
  EXPECT_EQ(args.text("out"), "x");
}

TEST(Parse, SetMayBeGivenAgain) {
  const Arguments args = train({"a.csv", "--set", "a=1", "--set", "b=2"});
  EXPECT_EQ(args.values.at("set"), (std::vector<std::string>{"a=1", "b=2"}));
}

TEST(Parse, AValueMayBeginWithADash) {
  EXPECT_EQ(train({"a.csv", "--rate=-1"}).text("rate"), "-1");
  EXPECT_EQ(train({"a.csv", "--out", "-"}).text("out"), "-");
}

TEST(Parse, WrongWordsGetTheNearestOne) {
  EXPECT_EQ(error_of({"a.csv", "--windw", "3"}).info().hint, "did you mean '--window'?");
  EXPECT_EQ(error_of({"a.csv", "--epochs"}).code(), Code::usage_missing);
  EXPECT_EQ(error_of({"a.csv", "b.csv"}).code(), Code::usage_unknown_word);
  EXPECT_EQ(error_of({}).code(), Code::usage_missing);
  EXPECT_EQ(error_of({"a.csv", "--seed", "1", "--seed", "2"}).code(), Code::usage_conflict);
  EXPECT_EQ(error_of({"a.csv", "--quiet=maybe"}).role(), Role::usage);
}

TEST(ErrorText, ShowsTheLineWithACaret) {
  const Error error(Code::data_not_a_number, {.what = "'oops' is not a number",
                                              .hint = "look",
                                              .file = "sales.csv",
                                              .row = 27,
                                              .column = "sales",
                                              .source = "2020-03,oops",
                                              .caret = 8});
  EXPECT_EQ(error_text(error),
            "E104 sales.csv:27, column 'sales': 'oops' is not a number\n"
            "  27 | 2020-03,oops\n"
            "     |         ^\n"
            "  hint: look\n");
}

TEST(ErrorText, TheCaretCountsCharactersNotBytes) {
  const Error error(Code::data_not_a_number,
                    {.what = "w", .file = "f", .row = 1, .source = "größe,x", .caret = 8});
  EXPECT_NE(error_text(error).find("    |       ^\n"), std::string::npos) << error_text(error);
}

TEST(ErrorText, LongLinesAreCutAroundTheCaret) {
  std::string line(1000, 'a');
  line[700] = 'X';
  const std::string text = error_text(
      Error(Code::data_not_a_number, {.what = "w", .file = "f", .row = 3, .source = line, .caret = 700}));
  const std::size_t second = text.find('\n') + 1, third = text.find('\n', second) + 1;
  EXPECT_LT(third - second, 120u);
  EXPECT_EQ(text.substr(second).find('X'), text.substr(third).find('^')) << text;
}

}  // namespace
}  // namespace carousel::cli
