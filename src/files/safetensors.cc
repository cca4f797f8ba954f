// Reads and writes the safetensors format: 8 bytes of header length, a JSON header, the arrays' bytes.
#include "files/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "files/atomic_writer.h"

namespace carousel::files {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // the limit of the format's own reader
constexpr std::string_view kMetadata = "__metadata__";
constexpr Dtype kDtypes[] = {Dtype::f64, Dtype::f32, Dtype::f16, Dtype::bf16,
                             Dtype::i64, Dtype::i32, Dtype::u8,  Dtype::boolean};

class Parser {
 public:
  Parser(Bytes bytes, const std::string& name, Role role) : bytes_(bytes), name_(name), role_(role) {}

  SafetensorsFile parse() {
    if (bytes_.size() < kLengthBytes) fail("the file is too short", "8 bytes of header length", size_text());
    std::uint64_t length;
    std::memcpy(&length, bytes_.data(), sizeof length);
    if (length > kMaxHeader)
      fail("this is not a safetensors file",
           role_ == Role::model ? "a run folder, or a model that carousel train wrote" : "");
    if (length > bytes_.size() - kLengthBytes)
      fail("the file is cut off in its header", base::counted(static_cast<std::int64_t>(length), "byte"),
           base::counted(std::ssize(bytes_) - static_cast<std::int64_t>(kLengthBytes), "byte"));
    const Json header = parse_json({reinterpret_cast<const char*>(bytes_.data()) + kLengthBytes, length});
    data_ = bytes_.subspan(kLengthBytes + length);

    SafetensorsFile file;
    file.path = name_;
    for (const auto& [key, value] : header.items()) {
      if (key == kMetadata)
        file.metadata = metadata(value);
      else
        file.arrays.push_back(array(key, value));
    }
    check_cover(file.arrays);
    return file;
  }

 private:
  [[noreturn]] void fail(std::string what, std::string expected = "", std::string got = "",
                         std::string hint = "") const {
    throw_bad_format(role_, name_, std::move(what), std::move(expected), std::move(got), std::move(hint));
  }
  std::string size_text() const { return base::counted(std::ssize(bytes_), "byte"); }

  Json parse_json(std::string_view text) const {
    std::vector<std::set<std::string>> keys;
    const auto refuse_twins = [&](int depth, Json::parse_event_t event, Json& parsed) {
      if (depth > kDeepestJson) fail("the header is nested too deeply");
      if (event == Json::parse_event_t::object_start) keys.emplace_back();
      if (event == Json::parse_event_t::object_end) keys.pop_back();
      if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
        fail(fmt::format("the header names '{}' twice", parsed.get<std::string>()));
      return true;
    };
    if (text.empty() || text.front() != '{') fail("the header does not start with '{'");
    try {
      return Json::parse(text.begin(), text.end(), refuse_twins);
    } catch (const Json::exception& error) {  // a number can be too large as well
      fail("the header is not valid JSON", "", error.what());
    }
  }

  Metadata metadata(const Json& json) const {
    if (!json.is_object()) fail("__metadata__ is not an object of strings");
    Metadata result;
    for (const auto& [key, value] : json.items()) {
      if (!value.is_string()) fail(fmt::format("metadata '{}' is not a string", key));
      result[key] = value.get<std::string>();
    }
    return result;
  }

  NamedArray array(const std::string& name, const Json& json) {
    const std::string where = fmt::format("array '{}'", name);
    if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
        !json.contains("data_offsets"))
      fail(where + " is not described", "dtype, shape and data_offsets, and nothing else", json.dump());
    NamedArray result;
    result.name = name;

    const Json& dtype = json["dtype"];
    const auto known = std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](Dtype d) {
      return dtype.is_string() && dtype.get_ref<const std::string&>() == name_of(d);
    });
    if (known == std::end(kDtypes))
      fail(where + " has an unknown type", "F64 F32 F16 BF16 I64 I32 U8 BOOL", dtype.dump());
    result.dtype = *known;

    const Json& shape = json["shape"];
    if (!shape.is_array()) fail(where + " has a shape that is no list", "", shape.dump());
    for (const Json& size : shape) {
      if (!size.is_number_unsigned() || size.get<std::uint64_t>() > std::uint64_t{INT64_MAX})
        fail(where + " has a size that cannot be", "whole numbers from 0", shape.dump());
      result.shape.push_back(size.get<std::int64_t>());
    }

    const Json& offsets = json["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
      fail(where + " has no two data_offsets", "", offsets.dump());
    const auto begin = offsets[0].get<std::uint64_t>();
    const auto end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > data_.size())
      fail(where + " lies outside of the file", fmt::format("offsets from 0 to {}", data_.size()),
           offsets.dump(), "the file may be cut off");
    const std::int64_t count = count_of(result.shape, size_of(result.dtype));
    if (count < 0 || static_cast<std::uint64_t>(count) * size_of(result.dtype) != end - begin)
      fail(where + " does not fill its bytes", fmt::format("{} of {}", shape.dump(), name_of(result.dtype)),
           base::counted(static_cast<std::int64_t>(end - begin), "byte"));
    result.bytes = data_.subspan(begin, end - begin);
    return result;
  }

  void check_cover(std::vector<NamedArray>& arrays) const {
    const auto begin = [&](const NamedArray& a) { return a.bytes.data() - data_.data(); };
    std::stable_sort(arrays.begin(), arrays.end(), [&](const NamedArray& a, const NamedArray& b) {
      return std::pair(begin(a), a.bytes.size()) < std::pair(begin(b), b.bytes.size());
    });
    std::size_t end = 0;
    for (const NamedArray& array : arrays) {
      const auto at = static_cast<std::size_t>(begin(array));
      if (at != end)
        fail(fmt::format("array '{}' {}", array.name,
                         at < end ? "overlaps another" : "leaves a hole before it"),
             fmt::format("offset {}", end), fmt::format("offset {}", at));
      end += array.bytes.size();
    }
    if (end != data_.size())
      fail("there are bytes behind the last array", base::counted(static_cast<std::int64_t>(end), "byte"),
           base::counted(std::ssize(data_), "byte"));
  }

  Bytes bytes_;
  Bytes data_;
  const std::string& name_;
  Role role_;
};

std::string header_of(const std::vector<NamedArray>& arrays, const Metadata& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  std::size_t end = 0;
  for (const NamedArray& array : arrays) {
    if (array.name == kMetadata || header.contains(array.name))
      throw Error(Code::usage_bad_value, {.where = "write_safetensors",
                                          .what = fmt::format("the name '{}' is used twice", array.name),
                                          .expected = "a name of its own for each array"});
    const std::int64_t count = count_of(array.shape, size_of(array.dtype));
    if (count < 0 || static_cast<std::size_t>(count) * size_of(array.dtype) != array.bytes.size())
      throw Error(Code::usage_bad_value,
                  {.where = "write_safetensors",
                   .what = fmt::format("array '{}' does not fill its shape", array.name),
                   .expected = text_of(array.shape),
                   .got = base::counted(std::ssize(array.bytes), "byte")});
    header[array.name] = object_of({{"dtype", name_of(array.dtype)},
                                    {"shape", array.shape},
                                    {"data_offsets", {end, end + array.bytes.size()}}});
    end += array.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + text;
}

}  // namespace

const NamedArray* SafetensorsFile::find(std::string_view name) const {
  for (const NamedArray& array : arrays)
    if (array.name == name) return &array;
  return nullptr;
}

SafetensorsFile parse_safetensors(Bytes bytes, const std::string& name, Role role) {
  return Parser(bytes, name, role).parse();
}

SafetensorsFile read_safetensors(const std::string& path, Role role) {
  auto owner = MappedFile::open(path, role);
  SafetensorsFile file = parse_safetensors(owner->bytes(), path, role);
  file.owner = std::move(owner);
  return file;
}

void write_safetensors(const std::string& path, const std::vector<NamedArray>& arrays,
                       const Metadata& metadata) {
  const std::string header = header_of(arrays, metadata);
  AtomicWriter writer(path);
  writer.write(header);
  for (const NamedArray& array : arrays) writer.write(array.bytes);
  writer.commit();
}

std::string safetensors_bytes(const std::vector<NamedArray>& arrays, const Metadata& metadata) {
  std::string bytes = header_of(arrays, metadata);
  for (const NamedArray& array : arrays)
    bytes.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  return bytes;
}

}  // namespace carousel::files
