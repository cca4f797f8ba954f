// Reads IDX, and finds out what kind of array a file holds.
#include "data/idx.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/nearest.h"
#include "base/text.h"
#include "files/gzip.h"
#include "files/npy.h"
#include "files/safetensors.h"

namespace carousel::data {
namespace {

using files::Bytes;

constexpr std::byte kUnsignedByte{0x08};

std::int64_t big_endian(Bytes bytes, std::size_t at) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::int64_t>(bytes[at + i]);
  return value;
}

bool is_npy(Bytes bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x93} && bytes[1] == std::byte{'N'};
}

}  // namespace

bool is_safetensors(const std::string& path) {
  return path.ends_with(".safetensors");
}

bool is_idx(Bytes bytes) {
  return bytes.size() >= 4 && bytes[0] == std::byte{0} && bytes[1] == std::byte{0};
}

files::NamedArray parse_idx(Bytes bytes, const std::string& name) {
  const auto fail = [&](std::string what, std::string expected, std::string got) {
    files::throw_bad_format(Role::data, name, std::move(what), std::move(expected), std::move(got));
  };
  if (!is_idx(bytes)) fail("this is not an IDX file", "a file that opens with two zero bytes", "");
  if (bytes[2] != kUnsignedByte)
    fail("the IDX file holds numbers of another type", "unsigned bytes (0x08)",
         fmt::format("0x{:02x}", std::to_integer<int>(bytes[2])));
  const auto dimensions = std::to_integer<std::size_t>(bytes[3]);
  if (dimensions < 1 || dimensions > 3)
    fail("the IDX file has a number of dimensions that cannot be", "1, 2 or 3",
         fmt::format("{}", dimensions));
  const std::size_t header = 4 + 4 * dimensions;
  if (bytes.size() < header)
    fail("the IDX file is cut off in its header", base::counted(static_cast<std::int64_t>(header), "byte"),
         base::counted(std::ssize(bytes), "byte"));
  files::NamedArray array{"", files::Dtype::u8, {}, bytes.subspan(header)};
  for (std::size_t i = 0; i < dimensions; ++i) array.shape.push_back(big_endian(bytes, 4 + 4 * i));
  const std::int64_t count = files::count_of(array.shape, 1);
  if (count < 0 || static_cast<std::uint64_t>(count) != array.bytes.size())
    fail("the IDX file does not fill its shape", files::text_of(array.shape),
         base::counted(std::ssize(array.bytes), "byte"));
  return array;
}

namespace {

std::vector<std::string> names_in(const files::SafetensorsFile& file) {
  std::vector<std::string> names;
  for (const files::NamedArray& array : file.arrays) names.push_back(array.name);
  return names;
}

}  // namespace

OwnedArray read_array(const std::string& path, const std::string& name) {
  if (is_safetensors(path)) {
    auto file = std::make_shared<files::SafetensorsFile>(files::read_safetensors(path, Role::data));
    const files::NamedArray* array = file->find(name);
    if (!array && file->arrays.size() == 1) array = &file->arrays.front();
    if (!array)
      throw Error(Code::data_unknown_column, {.what = fmt::format("there is no array '{}'", name),
                                              .hint = base::suggest(name, names_in(*file)),
                                              .file = path});
    return {*array, file, path};
  }
  const auto file = files::MappedFile::open(path, Role::data);
  std::shared_ptr<const void> owner = file;
  Bytes bytes = file->bytes();
  if (files::is_gzip(bytes)) {
    auto memory = std::make_shared<const std::string>(files::gunzip(bytes, path, Role::data));
    bytes = std::as_bytes(std::span(memory->data(), memory->size()));
    owner = memory;
  }
  if (is_idx(bytes)) return {parse_idx(bytes, path), owner, path};
  if (is_npy(bytes) || path.ends_with(".npy")) return {files::parse_npy(bytes, path), owner, path};
  files::throw_bad_format(Role::data, path, "this is no file of arrays", "IDX, .npy or .safetensors");
}

OwnedArray read_beside(const std::string& path, const std::string& word, const std::string& name) {
  if (!is_safetensors(path)) return read_array(word, name);
  auto file = std::make_shared<files::SafetensorsFile>(files::read_safetensors(path, Role::data));
  if (const files::NamedArray* array = file->find(word)) return {*array, file, path};
  std::error_code ignored;
  if (std::filesystem::exists(word, ignored)) return read_array(word, name);
  throw Error(Code::data_unknown_column,
              {.what = fmt::format("there is no array '{}' in it, and no file of that name", word),
               .hint = base::suggest(word, names_in(*file)),
               .file = path});
}

bool holds_arrays(const std::string& path) {
  if (path == "-") return false;
  if (is_safetensors(path) || path.ends_with(".npy")) return true;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;  // looking into a pipe would empty it
  const auto file = files::MappedFile::open(path, Role::data);
  const Bytes bytes = file->bytes();
  if (!files::is_gzip(bytes)) return is_npy(bytes) || is_idx(bytes);
  return !path.ends_with(".csv.gz") && !path.ends_with(".tsv.gz") && !path.ends_with(".txt.gz");
}

}  // namespace carousel::data
