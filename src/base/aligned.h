// AlignedBuffer: memory aligned to a cache line, grown but never shrunk, so that training allocates only at
// its start; of huge pages where it is large.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

namespace carousel {

/// `bytes` of zeros, aligned to 64 bytes, for std::free. From 4 MiB on aligned to 2 MiB, and the system is
/// asked for pages of that size: a step of a large layer reads more small pages than the processor knows
/// addresses of. Throws std::bad_alloc.
void* allocate_zeros(std::size_t bytes);

template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) { resize(size); }
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  /// Keeps the memory when it suffices; the contents are zero after a growth and kept otherwise.
  void resize(std::size_t size) {
    if (size > capacity_) {
      data_.reset(static_cast<T*>(allocate_zeros(size * sizeof(T))));
      capacity_ = size;
    }
    size_ = size;
  }
  void zero() {
    if (size_) std::memset(static_cast<void*>(data_.get()), 0, size_ * sizeof(T));
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T[], Free> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace carousel
