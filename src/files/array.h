// NamedArray: an array as it stands in a file: name, type of numbers, shape, bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "files/mapped_file.h"

namespace carousel::files {

enum class Dtype { f64, f32, f16, bf16, i64, i32, u8, boolean };

/// Bytes of one number.
std::size_t size_of(Dtype dtype);
/// The name in a safetensors file: "F32", ...
std::string_view name_of(Dtype dtype);
inline bool is_integer(Dtype d) {
  return d == Dtype::i64 || d == Dtype::i32 || d == Dtype::u8;
}

/// An array whose bytes (little-endian, row-major, perhaps unaligned) belong to somebody else.
struct NamedArray {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;
  Bytes bytes;

  std::int64_t count() const;
  /// Number i as a double, whatever the type.
  double at(std::int64_t i) const;
};

/// The array's numbers from number `first` on, as floats (rounded to nearest).
void copy_to(const NamedArray& array, std::int64_t first, std::span<float> out);
inline void copy_to(const NamedArray& array, std::span<float> out) {
  copy_to(array, 0, out);
}
/// All of its numbers, as floats or as 64-bit integers (integer types only).
std::vector<float> to_floats(const NamedArray& array);
std::vector<std::int64_t> to_integers(const NamedArray& array);
/// "[3, 4]".
std::string text_of(const std::vector<std::int64_t>& shape);

/// The product of `shape`, or -1 when a size is negative or the product, or its bytes, overflow.
std::int64_t count_of(const std::vector<std::int64_t>& shape, std::size_t bytes_each);

/// A float array of somebody's numbers.
inline NamedArray array_of(std::string name, std::vector<std::int64_t> shape,
                           std::span<const float> numbers) {
  return {std::move(name), Dtype::f32, std::move(shape), std::as_bytes(numbers)};
}
inline NamedArray array_of(std::string name, std::vector<std::int64_t> shape,
                           std::span<const double> numbers) {
  return {std::move(name), Dtype::f64, std::move(shape), std::as_bytes(numbers)};
}
inline NamedArray array_of(std::string name, std::vector<std::int64_t> shape,
                           std::span<const std::int64_t> numbers) {
  return {std::move(name), Dtype::i64, std::move(shape), std::as_bytes(numbers)};
}
inline NamedArray array_of(std::string name, std::vector<std::int64_t> shape,
                           std::span<const std::uint8_t> numbers) {
  return {std::move(name), Dtype::u8, std::move(shape), std::as_bytes(numbers)};
}

}  // namespace carousel::files
