// Views of sequences and rows: pointer, sizes and strides, so that [B, T, F] and [T, B, F] are read without a
// copy.
#pragma once

#include <cstddef>
#include <type_traits>

namespace carousel {

/// `steps` x `rows` vectors of `features` consecutive numbers; strides in numbers. data == nullptr means
/// absent.
template <class T>
struct SeqView {
  T* data = nullptr;
  int steps = 0, rows = 0, features = 0;
  std::ptrdiff_t step_stride = 0, row_stride = 0;

  T* at(int t, int b) const { return data + t * step_stride + b * row_stride; }
  explicit operator bool() const { return data != nullptr; }
  operator SeqView<const T>() const requires(!std::is_const_v<T>) {
    return {data, steps, rows, features, step_stride, row_stride};
  }
  /// One step as a sequence of length one.
  SeqView step(int t) const { return {data + t * step_stride, 1, rows, features, step_stride, row_stride}; }
};

/// A dense [B, T, F] array.
template <class T>
SeqView<T> batch_major(T* data, int rows, int steps, int features) {
  return {data, steps, rows, features, features, std::ptrdiff_t{steps} * features};
}

/// A dense [T, B, F] array.
template <class T>
SeqView<T> time_major(T* data, int steps, int rows, int features) {
  return {data, steps, rows, features, std::ptrdiff_t{rows} * features, features};
}

}  // namespace carousel
