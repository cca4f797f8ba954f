// Time columns: formats found from examples, spacing named, the next labels written in the file's own manner.
#include <fmt/format.h>

#include <algorithm>

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

std::string months(const std::vector<int>& numbers) {
  std::string text = "month,v\n";
  for (const int m : numbers)
    text += std::to_string(2000 + m / 12) + (m % 12 < 9 ? "-0" : "-") + std::to_string(m % 12 + 1) + ",1\n";
  return text;
}

struct Disorder {
  const char* name;
  std::string text;
  CsvOptions options;
  long row;
  const char* hint;
};
void PrintTo(const Disorder& c, std::ostream* out) {
  *out << c.name;
}

class TimeOrder : public testing::TestWithParam<Disorder> {};

TEST_P(TimeOrder, IsRefusedWithItsFirstRow) {
  const Error error = error_of([] { parse_csv(GetParam().text, GetParam().options); });
  EXPECT_EQ(error.code(), Code::data_out_of_order) << error.what();
  EXPECT_EQ(error.info().row, GetParam().row);
  EXPECT_EQ(error.info().caret, error.info().source.find_first_of("0123456789"));
  EXPECT_NE(error.info().hint.find(GetParam().hint), std::string::npos) << error.info().hint;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, TimeOrder,
    testing::Values(
        Disorder{"random", months({0, 37, 74, 111, 28, 65, 102, 119, 156}), {}, 6, "--time none"},
        Disorder{"one_row", months({0, 1, 2, 4, 3, 5, 6}), {}, 6, "--time none"},
        Disorder{"one_row_newest_first", months({6, 5, 4, 2, 3, 1, 0}), {}, 6, "--time none"},
        Disorder{"said_oldest", months({3, 2, 1}), {.order = RowOrder::oldest}, 3, "--order newest"},
        Disorder{"said_newest", months({1, 2, 3}), {.order = RowOrder::newest}, 3, "--order oldest"},
        Disorder{"cyclic_numbers", "n,v\n1,5\n2,5\n3,5\n1,5\n", {.time = "n"}, 5, "--time none"},
        Disorder{"quoted", "n,v\n\"1\",5\n2,5\n3,5\n 1,5\n", {.time = "n"}, 5, "--time none"}),
    [](const auto& test) { return test.param.name; });

TEST(TimeOrderOfAll, IsCheckedBehindTheSampleAndAcrossThreads) {
  std::string text = "n,v\n";
  for (int i = 0; i < 100000; ++i) text += std::to_string(i == 65536 ? 7 : i) + ",1\n";
  EXPECT_EQ(error_of([&] { parse_csv(text); }).info().row, 65538);
  text.replace(text.find("\n7,1\n65537"), 4, "\n65536,1");
  EXPECT_TRUE(parse_csv(text.substr(0, text.find("\n99000,"))).warnings().empty());
}

TEST(TimeOrderOfAll, IsCheckedToTheLastRow) {
  constexpr int kRows = 2'100'000, kWrong = 2'050'001;
  std::string text = "n,v\n";
  for (int i = 0; i < kRows; ++i) text += std::to_string(i == kWrong ? 7 : i) + ",1\n";
  EXPECT_EQ(error_of([&] { parse_csv(text); }).info().row, kWrong + 2);
}

// A label that cannot be read between two that can: the message still shows the right ones.
TEST(TimeOrderOfAll, QuotedLabelsAreShownAsTheyStand) {
  std::string text = "t,v\n";
  for (int i = 0; i < 1200; ++i) text += "\"" + std::to_string(1000000 + i) + "\",1\n";
  text += "\"what\",1\n\"1000007\",1\n";
  const Error error = error_of([&] { parse_csv(text); });
  EXPECT_EQ(error.info().row, 1203);
  EXPECT_NE(error.info().what.find("'1000007' follows '1001199'"), std::string::npos) << error.info().what;
}

TEST(TimeOrderOfAll, RepeatsAndGapsAreConfessed) {
  const auto warning = [](const std::string& text) {
    const auto all = parse_csv(text).warnings();
    return all.size() == 1 ? all[0] : std::to_string(all.size()) + " warnings";
  };
  EXPECT_EQ(warning(months({0, 1, 2, 3, 6, 7, 8, 9, 10})),
            "2 months are missing after '2000-04' (line 5); the rows around count as neighbours");
  EXPECT_EQ(warning(months({10, 9, 8, 7, 6, 3, 2, 1, 0})),
            "2 months are missing after '2000-04' (line 7); the rows around count as neighbours");
  EXPECT_EQ(
      warning(months({0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14})),
      "3 months are missing in all, the first after '2000-02' (line 3); the rows around count as neighbours");
  EXPECT_EQ(warning(months({0, 0, 1, 1, 2, 2})),
            "the time of a row is that of the row before 3 times, first '2000-01' (line 3); each row counts "
            "as a step");
  EXPECT_EQ(warning("t,v\n2020-10-25 01:30,1\n2020-10-25 02:00,2\n2020-10-25 02:30,2\n2020-10-25 02:00,2\n"
                    "2020-10-25 02:30,1\n2020-10-25 03:00,1\n"),
            "the clock is set back once, first to '2020-10-25 02:00' (line 5)");
  // Ten weeks of business days from Monday, 2020-01-06, without some of them.
  const auto weekdays = [](std::vector<int> without) {
    std::string text = "day,v\n";
    for (int day = 6; day < 76; ++day) {
      const int month = day > 60   ? 3
                        : day > 31 ? 2
                                   : 1,
                of_month = day - (month == 3   ? 60
                                  : month == 2 ? 31
                                               : 0);
      if ((day - 6) % 7 > 4 || std::count(without.begin(), without.end(), day)) continue;
      text += fmt::format("2020-{:02}-{:02},1\n", month, of_month);
    }
    return text;
  };
  EXPECT_TRUE(parse_csv(weekdays({})).warnings().empty());
  EXPECT_EQ(parse_csv(weekdays({15})).spacing(), Spacing::business);
  EXPECT_EQ(warning(weekdays({15})),  // a Wednesday
            "1 business day is missing after '2020-01-14' (line 8), as on holidays; the rows around count as "
            "neighbours");
  EXPECT_EQ(
      warning(weekdays({17, 20, 24})),
      "3 business days are missing in all, the first after '2020-01-16' (line 10), as on holidays; the rows "
      "around count as neighbours");
  std::string days = "t,v\n";
  for (int i = 0; i < 1500; ++i) days += i == 1200 ? "total,9\n" : std::to_string(i) + ",1\n";
  EXPECT_EQ(parse_csv(days).warnings().at(0), "column 't' is not a time once, first 'total' (line 1202)");
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
