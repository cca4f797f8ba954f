// AlignedBuffer: growth, contents, and what a move leaves behind.
#include "base/aligned.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace carousel {
namespace {

TEST(AlignedBuffer, GrowsToZeroAndKeepsItsMemory) {
  AlignedBuffer<float> buffer(3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
  buffer[2] = 5;
  const float* memory = buffer.data();
  buffer.resize(2);
  buffer.resize(3);
  EXPECT_EQ(buffer.data(), memory);
  EXPECT_EQ(buffer[2], 5.0f);
  buffer.resize(100);
  for (const float v : buffer) EXPECT_EQ(v, 0.0f);
}

TEST(AlignedBuffer, CanBeUsedAfterAMove) {
  AlignedBuffer<float> from(8);
  from[0] = 1;
  AlignedBuffer<float> to(std::move(from));
  EXPECT_EQ(to[0], 1.0f);
  EXPECT_EQ(from.size(), 0u);
  from.resize(8);
  EXPECT_EQ(from[7], 0.0f);
  from = std::move(to);
  EXPECT_EQ(from[0], 1.0f);
  EXPECT_EQ(to.size(), 0u);
}

// Zero though the memory was used before, at any size around where pages become huge.
TEST(AlignedBuffer, IsZeroAndAlignedWhateverItsSize) {
  constexpr std::size_t kHuge = std::size_t{2} << 20;
  for (const std::size_t bytes :
       {std::size_t{1}, kHuge, 2 * kHuge - 1, 2 * kHuge, 2 * kHuge + 1, 5 * kHuge + 7})
    for (int again = 0; again < 2; ++again) {
      AlignedBuffer<unsigned char> buffer(bytes);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % (bytes < 2 * kHuge ? 64 : kHuge), 0u)
          << bytes;
      EXPECT_EQ(std::count(buffer.begin(), buffer.end(), 0), static_cast<std::ptrdiff_t>(bytes));
      std::fill(buffer.begin(), buffer.end(), static_cast<unsigned char>(255));
    }
}

// What the kernel notes of the mapping that an address lies in ("rd wr mr ... hg"); empty where it tells
// nothing.
std::string flags_of(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream words(line);
    if (words >> std::hex >> begin >> dash >> end && dash == '-') inside = begin <= place && place < end;
    if (inside && line.starts_with("VmFlags:")) return line.substr(8);
  }
  return {};
}

TEST(AlignedBuffer, AsksForHugePagesWhereItIsLarge) {
  constexpr std::size_t kLarge = std::size_t{4} << 20;
  const AlignedBuffer<unsigned char> buffer(kLarge);
  const std::string flags = flags_of(buffer.data());
  if (flags.empty() || !std::filesystem::exists("/sys/kernel/mm/transparent_hugepage"))
    GTEST_SKIP() << "this system does not tell of huge pages";
  EXPECT_NE(flags.find(" hg"), std::string::npos) << flags;
  EXPECT_NE(flags_of(buffer.data() + kLarge - 1).find(" hg"), std::string::npos);
}

}  // namespace
}  // namespace carousel
