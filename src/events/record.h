// Records: how event files frame their messages, each with checksums of its length and of its bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carousel::events {

/// CRC-32C (Castagnoli), as of iSCSI: RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

/// Turned and shifted, so that the checksum of bytes that hold a checksum is no special number.
constexpr std::uint32_t masked(std::uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/// Length (8 bytes, the lowest first), its masked checksum (4), the bytes, their masked checksum (4).
std::string framed(std::string_view bytes);

inline constexpr std::size_t kHead = 12, kTail = 4;

/// The length that a record's first kHead bytes say; nothing where their checksum denies it.
std::optional<std::uint64_t> length_in(std::string_view head);
/// Whether the kTail bytes are the checksum of these.
bool fits(std::string_view bytes, std::string_view tail);

}  // namespace carousel::events
