// A reader of as much of ONNX's protobuf files as the tests need: one node with its attributes, and tensors.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace carousel::testing {

struct OnnxNode {
  std::string type;                           ///< "LSTM", ...
  std::vector<std::string> inputs, outputs;   ///< "" = left out
  std::map<std::string, std::int64_t> whole;  ///< attributes: hidden_size, layout, linear_before_reset
  std::map<std::string, std::string> text;    ///< direction
};

struct OnnxTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
};

/// The fields of one protobuf message, one after the other: `while (next()) switch (number()) ...`.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  bool next() {
    if (rest_.empty()) return false;
    const std::uint64_t key = varint();
    number_ = static_cast<int>(key >> 3);
    switch (key & 7) {
      case 0:
        whole_ = varint();
        break;
      case 1:
        bytes_ = take(8);
        break;
      case 2:
        bytes_ = take(varint());
        break;
      case 5:
        bytes_ = take(4);
        break;
      default:
        throw std::runtime_error("protobuf: unknown wire type");
    }
    packed_ = (key & 7) == 2;
    return true;
  }
  int number() const { return number_; }
  std::int64_t whole() const { return static_cast<std::int64_t>(whole_); }
  std::string_view bytes() const { return bytes_; }
  std::string text() const { return std::string(bytes_); }
  /// A repeated whole number, packed or one by one.
  void append_to(std::vector<std::int64_t>& list) const {
    if (!packed_) return list.push_back(whole());
    for (WireReader inner(bytes_); !inner.rest_.empty();)
      list.push_back(static_cast<std::int64_t>(inner.varint()));
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw std::runtime_error("protobuf: a number has no end");
  }
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) throw std::runtime_error("protobuf: the file ends early");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_, bytes_;
  std::uint64_t whole_ = 0;
  int number_ = 0;
  bool packed_ = false;
};

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The first node of the graph of a model file.
inline OnnxNode read_onnx_node(const std::filesystem::path& path) {
  const std::string bytes = bytes_of(path);
  OnnxNode node;
  for (WireReader model(bytes); model.next();) {
    if (model.number() != 7) continue;  // graph
    for (WireReader graph(model.bytes()); graph.next();) {
      if (graph.number() != 1) continue;  // node
      for (WireReader field(graph.bytes()); field.next();) {
        if (field.number() == 1) node.inputs.push_back(field.text());
        if (field.number() == 2) node.outputs.push_back(field.text());
        if (field.number() == 4) node.type = field.text();
        if (field.number() != 5) continue;
        std::string name;
        for (WireReader attribute(field.bytes()); attribute.next();) {
          if (attribute.number() == 1) name = attribute.text();
          if (attribute.number() == 3) node.whole[name] = attribute.whole();
          if (attribute.number() == 4) node.text[name] = attribute.text();
        }
      }
      return node;
    }
  }
  throw std::runtime_error("no node in " + path.string());
}

/// A tensor of 32-bit floats or 32-bit whole numbers, kept as raw data.
inline OnnxTensor read_onnx_tensor(const std::filesystem::path& path) {
  const std::string bytes = bytes_of(path);
  OnnxTensor tensor;
  std::int64_t type = 0;
  std::string_view raw;
  for (WireReader field(bytes); field.next();) {
    if (field.number() == 1) field.append_to(tensor.shape);
    if (field.number() == 2) type = field.whole();
    if (field.number() == 8) tensor.name = field.text();
    if (field.number() == 9) raw = field.bytes();
  }
  std::size_t count = 1;
  for (const std::int64_t size : tensor.shape) count *= static_cast<std::size_t>(size);
  constexpr std::int64_t kFloat = 1, kInt32 = 6;
  if ((type != kFloat && type != kInt32) || raw.size() != 4 * count)
    throw std::runtime_error("unexpected tensor in " + path.string());
  for (std::size_t i = 0; i < count; ++i) {
    float number;
    std::int32_t whole;
    std::memcpy(&number, raw.data() + 4 * i, 4);
    std::memcpy(&whole, raw.data() + 4 * i, 4);
    tensor.values.push_back(type == kFloat ? number : whole);
  }
  return tensor;
}

}  // namespace carousel::testing
