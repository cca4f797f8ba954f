// Errors: the one line of text, the parts, and a table of codes without holes.
#include "carousel/error.h"

#include <gtest/gtest.h>

#include <set>

namespace carousel {
namespace {

TEST(Error, SaysDataByFileRowAndColumn) {
  const Error error(Code::data_not_a_number, {.what = "'oops' is not a number",
                                              .hint = "--missing forward",
                                              .file = "sales.csv",
                                              .row = 27,
                                              .column = "sales"});
  EXPECT_STREQ(error.what(),
               "E104 sales.csv:27, column 'sales': 'oops' is not a number; hint: --missing forward");
  EXPECT_EQ(error.role(), Role::data);
  EXPECT_EQ(error.info().row, 27);
}

TEST(Error, SaysSettingsByTheirPath) {
  const Error error(Code::usage_bad_value,
                    {.where = "train.batch", .what = "too small", .expected = "at least 1", .got = "0"});
  EXPECT_STREQ(error.what(), "E202 [train.batch] too small; expected at least 1; got 0");
}

TEST(Error, TakesTheRoleOfItsUse) {
  const Error error(Code::data_bad_format, {.what = "cut short", .file = "x.npy"});
  EXPECT_EQ(error.as(Role::model).role(), Role::model);
  EXPECT_EQ(error.as(Role::model).code(), Code::data_bad_format);
}

TEST(Codes, AreAscendingUniqueAndExplained) {
  int last = 0;
  for (const CodeText& text : all_codes()) {
    EXPECT_GT(static_cast<int>(text.code), last);
    last = static_cast<int>(text.code);
    EXPECT_FALSE(text.title.empty());
    EXPECT_GT(text.explanation.size(), 20u) << last;
    EXPECT_EQ(explain_code(last), &text);
    // 1xx data, 2xx usage, 3xx model, 4xx resources, 5xx checks: the roles' own exit codes are 3 2 4 5 1.
    const int expected[] = {0, 3, 2, 4, 5, 1};
    EXPECT_EQ(static_cast<int>(text.role), expected[last / 100]) << last;
  }
  EXPECT_EQ(explain_code(999), nullptr);
}

}  // namespace
}  // namespace carousel
