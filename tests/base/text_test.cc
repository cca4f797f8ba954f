// Numbers with commas, counted things, and words that a shell reads back.
#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace carousel::base {
namespace {

TEST(Text, NumbersAreGroupedByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-999), "-999");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::max()), "9,223,372,036,854,775,807");
}

TEST(Text, OneThingIsNotPlural) {
  EXPECT_EQ(counted(0, "row"), "0 rows");
  EXPECT_EQ(counted(1, "row"), "1 row");
  EXPECT_EQ(counted(1200, "row"), "1,200 rows");
}

TEST(Text, LongListsAreCutShort) {
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(listed({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
  EXPECT_EQ(listed(std::vector<std::string>(1200, "x")), "x, x, x, x, x, x, x, x, x, x, ... (1,200 in all)");
}

TEST(Text, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(aligned({{"layer", "output", "size"}, {"0 lstm", "", "1,200"}, {"total"}}, 2),
            "layer   output   size\n"
            "0 lstm          1,200\n"
            "total\n");
  EXPECT_EQ(aligned({{"Größe", "1"}, {"size", "23"}}, 1), "Größe   1\nsize   23\n");
  EXPECT_EQ(aligned({{"a", ""}, {"", ""}}, 1), "a\n\n");
  EXPECT_EQ(aligned({}, 1), "");
}

TEST(Text, WordsAreQuotedForTheShell) {
  EXPECT_EQ(shell_word("runs/sales-2"), "runs/sales-2");
  EXPECT_EQ(shell_word("my runs"), "'my runs'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("~/a"), "'~/a'");
  EXPECT_EQ(shell_word("a$b"), "'a$b'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace carousel::base
