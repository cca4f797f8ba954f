// Reads an event file back from its bytes alone: the wire format of its messages, not the library that wrote
// them.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "events/record.h"

namespace carousel::testing {

struct ReadHistogram {
  double low = 0, high = 0, count = 0, sum = 0, squares = 0;
  std::vector<double> limits, counts;
  bool operator==(const ReadHistogram&) const = default;
};

struct ReadEvent {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string version;
  std::map<std::string, float> scalars;
  std::map<std::string, ReadHistogram> histograms;
};

namespace event_detail {

template <class T>
T number(std::string_view bytes) {
  T value;
  if (bytes.size() < sizeof value) throw std::runtime_error("cut short");
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

struct Field {
  int number = 0;
  std::uint64_t whole = 0;  // of a varint
  std::string_view bytes;   // of all others
};

inline std::uint64_t varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    if (bytes.empty() || shift > 63) throw std::runtime_error("bad varint");
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

inline std::vector<Field> fields(std::string_view bytes) {
  std::vector<Field> all;
  while (!bytes.empty()) {
    const std::uint64_t key = varint(bytes);
    Field field{.number = static_cast<int>(key >> 3)};
    std::size_t size = 0;
    switch (key & 7) {
      case 0:
        field.whole = varint(bytes);
        break;
      case 1:
        size = 8;
        break;
      case 2:
        size = varint(bytes);
        break;
      case 5:
        size = 4;
        break;
      default:
        throw std::runtime_error("bad wire type");
    }
    if (size > bytes.size()) throw std::runtime_error("cut short");
    field.bytes = bytes.substr(0, size);
    bytes.remove_prefix(size);
    all.push_back(field);
  }
  return all;
}

inline std::vector<double> doubles(std::string_view packed) {
  std::vector<double> all;
  for (; !packed.empty(); packed.remove_prefix(8)) all.push_back(number<double>(packed));
  return all;
}

inline ReadHistogram histogram(std::string_view bytes) {
  ReadHistogram h;
  for (const Field& f : fields(bytes)) {
    double* const places[] = {&h.low, &h.high, &h.count, &h.sum, &h.squares};
    if (f.number <= 5) *places[f.number - 1] = number<double>(f.bytes);
    if (f.number == 6) h.limits = doubles(f.bytes);
    if (f.number == 7) h.counts = doubles(f.bytes);
  }
  return h;
}

inline ReadEvent event(std::string_view bytes) {
  ReadEvent event;
  for (const Field& f : fields(bytes)) {
    if (f.number == 1) event.wall_time = number<double>(f.bytes);
    if (f.number == 2) event.step = static_cast<std::int64_t>(f.whole);
    if (f.number == 3) event.version = std::string(f.bytes);
    if (f.number != 5) continue;
    for (const Field& value : fields(f.bytes)) {
      std::string tag;
      for (const Field& part : fields(value.bytes)) {
        if (part.number == 1) tag = std::string(part.bytes);
        if (part.number == 2) event.scalars[tag] = number<float>(part.bytes);
        if (part.number == 5) event.histograms[tag] = histogram(part.bytes);
      }
    }
  }
  return event;
}

}  // namespace event_detail

/// All events of a file. Throws std::runtime_error at the first thing that is wrong.
inline std::vector<ReadEvent> read_events(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  std::vector<ReadEvent> all;
  for (std::string_view rest = file; !rest.empty();) {
    const auto length = events::length_in(rest.substr(0, events::kHead));
    if (!length || rest.size() < events::kHead + *length + events::kTail)
      throw std::runtime_error("record " + std::to_string(all.size()) + " is broken off");
    const std::string_view message = rest.substr(events::kHead, *length);
    if (!events::fits(message, rest.substr(events::kHead + *length, events::kTail)))
      throw std::runtime_error("record " + std::to_string(all.size()) + " is damaged");
    all.push_back(event_detail::event(message));
    rest.remove_prefix(events::kHead + *length + events::kTail);
  }
  return all;
}

}  // namespace carousel::testing
