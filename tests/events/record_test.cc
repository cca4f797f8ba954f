// Checksums and frames against numbers that others computed.
#include "events/record.h"

#include <gtest/gtest.h>

namespace carousel::events {
namespace {

// RFC 3720, appendix B.4; the check value is that of "CRC-32/ISCSI" in Ross Williams' model.
TEST(Crc32c, KnownVectors) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string up, down;
  for (int i = 0; i < 32; ++i) up += static_cast<char>(i), down += static_cast<char>(31 - i);
  EXPECT_EQ(crc32c(up), 0x46dd794eu);
  EXPECT_EQ(crc32c(down), 0x113fdb5cu);
}

// By hand from the definition ((c >> 15 | c << 17) + 0xa282ead8): 0xe3069283 turned is 0x2507c60d.
TEST(Crc32c, Masked) {
  EXPECT_EQ(masked(0xe3069283u), 0x2507c60du + 0xa282ead8u);
  EXPECT_EQ(masked(0), 0xa282ead8u);
}

TEST(Record, HoldsLengthBytesAndTheirChecksums) {
  const std::string record = framed("123456789");
  ASSERT_EQ(record.size(), 8u + 4 + 9 + 4);
  EXPECT_EQ(record.substr(0, 8), std::string("\x09\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(record.substr(12, 9), "123456789");
  const std::uint32_t sum = 0x2507c60du + 0xa282ead8u;
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(static_cast<unsigned char>(record[static_cast<std::size_t>(21 + i)]), sum >> 8 * i & 0xff);
  EXPECT_EQ(length_in(record.substr(0, kHead)), 9u);
  EXPECT_TRUE(fits("123456789", record.substr(21)));
}

TEST(Record, AnyByteThatChangedIsNoticed) {
  const std::string good = framed("some bytes");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    const std::string_view all(bad);
    const bool whole =
        length_in(all.substr(0, kHead)) == 10u && fits(all.substr(kHead, 10), all.substr(kHead + 10));
    EXPECT_FALSE(whole) << "byte " << i;
  }
  EXPECT_FALSE(length_in(std::string_view(good).substr(0, kHead - 1)).has_value());
}

}  // namespace
}  // namespace carousel::events
