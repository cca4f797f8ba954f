// CSV: what is read, what is guessed and confessed, and what is refused with which code and place.
#include <cmath>
#include <cstring>

#include "carousel/table.h"
#include "data/testing.h"

namespace carousel {
namespace {

std::vector<float> numbers(const Table& table) {
  return {table.values().begin(), table.values().end()};
}

struct GoodCase {
  const char* name;
  std::string text;
  CsvOptions options;
  std::vector<std::string> columns;
  std::vector<float> values;
};
void PrintTo(const GoodCase& c, std::ostream* out) {
  *out << c.name;
}

class CsvGood : public testing::TestWithParam<GoodCase> {};

TEST_P(CsvGood, IsRead) {
  const Table table = parse_csv(GetParam().text, GetParam().options);
  EXPECT_EQ(table.names(), GetParam().columns);
  EXPECT_EQ(numbers(table), GetParam().values);
  EXPECT_EQ(table.rows() * table.columns(), static_cast<std::int64_t>(GetParam().values.size()));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CsvGood,
    testing::Values(
        GoodCase{"plain", "a,b\n1,2\n3,4\n", {}, {"a", "b"}, {1, 2, 3, 4}},
        GoodCase{"no_newline_at_end", "a,b\n1,2\n3,4", {}, {"a", "b"}, {1, 2, 3, 4}},
        GoodCase{"crlf", "a,b\r\n1,2\r\n3,4\r\n", {}, {"a", "b"}, {1, 2, 3, 4}},
        GoodCase{"byte_order_mark",
                 "\xef\xbb\xbf"
                 "a,b\n1,2\n",
                 {},
                 {"a", "b"},
                 {1, 2}},
        GoodCase{"no_header", "1,2\n3,4\n", {}, {"1", "2"}, {1, 2, 3, 4}},
        GoodCase{"one_column", "1455.25\n1399.5\n", {}, {"1"}, {1455.25f, 1399.5f}},
        GoodCase{"one_column_header", "sales\n5\n6\n", {}, {"sales"}, {5, 6}},
        GoodCase{"semicolon", "a;b\n1.5;2\n", {}, {"a", "b"}, {1.5f, 2}},
        GoodCase{"decimal_comma", "a;b\n1,5;2\n-0,25;3\n", {}, {"a", "b"}, {1.5f, 2, -0.25f, 3}},
        GoodCase{"tab", "a\tb\n1\t2\n", {}, {"a", "b"}, {1, 2}},
        GoodCase{"pipe", "a|b\n1|2\n", {}, {"a", "b"}, {1, 2}},
        GoodCase{"spaces_in_columns", "a   b\n1   2\n30  4\n", {}, {"a", "b"}, {1, 2, 30, 4}},
        GoodCase{"spaces_around", "a , b\n 1 , 2 \n", {}, {"a", "b"}, {1, 2}},
        GoodCase{"quotes", "\"a\",\"b, c\"\n\"1\",2\n3,\"4\"\n", {}, {"a", "b, c"}, {1, 2, 3, 4}},
        GoodCase{"quote_in_quote", "\"a \"\"x\"\"\",b\n1,2\n", {}, {"a \"x\"", "b"}, {1, 2}},
        GoodCase{"newline_in_quote", "n,t\n1,\"x\ny\"\n2,\"z\"\n", {}, {"n"}, {1, 2}},
        GoodCase{"text_column_left_out", "n,town\n1,Rome\n2,Oslo\n", {}, {"n"}, {1, 2}},
        GoodCase{"blank_lines", "a,b\n\n1,2\n  \n3,4\n\n\n", {}, {"a", "b"}, {1, 2, 3, 4}},
        GoodCase{"columns_chosen_in_order",
                 "a,b,c\n1,2,3\n4,5,6\n",
                 {.columns = {"c", "a"}},
                 {"c", "a"},
                 {3, 1, 6, 4}},
        GoodCase{"header_said", "1,2\n3,4\n", {.header = "yes"}, {"1", "2"}, {3, 4}},
        GoodCase{"header_denied", "1,2\n3,4\n", {.header = "no"}, {"1", "2"}, {1, 2, 3, 4}},
        GoodCase{"delimiter_said", "1;2\n3;4\n", {.delimiter = ";"}, {"1", "2"}, {1, 2, 3, 4}},
        GoodCase{"twin_names", "a,a\n1,2\n", {}, {"a", "a.2"}, {1, 2}},
        GoodCase{"empty_name", ",b\n7,2\n7,3\n", {}, {"1", "b"}, {7, 2, 7, 3}},
        GoodCase{"forms_of_numbers",
                 "x,y\n+1,1e3\n-.5,1E-2\n5.,00012\n",
                 {},
                 {"x", "y"},
                 {1, 1000, -0.5f, 0.01f, 5, 12}},
        GoodCase{"newest_said", "v\n1\n2\n3\n", {.order = RowOrder::newest}, {"v"}, {3, 2, 1}},
        GoodCase{"newest_found", "day,v\n2020-01-03,1\n2020-01-02,2\n2020-01-01,3\n", {}, {"v"}, {3, 2, 1}},
        GoodCase{"forward",
                 "a,b\n,2\n1,NA\n3,null\n,5\n",
                 {.missing = Missing::forward},
                 {"a", "b"},
                 {1, 2, 1, 2, 3, 2, 3, 5}},
        GoodCase{"linear",
                 "a,b\n,2\n1,NA\n3,null\n,5\n",
                 {.missing = Missing::linear},
                 {"a", "b"},
                 {1, 2, 1, 3, 3, 4, 3, 5}},
        GoodCase{"forward_in_newest_first",
                 "v,w\n,1\n7,1\n",
                 {.order = RowOrder::newest, .missing = Missing::forward},
                 {"v", "w"},
                 {7, 1, 7, 1}},
        GoodCase{"header_with_fewer_rows_of_text", "a,b\n1,x\n", {}, {"a"}, {1}}),
    [](const auto& test) { return test.param.name; });

struct BadCase {
  const char* name;
  std::string text;
  CsvOptions options;
  Code code;
  long row;
  const char* column;
  int caret;
};
void PrintTo(const BadCase& c, std::ostream* out) {
  *out << c.name;
}

class CsvBad : public testing::TestWithParam<BadCase> {};

TEST_P(CsvBad, IsRefused) {
  const BadCase& c = GetParam();
  const Error error = error_of([&] { parse_csv(c.text, c.options, "t.csv"); });
  EXPECT_EQ(error.code(), c.code) << error.what();
  EXPECT_EQ(error.info().row, c.row) << error.what();
  EXPECT_EQ(error.info().column, c.column);
  if (c.caret >= 0) {
    EXPECT_EQ(error.info().caret, c.caret) << error.info().source;
    EXPECT_NE(error.info().hint.find("delimiter"), std::string::npos)
        << "the hint lists how the file was read";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CsvBad,
    testing::Values(
        BadCase{"empty", "", {}, Code::data_empty, 0, "", -1},
        BadCase{"blank", " \n\r\n", {}, Code::data_empty, 0, "", -1},
        BadCase{"header_alone", "a,b\n", {.header = "yes"}, Code::data_empty, 0, "", -1},
        BadCase{"word", "a,b\n1,2\n3,oops\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"word_in_last_line", "a,b\n1,2\n3,4\nx,5", {}, Code::data_not_a_number, 4, "a", 0},
        BadCase{"word_after_crlf", "a,b\r\n1,2\r\n3,oops\r\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"word_after_mark",
                "\xef\xbb\xbf"
                "a,b\n1,2\noops,2\n",
                {},
                Code::data_not_a_number,
                3,
                "a",
                0},
        BadCase{"word_in_quotes", "a,b\n1,2\n\"x\",3\n", {}, Code::data_not_a_number, 3, "a", 1},
        BadCase{"two_points", "a,b\n1,2\n1.2.3,4\n", {}, Code::data_not_a_number, 3, "a", 0},
        BadCase{"digits_then_text", "a,b\n1,2\n3,4kg\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"sign_alone", "a,b\n1,2\n3,+\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"exponent_alone", "a,b\n1,2\n3,1e\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"hexadecimal", "a,b\n1,2\n3,0x10\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"infinite", "a,b\n1,2\n3,inf\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"too_large", "a,b\n1,2\n3,1e39\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"much_too_large", "a,b\n1,2\n3,-1e400\n", {}, Code::data_not_a_number, 3, "b", 2},
        BadCase{"thousands", "a;b\n1,5;2\n1.234,5;3\n", {}, Code::data_not_a_number, 3, "a", 0},
        BadCase{"decimal_comma_unsaid", "a;b\n1.5;2\n2.5;2\n1,5;3\n", {}, Code::data_not_a_number, 4, "a", 0},
        BadCase{"missing", "a,b\n1,2\n3,\n", {}, Code::data_missing_value, 3, "b", 2},
        BadCase{"missing_word", "a,b\nNA,2\n3,4\n5,6\n", {}, Code::data_missing_value, 2, "a", 0},
        BadCase{"missing_in_one_column", "v\n1\n\n3\n", {}, Code::data_missing_value, 3, "v", 0},
        BadCase{"all_missing",
                "a,b\n1,\n2,\n",
                {.missing = Missing::forward, .needed = {"b"}},
                Code::data_missing_value,
                0,
                "b",
                -1},
        BadCase{"few_fields", "a,b,c\n1,2,3\n1,2\n", {}, Code::data_ragged_row, 3, "", 3},
        BadCase{"many_fields", "a,b\n1,2\n1,2,3\n", {}, Code::data_ragged_row, 3, "", 3},
        BadCase{"many_fields_in_quotes", "a,b\n1,2\n\"1\",2,3\n", {}, Code::data_ragged_row, 3, "", 0},
        BadCase{"open_quote", "a,b\n1,2\n3,\"4\n5,6\n", {.delimiter = ","}, Code::data_bad_quote, 3, "", 2},
        BadCase{"text_behind_quote", "a,b\n1,2\n\"3\"x,4\n", {}, Code::data_bad_quote, 3, "", 3},
        BadCase{"open_quote_in_first_row", "a,b\n1,\"2\n3,4\n", {}, Code::data_bad_quote, 2, "", 2},
        BadCase{"open_quote_in_header", "\"a,b\n1,2\n", {.delimiter = ","}, Code::data_bad_quote, 1, "", 0},
        BadCase{"open_quote_after_mark",
                "\xef\xbb\xbf"
                "a,\"b\n1,2\n",
                {.delimiter = ","},
                Code::data_bad_quote,
                1,
                "",
                2},
        BadCase{"unknown_column",
                "sales,b\n1,2\n",
                {.columns = {"sale"}},
                Code::data_unknown_column,
                0,
                "sale",
                -1},
        BadCase{"unknown_time", "a,b\n1,2\n", {.time = "when"}, Code::data_unknown_column, 0, "when", -1},
        BadCase{"text_asked_for",
                "n,town\n1,Rome\n2,Oslo\n",
                {.needed = {"town"}},
                Code::data_not_a_number,
                2,
                "town",
                2},
        BadCase{"no_numbers", "a,b\nx,y\nz,w\n", {}, Code::data_not_a_number, 2, "a", 0},
        BadCase{"no_numbers_but_money",
                "date,v\n2020-01,\"$10,012.34\"\n2020-02,\"$9\"\n",
                {},
                Code::data_not_a_number,
                2,
                "v",
                9},
        BadCase{
            "comment", "# made by x\ndate,y\n2020-01,1\n2020-02,2\n", {}, Code::data_not_a_number, 1, "", 0},
        BadCase{"latin_header",
                "day;Gr\xf6\xdf"
                "e\n1;2\n3;4\n",
                {},
                Code::data_bad_format,
                1,
                "",
                6},
        BadCase{"cut_off_header", "day;Gr\xc3\n1;2\n", {}, Code::data_bad_format, 1, "", 6},
        BadCase{"utf16",
                std::string("\xff\xfe"
                            "1\0\n\0",
                            6),
                {},
                Code::data_bad_format,
                0,
                "",
                -1},
        BadCase{"binary", std::string("PK\3\4\0\0\0", 7), {}, Code::data_bad_format, 0, "", -1},
        BadCase{"cr_alone", "a,b\r1,2\r3,4\r", {}, Code::data_bad_format, 0, "", -1},
        BadCase{"bad_delimiter", "a,b\n1,2\n", {.delimiter = "::"}, Code::usage_bad_value, 0, "", -1},
        BadCase{"bad_decimal", "a,b\n1,2\n", {.decimal = "'"}, Code::usage_bad_value, 0, "", -1},
        BadCase{"bad_header", "a,b\n1,2\n", {.header = "perhaps"}, Code::usage_bad_value, 0, "", -1},
        BadCase{"comma_twice",
                "a,b\n1,2\n",
                {.delimiter = ",", .decimal = ","},
                Code::usage_conflict,
                0,
                "",
                -1}),
    [](const auto& test) { return test.param.name; });

TEST(Csv, TheErrorShowsTheLineAndHowItWasRead) {
  const Error error =
      error_of([] { parse_csv("Month;sales\n2020-01;1\n2020-02;oops\n", {.header = "yes"}, "sales.csv"); });
  EXPECT_EQ(error.info().source, "2020-02;oops");
  EXPECT_EQ(error.info().file, "sales.csv");
  EXPECT_NE(error.info().hint.find("delimiter ';' (guessed)"), std::string::npos) << error.info().hint;
  EXPECT_NE(error.info().hint.find("header yes (set)"), std::string::npos) << error.info().hint;
  EXPECT_EQ(error.role(), Role::data);
}

TEST(Csv, ErrorsAreUtf8AndSayWhatToDo) {
  const Error latin = error_of([] { parse_csv("a;Gr\xf6\xdf\n1;2\n", {}, "l.csv"); });
  EXPECT_EQ(latin.info().source, "a;Gr??");
  EXPECT_EQ(latin.info().got, "the byte 0xF6");
  EXPECT_NE(latin.info().hint.find("iconv -f ISO-8859-1 -t UTF-8 l.csv"), std::string::npos);
  EXPECT_EQ(parse_csv("a;Gr\u00f6\u00dfe\n1;2\n").names()[1], "Gr\u00f6\u00dfe");
  EXPECT_EQ(error_of([] { parse_csv("a\n1\n2\n\xff\n"); }).info().what, "'?' is not a number");
  EXPECT_NE(
      error_of([] { parse_csv("# made by x\ndate,y\n2020-01,1\n2020-02,2\n"); }).info().hint.find("comment"),
      std::string::npos);
  EXPECT_EQ(error_of([] { parse_csv("date,v\n2020-01,$1.5\n2020-02,$9\n"); }).info().what,
            "no column holds numbers: '$1.5' is not a number");
}

TEST(Csv, HintsTellHowToGoOn) {
  const auto hint = [](const char* text) { return error_of([&] { parse_csv(text); }).info().hint; };
  EXPECT_NE(hint("day,v\n2020-01,\"$1,200\"\n2020-02,\"$900\"\n").find("write 1200,"), std::string::npos);
  EXPECT_NE(hint("a,v\n1,2\n2,3\n3,\"1,200\"\n").find("write 1200,"), std::string::npos);
  EXPECT_NE(hint("wert\n1,5\n2,5\n").find("--delimiter ';'"), std::string::npos);
  EXPECT_NE(hint("a;b\n1;2.5\n3;4.5\n4;5,5\n").find("--decimal , would"), std::string::npos);
  EXPECT_NE(hint("a,b\n1,2\n3,\n").find("--missing forward"), std::string::npos);
  EXPECT_EQ(parse_csv("wert\n1,5\n2,5\n", {.delimiter = ";"}).at(1, 0), 2.5f);
}

TEST(Csv, GuessesAreConfessedWithTheirFlags) {
  const Table table = parse_csv("Month,Sales\n2020-01,1\n2020-02,2\n2020-03,4\n");
  EXPECT_EQ(text_of(table.guesses()),
            "delimiter ',' (guessed)  header yes (guessed)  time column 'Month', monthly (guessed)  "
            "order oldest first (guessed)");
  for (const Guess& guess : table.guesses()) EXPECT_EQ(guess.flag.substr(0, 2), "--");
  const Table said =
      parse_csv("Month,Sales\n2020-01,1\n2020-02,2\n",
                {.delimiter = ",", .header = "yes", .time = "Month", .order = RowOrder::oldest});
  for (const Guess& guess : said.guesses()) EXPECT_FALSE(guess.guessed) << guess.what;
}

TEST(Csv, MaskKeepsRowsAndSaysWhichAreIncomplete) {
  const Table table = parse_csv("a,b\n1,2\n,4\n5,6\n", {.missing = Missing::mask});
  EXPECT_EQ(table.rows(), 3);
  EXPECT_TRUE(table.complete(0));
  EXPECT_FALSE(table.complete(1));
  EXPECT_TRUE(table.complete(2));
  EXPECT_TRUE(std::isnan(table.at(1, 0)));
  EXPECT_EQ(table.at(1, 1), 4.0f);
}

TEST(Csv, LabelsAndLinesOfRows) {
  const Table table = parse_csv("day,v\n2020-01-03,1\n\n2020-01-02,2\n2020-01-01,3\n");
  EXPECT_EQ(table.label(0), "2020-01-01");
  EXPECT_EQ(table.label(2), "2020-01-03");
  EXPECT_EQ(table.line(0), 5);
  EXPECT_EQ(table.line(2), 2);
  EXPECT_EQ(table.next_labels(2), (std::vector<std::string>{"2020-01-04", "2020-01-05"}));
  EXPECT_EQ(parse_csv("1\n2\n").label(1), "2");
  EXPECT_EQ(parse_csv("1\n2\n").next_labels(1), (std::vector<std::string>{"3"}));
}

// Many threads, many marks: a file larger than a chunk equals the same rows computed here.
TEST(Csv, ThreadsReadLargeFilesAsSmallOnes) {
  std::string text = "t,a,b\n";
  const int rows = 400000;
  for (int i = 0; i < rows; ++i)
    text += std::to_string(i) + "," + std::to_string(i * 0.5) + "," + std::to_string(rows - i) + "\n";
  ASSERT_GT(text.size(), std::size_t{6} << 20);
  for (const bool quoted : {false, true}) {
    const Table table = parse_csv(quoted ? "\"t\"" + text.substr(1) + "\"400000\",0,0\n" : text);
    ASSERT_EQ(table.rows(), rows + quoted);
    ASSERT_EQ(table.time_name(), "t");
    for (int i = 0; i < rows; ++i) {
      ASSERT_EQ(table.at(i, 0), static_cast<float>(i * 0.5));
      ASSERT_EQ(table.at(i, 1), static_cast<float>(rows - i));
    }
    EXPECT_EQ(table.label(399999), "399999");
    EXPECT_EQ(table.line(399999), 400001);
  }
  text += "400000,oops,1\n";
  const Error error = error_of([&] { parse_csv(text); });
  EXPECT_EQ(error.info().row, rows + 2);
}

TEST(Csv, ReadsFilesAndPipesAlike) {
  const Folder folder;
  const std::string path = folder.write("a.csv", "v,w\n1,2\n3,4\n");
  EXPECT_EQ(numbers(read_csv(path)), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(error_of([&] { read_csv(folder.file("none.csv")); }).code(), Code::data_missing_file);
  EXPECT_EQ(error_of([&] { read_csv(folder.file(".")); }).code(), Code::data_missing_file);
}

// Whatever the bytes are, they are read or refused: never a crash, and never a table that is not finite.
TEST(Csv, AnyTruncationOrChangeIsReadOrRefused) {
  const std::string text = "\"Month\",\"Sales\",x\r\n\"2020-01\",1.5e3,NA\r\n\"2020-\"\"02\",-7,8\r\n";
  int read = 0;
  for (std::size_t at = 0; at <= text.size(); ++at)
    for (const char c : {'\0', '"', ',', ';', '\n', '9', 'e', ' ', '\xff'}) {
      std::string changed = text.substr(0, at);
      for (const bool cut : {true, false}) {
        if (!cut && at < text.size()) changed += c + text.substr(at + 1);
        try {
          const Table table = parse_csv(changed, {.missing = Missing::forward});
          for (const float value : table.values()) EXPECT_TRUE(std::isfinite(value));
          for (std::int64_t row = 0; row < table.rows(); ++row) table.label(row);
          ++read;
        } catch (const Error&) {
        }
      }
    }
  EXPECT_GT(read, 10);
}

}  // namespace
}  // namespace carousel
