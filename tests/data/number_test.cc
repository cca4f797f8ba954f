// Numbers in text: to the nearest float, as the C library rounds them.
#include "data/number.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/random.h"
#include "data/testing.h"

namespace carousel::data {
namespace {

void expect_exact(const std::string& text) {
  float value = -1.0f;
  ASSERT_EQ(read_number(text, '.', &value), Parsed::number) << text;
  EXPECT_EQ(std::bit_cast<std::uint32_t>(value),
            std::bit_cast<std::uint32_t>(std::strtof(text.c_str(), nullptr)))
      << text;
}

TEST(Number, IsExactlyRounded) {
  for (const char* text : {"0",
                           "-0",
                           "1",
                           "16777217",
                           "16777216.9999999",
                           "16777217.0000001",
                           "9007199254740993",
                           "18014398509481985",
                           "9.829000473022461",
                           "0.1",
                           "3.4028234e38",
                           "3.4028235677973362e38",
                           "1.17549435e-38",
                           "1e-45",
                           "7e-46",
                           "1e-400",
                           "123456789012345678901234567890",
                           "0.000000000000000000000000000001234567890123456789",
                           "1e22",
                           "1e23",
                           "1e-22",
                           "1e-23",
                           "8388608.5",
                           "8388609.5",
                           "33554433",
                           "33554435",
                           "0.50000002980232238769531250",
                           "0.50000002980232238769531251",
                           "0.50000002980232238769531249",
                           "1.00000005960464477539062499999999"})
    expect_exact(text);
}

TEST(Number, IsExactlyRoundedForRandomDigits) {
  const Random random(5, Random::Use::test);
  std::uint64_t draw = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text = random.bits(draw++) & 1 ? "-" : "";
    const unsigned whole = random.bits(draw++) % 12, fraction = random.bits(draw++) % 14;
    for (unsigned d = 0; d <= whole; ++d) text += static_cast<char>('0' + random.bits(draw++) % 10);
    if (fraction) text += '.';
    for (unsigned d = 0; d < fraction; ++d) text += static_cast<char>('0' + random.bits(draw++) % 10);
    if (random.bits(draw++) % 4 == 0)
      text += "e" + std::to_string(static_cast<int>(random.bits(draw++) % 60) - 40);
    expect_exact(text);
  }
}

// The middle between two floats, and its neighbours in the last digit: where a double rounding would go
// wrong.
TEST(Number, IsExactlyRoundedInTheMiddleBetweenFloats) {
  const Random random(6, Random::Use::test);
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const float low = std::bit_cast<float>(0x3f000000u + random.bits(i) % 0x08000000u);
    const double middle = (double{low} + double{std::nextafter(low, 1e30f)}) / 2;
    char text[64];
    std::snprintf(text, sizeof text, "%.30f", middle);
    std::string digits(text);
    digits.erase(digits.find_last_not_of('0') + 1);
    expect_exact(digits);
    expect_exact(digits + "0000001");
    digits.back() = static_cast<char>(digits.back() - 1);
    expect_exact(digits + "9");
  }
}

TEST(Number, WhatIsWrittenIsReadBack) {
  const Random random(7, Random::Use::test);
  for (std::uint64_t i = 0; i < 100000; ++i) {
    const float value = std::bit_cast<float>(random.bits(i));
    if (!std::isfinite(value)) continue;
    char text[64];
    std::snprintf(text, sizeof text, "%.9g", static_cast<double>(value));
    float read = -1.0f;
    ASSERT_EQ(read_number(text, '.', &read), Parsed::number) << text;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(read), std::bit_cast<std::uint32_t>(value)) << text;
  }
}

TEST(Number, WordsAndKinds) {
  float value;
  for (const char* text : {"", " ", "NA", "n/a", "NaN", "null", "NONE", "?", "-", "\t-\r"})
    EXPECT_EQ(read_number(text, '.', &value), Parsed::missing) << text;
  for (const char* text :
       {"x", "1x", "--1", "+-1", "1e", "e5", ".", "1 2", "0x1", "1,5", "nanx", "1_0", "+", "1.5."})
    EXPECT_EQ(read_number(text, '.', &value), Parsed::text) << text;
  for (const char* text : {"inf", "-Infinity", "3.5e38", "1e400", "340282356779733661637539395458142568448"})
    EXPECT_EQ(read_number(text, '.', &value), Parsed::too_large) << text;
  EXPECT_EQ(read_number(" 1,25 ", ',', &value), Parsed::number);
  EXPECT_EQ(value, 1.25f);
  EXPECT_EQ(read_number("12345678901234567890123,5", ',', &value), Parsed::number);
  EXPECT_EQ(value, 1.2345678901234567890123e22f);
  EXPECT_EQ(read_number("1.5", ',', &value), Parsed::text);
}

TEST(Number, SignsForPeopleAreHinted) {
  const auto bare = [](const char* text, char decimal = '.') {
    const std::string hint = hint_without_signs(text, decimal);
    return hint.empty() ? "" : hint.substr(6, hint.find(", without") - 6);
  };
  EXPECT_EQ(bare("$10,013.44"), "10013.44");
  EXPECT_EQ(bare("1,234,567"), "1234567");
  EXPECT_EQ(bare("-5 %"), "-5");
  EXPECT_EQ(bare("1 234"), "1234");
  EXPECT_EQ(bare("\xe2\x82\xac 7.5"), "7.5");  // a euro
  EXPECT_EQ(bare("1.234,5", ','), "1234,5");
  for (const char* text :
       {"1,23", "1.234,5", "1,2345", "Rome", "Rome 2", "12:30", "2020-01-02", "1 2", "7", ""})
    EXPECT_EQ(bare(text), "") << text;
}

}  // namespace
}  // namespace carousel::data
