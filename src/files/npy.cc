// Reads and writes NumPy's one-array format; the header is a Python dictionary of exactly three entries.
#include "files/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "files/atomic_writer.h"

namespace carousel::files {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::pair<std::string_view, Dtype> kTypes[] = {
    {"<f8", Dtype::f64}, {"<f4", Dtype::f32}, {"<f2", Dtype::f16},    {"<i8", Dtype::i64},
    {"<i4", Dtype::i32}, {"|u1", Dtype::u8},  {"|b1", Dtype::boolean}};
constexpr std::size_t kMaxDimensions = 32;  // NumPy's own limit

class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& file, Role role)
      : text_(text), file_(file), role_(role) {}

  NamedArray parse() {
    std::optional<std::string> type;
    std::optional<bool> fortran;
    std::optional<std::vector<std::int64_t>> shape;
    take('{');
    while (!next_is('}')) {
      const std::string key = quoted();
      take(':');
      if (key == "descr" && !type)
        type = quoted();
      else if (key == "fortran_order" && !fortran)
        fortran = boolean();
      else if (key == "shape" && !shape)
        shape = tuple();
      else
        fail("has an unknown or repeated key '" + key + "'");
      if (!next_is('}')) take(',');
    }
    take('}');
    skip_spaces();
    if (at_ != text_.size()) fail("goes on behind its closing brace");
    if (!type || !fortran || !shape) fail("lacks descr, fortran_order or shape");

    NamedArray array;
    array.shape = *shape;
    for (const auto& [name, dtype] : kTypes)
      if (name == *type) {
        if (*fortran && shape->size() > 1)
          throw_bad_format(role_, file_, "the array is stored column by column (fortran_order)", "rows first",
                           "", "save numpy.ascontiguousarray(a)");
        array.dtype = dtype;
        return array;
      }
    throw_bad_format(role_, file_, "numbers of this type cannot be read", "<f4 <f8 <f2 <i4 <i8 |u1 |b1",
                     *type, "save a.astype('float32'), or int64 for classes");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw_bad_format(role_, file_, "the npy header " + what, "", std::string(text_.substr(0, 100)));
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool next_is(char c) {
    skip_spaces();
    return at_ < text_.size() && text_[at_] == c;
  }
  void take(char c) {
    if (!next_is(c)) fail(fmt::format("lacks a '{}' at byte {}", c, at_));
    ++at_;
  }
  std::string quoted() {
    const char mark = next_is('"') ? '"' : '\'';
    take(mark);
    const std::size_t end = text_.find(mark, at_);
    if (end == std::string_view::npos) fail("has an open quote");
    std::string result(text_.substr(at_, end - at_));
    at_ = end + 1;
    return result;
  }
  bool boolean() {
    skip_spaces();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    fail("has a fortran_order that is neither True nor False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> sizes;
    take('(');
    while (!next_is(')')) {
      std::int64_t size = -1;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0 || sizes.size() >= kMaxDimensions)
        fail("has a shape that cannot be");
      at_ = static_cast<std::size_t>(end - text_.data());
      sizes.push_back(size);
      if (!next_is(')') || sizes.size() == 1) take(',');  // a tuple of one needs its comma
    }
    take(')');
    return sizes;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  const std::string& file_;
  Role role_;
};

}  // namespace

NamedArray parse_npy(Bytes bytes, const std::string& name, Role role) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.substr(0, kMagic.size()) != kMagic || text.size() < 10)
    throw_bad_format(role, name, "this is not an npy file", "a file that opens with \\x93NUMPY");
  const int major = static_cast<unsigned char>(text[6]);
  const int minor = static_cast<unsigned char>(text[7]);
  if (major < 1 || major > 3 || minor != 0)
    throw_bad_format(role, name, "the npy version is unknown", "1.0, 2.0 or 3.0",
                     fmt::format("{}.{}", major, minor));
  std::uint32_t length = 0;
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t start = 8 + length_bytes;
  if (text.size() < start) throw_bad_format(role, name, "the npy file is cut off in its header");
  std::memcpy(&length, text.data() + 8, length_bytes);
  if (length > text.size() - start) throw_bad_format(role, name, "the npy file is cut off in its header");

  NamedArray array = HeaderParser(text.substr(start, length), name, role).parse();
  array.bytes = bytes.subspan(start + length);
  const std::int64_t count = count_of(array.shape, size_of(array.dtype));
  if (count < 0 || static_cast<std::uint64_t>(count) * size_of(array.dtype) != array.bytes.size())
    throw_bad_format(role, name, "the numbers do not fill the array's shape",
                     fmt::format("{} of {} each", text_of(array.shape),
                                 base::counted(static_cast<std::int64_t>(size_of(array.dtype)), "byte")),
                     base::counted(std::ssize(array.bytes), "byte"), "the file may be cut off");
  return array;
}

std::string npy_bytes(const NamedArray& array) {
  std::string_view type;
  for (const auto& [name, dtype] : kTypes)
    if (dtype == array.dtype) type = name;
  if (type.empty())
    throw Error(
        Code::usage_bad_value,
        {.where = "write_npy", .what = fmt::format("npy has no numbers of type {}", name_of(array.dtype))});
  std::string shape = fmt::format("{}", fmt::join(array.shape, ", "));
  if (array.shape.size() == 1) shape += ",";
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  constexpr std::size_t kAlign = 64;
  const std::size_t fixed = kMagic.size() + 4;
  header.resize((fixed + header.size() + 1 + kAlign - 1) / kAlign * kAlign - fixed - 1, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += '\1';
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 255);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  return bytes;
}

void write_npy(const std::string& path, const NamedArray& array) {
  write_file(path, npy_bytes(array));
}

}  // namespace carousel::files
