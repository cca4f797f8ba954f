// Reads numbers of any type from an array's bytes.
#include "files/array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace carousel::files {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian, and read without a swap");

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

float from_half(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 1023;
  float value;
  if (exponent == 31)
    value = mantissa ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  else if (exponent == 0)
    value = std::ldexp(static_cast<float>(mantissa), -24);
  else
    value = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  return half & 0x8000 ? -value : value;
}

}  // namespace

std::size_t size_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
    case Dtype::i64:
      return 8;
    case Dtype::f32:
    case Dtype::i32:
      return 4;
    case Dtype::f16:
    case Dtype::bf16:
      return 2;
    case Dtype::u8:
    case Dtype::boolean:
      return 1;
  }
  return 1;
}

std::string_view name_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64:
      return "F64";
    case Dtype::f32:
      return "F32";
    case Dtype::f16:
      return "F16";
    case Dtype::bf16:
      return "BF16";
    case Dtype::i64:
      return "I64";
    case Dtype::i32:
      return "I32";
    case Dtype::u8:
      return "U8";
    case Dtype::boolean:
      return "BOOL";
  }
  return "?";
}

std::int64_t NamedArray::count() const {
  return static_cast<std::int64_t>(bytes.size() / size_of(dtype));
}

double NamedArray::at(std::int64_t i) const {
  const std::byte* at = bytes.data() + static_cast<std::size_t>(i) * size_of(dtype);
  switch (dtype) {
    case Dtype::f64:
      return load<double>(at);
    case Dtype::f32:
      return load<float>(at);
    case Dtype::f16:
      return from_half(load<std::uint16_t>(at));
    case Dtype::bf16:
      return std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(at)} << 16);
    case Dtype::i64:
      return static_cast<double>(load<std::int64_t>(at));
    case Dtype::i32:
      return load<std::int32_t>(at);
    case Dtype::u8:
    case Dtype::boolean:
      return load<std::uint8_t>(at);
  }
  return 0.0;
}

void copy_to(const NamedArray& array, std::int64_t first, std::span<float> out) {
  if (array.dtype == Dtype::f32) {
    if (!out.empty()) std::memcpy(out.data(), array.bytes.data() + 4 * first, out.size_bytes());
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(array.at(first + static_cast<std::int64_t>(i)));
}

std::vector<float> to_floats(const NamedArray& array) {
  std::vector<float> numbers(static_cast<std::size_t>(array.count()));
  copy_to(array, 0, numbers);
  return numbers;
}

std::vector<std::int64_t> to_integers(const NamedArray& array) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(array.count()));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = array.dtype == Dtype::i64
                     ? load<std::int64_t>(array.bytes.data() + 8 * i)
                     : static_cast<std::int64_t>(array.at(static_cast<std::int64_t>(i)));
  return numbers;
}

std::string text_of(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::int64_t count_of(const std::vector<std::int64_t>& shape, std::size_t bytes_each) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return -1;
  std::int64_t bytes;
  if (__builtin_mul_overflow(count, static_cast<std::int64_t>(bytes_each), &bytes)) return -1;
  return count;
}

}  // namespace carousel::files
