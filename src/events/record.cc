// Frames records and checks them.
#include "events/record.h"

namespace carousel::events {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    table[i] = crc;
  }
  return table;
}();

template <class T>
void append(std::string& out, T number) {
  for (std::size_t i = 0; i < sizeof number; ++i) out += static_cast<char>(number >> 8 * i & 0xff);
}

template <class T>
T read(std::string_view bytes) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<T>(static_cast<unsigned char>(bytes[i])) << 8 * i;
  return number;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::string framed(std::string_view bytes) {
  std::string out;
  out.reserve(kHead + bytes.size() + kTail);
  append(out, static_cast<std::uint64_t>(bytes.size()));
  append(out, masked(crc32c(out)));
  out += bytes;
  append(out, masked(crc32c(bytes)));
  return out;
}

std::optional<std::uint64_t> length_in(std::string_view head) {
  if (head.size() != kHead || masked(crc32c(head.substr(0, 8))) != read<std::uint32_t>(head.substr(8)))
    return std::nullopt;
  return read<std::uint64_t>(head);
}

bool fits(std::string_view bytes, std::string_view tail) {
  return tail.size() == kTail && masked(crc32c(bytes)) == read<std::uint32_t>(tail);
}

}  // namespace carousel::events
