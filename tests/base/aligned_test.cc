// AlignedBuffer: growth, contents, and what a move leaves behind.
#include "base/aligned.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace carousel {
namespace {

TEST(AlignedBuffer, GrowsToZeroAndKeepsItsMemory) {
  AlignedBuffer<float> buffer(3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % AlignedBuffer<float>::kAlignment, 0u);
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

}  // namespace
}  // namespace carousel
