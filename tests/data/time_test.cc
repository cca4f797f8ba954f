// Time columns: formats found from examples, spacing named, the next labels written in the file's own manner.
#include "carousel/table.h"
#include "data/testing.h"

namespace carousel {
namespace {

struct Case {
  const char* name;
  std::vector<std::string> labels;
  const char* says;  // what the guess says behind the column's name; "" = no time column
  std::vector<std::string> next;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class TimeColumn : public testing::TestWithParam<Case> {};

TEST_P(TimeColumn, IsFoundAndContinued) {
  std::string text = "when;v\n";
  for (std::size_t i = 0; i < GetParam().labels.size(); ++i)
    text += "\"" + GetParam().labels[i] + "\";" + std::to_string(i * i % 7) + ".5\n";
  const Table table = parse_csv(text);
  const std::string says = GetParam().says;
  EXPECT_EQ(value_of(table.guesses(), "time column"), says.empty() ? "none" : "'when', " + says);
  EXPECT_EQ(table.next_labels(static_cast<int>(GetParam().next.size())), GetParam().next);
  if (!says.empty()) {
    EXPECT_EQ(table.label(table.rows() - 1), GetParam().labels.back());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, TimeColumn,
    testing::Values(
        Case{"months", {"2019-11", "2019-12", "2020-01"}, "monthly", {"2020-02", "2020-03"}},
        Case{"month_ends",
             {"2019-12-31", "2020-01-31", "2020-02-29"},
             "monthly",
             {"2020-03-31", "2020-04-30"}},
        Case{"days", {"2020-02-27", "2020-02-28", "2020-02-29"}, "daily", {"2020-03-01"}},
        Case{"days_slashes", {"2020/02/27", "2020/02/28", "2020/02/29"}, "daily", {"2020/03/01"}},
        Case{"day_first", {"13/01/2020", "14/01/2020", "15/01/2020"}, "daily, day first", {"16/01/2020"}},
        Case{"day_first_by_evenness",
             {"01/02/2020", "02/02/2020", "03/02/2020"},
             "daily, day first",
             {"04/02/2020"}},
        Case{"month_first", {"2/12/2020", "2/13/2020", "2/14/2020"}, "daily, month first", {"2/15/2020"}},
        Case{"points", {"30.12.19", "31.12.19", "01.01.20"}, "daily, day first", {"02.01.20"}},
        Case{"hours",
             {"2016-07-01 22:00:00", "2016-07-01 23:00:00", "2016-07-02 00:00:00"},
             "hourly",
             {"2016-07-02 01:00:00"}},
        Case{"quarter_hours",
             {"2016-07-01T23:30", "2016-07-01T23:45", "2016-07-02T00:00"},
             "every 15 minutes",
             {"2016-07-02T00:15"}},
        Case{"zone", {"2016-07-01T22:00:00Z", "2016-07-01T23:00:00Z"}, "hourly", {"2016-07-02T00:00:00Z"}},
        Case{"seconds",
             {"2016-07-01 23:59:58", "2016-07-01 23:59:59"},
             "every second",
             {"2016-07-02 00:00:00"}},
        Case{"weeks", {"2020-01-06", "2020-01-13", "2020-01-20", "2020-01-27"}, "weekly", {"2020-02-03"}},
        Case{"business_days",
             {"2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07", "2020-01-08", "2020-01-09",
              "2020-01-10"},
             "business days",
             {"2020-01-13", "2020-01-14"}},
        Case{"quarters", {"2019-Q3", "2019-Q4", "2020-Q1"}, "quarterly", {"2020-Q2"}},
        Case{"quarters_first", {"Q3 2019", "Q4 2019", "Q1 2020"}, "quarterly", {"Q2 2020"}},
        Case{"years", {"1998", "1999", "2000"}, "yearly", {"2001"}},
        Case{"month_names", {"Nov 2019", "Dec 2019", "Jan 2020"}, "monthly", {"Feb 2020"}},
        Case{"month_names_long",
             {"november 2019", "december 2019", "january 2020"},
             "monthly",
             {"february 2020"}},
        Case{"month_names_short_year", {"NOV-19", "DEC-19", "JAN-20"}, "monthly", {"FEB-20"}},
        Case{"day_and_month_name", {"30-Dec-2019", "31-Dec-2019", "01-Jan-2020"}, "daily", {"02-Jan-2020"}},
        Case{"american", {"Jan 30, 2020", "Jan 31, 2020", "Feb 1, 2020"}, "daily", {"Feb 2, 2020"}},
        Case{"compact", {"20191230", "20191231"}, "", {"3"}},  // two rows of whole numbers tell nothing
        Case{"compact_three", {"20191229", "20191230", "20191231"}, "daily", {"20200101"}},
        Case{"years_of_their_own", {"1-11", "1-12", "2-01"}, "monthly", {"2-02"}},
        Case{"numbers", {"1", "2", "3", "4"}, "numbered", {"5", "6"}},
        Case{"numbers_by_ten", {"10", "20", "30"}, "numbered", {"40"}},
        Case{"uneven_numbers", {"3", "5", "4", "9"}, "", {"5"}},
        Case{"irregular", {"2020-01-01", "2020-01-05", "2020-03-01", "2020-03-02"}, "irregular", {"5"}},
        Case{"no_such_day", {"2020-02-29", "2020-02-30", "2020-02-31"}, "", {"4"}},
        Case{"towns", {"Rome", "Oslo", "Bern"}, "", {"4"}}),
    [](const auto& test) { return test.param.name; });

TEST(TimeColumn, CanBeNamedOrDenied) {
  const std::string text = "n,day,v\n1,2020-01-02,5\n2,2020-01-03,6\n3,2020-01-04,7\n";
  EXPECT_EQ(parse_csv(text, {.time = "day"}).time_name(), "day");
  EXPECT_EQ(parse_csv(text, {.time = "day"}).names(), (std::vector<std::string>{"n", "v"}));
  const Table none = parse_csv(text, {.time = "none"});
  EXPECT_EQ(none.time_name(), "");
  EXPECT_EQ(none.label(1), "2");
}

// A column that is wanted as numbers is not taken for the time.
TEST(TimeColumn, IsNotATarget) {
  const Table table = parse_csv("n,v\n1,5\n2,6\n3,7\n", {.needed = {"n"}});
  EXPECT_EQ(table.names(), (std::vector<std::string>{"n", "v"}));
  EXPECT_EQ(table.time_name(), "");
}

TEST(TimeColumn, GapsAreNotIrregular) {
  std::string text = "day,v\n";
  for (int d = 1; d <= 28; ++d)
    if (d != 9) text += "2020-02-" + std::string(d < 10 ? "0" : "") + std::to_string(d) + ",1\n";
  EXPECT_EQ(parse_csv(text).spacing(), Spacing::daily);
  EXPECT_EQ(parse_csv(text).calendar_season(), 7);
}

}  // namespace
}  // namespace carousel
