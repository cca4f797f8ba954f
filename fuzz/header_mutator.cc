// Mutates safetensors files so that the length before the header stays true: few would be read otherwise.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned int seed) {
  constexpr std::size_t kLengthBytes = 8, kPlain = 8;  // one in kPlain is mutated without regard to that
  std::uint64_t length = 0;
  if (size >= kLengthBytes) std::memcpy(&length, data, kLengthBytes);
  if (seed % kPlain == 0 || size < kLengthBytes || length > size - kLengthBytes || most <= size)
    return LLVMFuzzerMutate(data, size, most);
  const std::vector<std::uint8_t> behind(data + kLengthBytes + length, data + size);
  length = LLVMFuzzerMutate(data + kLengthBytes, length, most - kLengthBytes - behind.size());
  std::memcpy(data, &length, kLengthBytes);
  std::copy(behind.begin(), behind.end(), data + kLengthBytes + length);
  return kLengthBytes + length + behind.size();
}
