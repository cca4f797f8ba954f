// Safetensors: what is written is read back, and everything else is refused.
#include "files/safetensors.h"

#include <cmath>
#include <cstring>

#include "files/testing.h"

namespace carousel::files {
namespace {

// A file by hand, from the format's definition: length, header, data.
std::string file_of(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

const std::string kTwo =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[1,3],"data_offsets":[8,11]}})";

TEST(Safetensors, ReadsAFileMadeByHand) {
  const float numbers[] = {1.5f, -2.0f};
  std::string data(8, '\0');
  std::memcpy(data.data(), numbers, 8);
  const std::string bytes =
      file_of(R"({"__metadata__":{"k":"v"},"b":{"dtype":"U8","shape":[1,3],"data_offsets":[8,11]},)"
              R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  )",
              data + "\x01\x02\xff");
  const SafetensorsFile file = parse_safetensors(bytes_of(bytes), "hand");
  ASSERT_EQ(file.arrays.size(), 2u);
  EXPECT_EQ(file.arrays[0].name, "a");  // in the order of their bytes
  EXPECT_EQ(to_floats(*file.find("a")), (std::vector<float>{1.5f, -2.0f}));
  EXPECT_EQ(to_integers(*file.find("b")), (std::vector<std::int64_t>{1, 2, 255}));
  EXPECT_EQ(file.find("b")->shape, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(file.metadata, (Metadata{{"k", "v"}}));
  EXPECT_EQ(file.find("c"), nullptr);
}

TEST(Safetensors, WrittenBytesAreTheSameEachTimeAndAligned) {
  const std::vector<float> a = {1, 2, 3, 4, 5, 6};
  const std::vector<double> d = {0.1};
  const std::vector<std::int64_t> i = {-5, std::int64_t{1} << 60};
  const std::vector<NamedArray> arrays = {array_of("w", {2, 3}, a), array_of("d", {}, d),
                                          array_of("i", {2}, i),
                                          array_of("none", {0, 4}, std::span<const float>{})};
  const Folder folder;
  write_safetensors(folder.file("m"), arrays, {{"spec", "{\"x\":1}"}});
  const std::string bytes = read(folder.file("m"));
  EXPECT_EQ(bytes, safetensors_bytes(arrays, {{"spec", "{\"x\":1}"}}));
  std::uint64_t length;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  const SafetensorsFile file = read_safetensors(folder.file("m"));
  EXPECT_EQ(to_floats(*file.find("w")), a);
  EXPECT_EQ(file.find("d")->at(0), 0.1);
  EXPECT_EQ(to_integers(*file.find("i")), i);
  EXPECT_EQ(file.find("none")->count(), 0);
  EXPECT_EQ(file.metadata.at("spec"), "{\"x\":1}");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::vector<float> a = {1, 2, 3};
  const std::string bytes = safetensors_bytes({array_of("layers.0.W", {3, 1}, a)}, {{"k", "v"}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    EXPECT_EQ(error_of([&] { parse_safetensors(bytes_of(cut), "cut"); }).code(), Code::model_bad_format)
        << size;
  }
  EXPECT_NO_THROW(parse_safetensors(bytes_of(bytes), "whole"));
}

// No byte that is changed may crash the reader (the sanitizer builds watch), whatever it makes of the file.
TEST(Safetensors, EveryChangedByteIsReadOrRefused) {
  const std::vector<float> a = {1, 2, 3};
  const std::string bytes = safetensors_bytes({array_of("w", {3}, a)}, {{"k", "v"}});
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int flip : {1, 32, 128}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      try {
        parse_safetensors(bytes_of(changed), "changed");
      } catch (const Error&) {
        ++refused;
      }
    }
  EXPECT_GT(refused, 100);
}

struct BadCase {
  const char* name;
  std::string bytes;
  const char* says;
};
void PrintTo(const BadCase& c, std::ostream* out) {
  *out << c.name;
}

class SafetensorsBad : public testing::TestWithParam<BadCase> {};

TEST_P(SafetensorsBad, IsRefused) {
  const std::string& bytes = GetParam().bytes;
  const Error as_model = error_of([&] { parse_safetensors(bytes_of(bytes), "m.safetensors"); });
  EXPECT_EQ(as_model.code(), Code::model_bad_format);
  EXPECT_EQ(as_model.role(), Role::model);
  EXPECT_NE(std::string(as_model.what()).find(GetParam().says), std::string::npos) << as_model.what();
  const Error as_data = error_of([&] { parse_safetensors(bytes_of(bytes), "d.safetensors", Role::data); });
  EXPECT_EQ(as_data.code(), Code::data_bad_format);
  EXPECT_EQ(as_data.role(), Role::data);
}

std::string one(const std::string& value, const std::string& data = "12345678") {
  return file_of("{\"a\":" + value + "}", data);
}

// Showing what stands there instead of a shape must not go as deep as the file does.
std::string nested(std::size_t deep) {
  return std::string(deep, '[') + std::string(deep, ']');
}

const std::string kData11(11, 'x');

INSTANTIATE_TEST_SUITE_P(
    Cases, SafetensorsBad,
    testing::Values(
        BadCase{"empty", "", "too short"},  //
        BadCase{"length_beyond_file", std::string("\xff\0\0\0\0\0\0\0{}", 10), "cut off in its header"},
        BadCase{"length_huge", std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10),
                "not a safetensors file"},
        BadCase{"no_brace", file_of(" {}", ""), "does not start"},  //
        BadCase{"no_json", file_of("{\"a\":", ""), "not valid JSON"},
        BadCase{"json_then_more", file_of("{}x", ""), "not valid JSON"},
        BadCase{"bad_utf8", file_of("{\"\xff\":1}", ""), "not valid JSON"},
        BadCase{
            "twin_array",
            file_of(
                R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
                "1234"),
            "'a' twice"},
        BadCase{"twin_key", one(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})"),
                "'dtype' twice"},
        BadCase{"nested", one(R"({"dtype":)" + nested(1'000'000) + R"(,"shape":[2],"data_offsets":[0,8]})"),
                "nested too deeply"},
        BadCase{"number_overflows", one(R"({"dtype":"F32","shape":[1e999],"data_offsets":[0,8]})"),
                "not valid JSON"},
        BadCase{"twin_metadata", file_of(R"({"__metadata__":{"k":"1","k":"2"}})", ""), "'k' twice"},
        BadCase{"metadata_number", file_of(R"({"__metadata__":{"k":1}})", ""), "not a string"},
        BadCase{"metadata_list", file_of(R"({"__metadata__":[]})", ""), "not an object"},
        BadCase{"type_unknown", one(R"({"dtype":"F31","shape":[2],"data_offsets":[0,8]})"), "unknown type"},
        BadCase{"type_number", one(R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})"), "unknown type"},
        BadCase{"key_missing", one(R"({"dtype":"F32","shape":[2]})"), "not described"},
        BadCase{"key_more", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1})"),
                "not described"},
        BadCase{"size_negative", one(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"),
                "size that cannot"},
        BadCase{"size_fraction", one(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})"),
                "size that cannot"},
        BadCase{"size_overflow",
                one(R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]})"),
                "does not fill"},
        BadCase{"size_wrong", one(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"), "does not fill"},
        BadCase{"shape_number", one(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})"), "no list"},
        BadCase{"offsets_three", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4,8]})"),
                "data_offsets"},
        BadCase{"offsets_backward", one(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"), "outside"},
        BadCase{"offsets_outside", one(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16]})"), "outside"},
        BadCase{"bytes_behind", file_of(kTwo, kData11 + "y"), "behind the last"},
        BadCase{
            "hole",
            file_of(
                R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})",
                "1234"),
            "hole"},
        BadCase{
            "overlap",
            file_of(
                R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
                "1234"),
            "overlaps"}),
    [](const auto& test) { return test.param.name; });

TEST(Safetensors, WriterRefusesTwinsAndWrongSizes) {
  const std::vector<float> a = {1, 2};
  EXPECT_EQ(error_of([&] {
              safetensors_bytes({array_of("a", {2}, a), array_of("a", {2}, a)});
            }).code(),
            Code::usage_bad_value);
  EXPECT_EQ(error_of([&] { safetensors_bytes({array_of("a", {3}, a)}); }).code(), Code::usage_bad_value);
}

TEST(Safetensors, MissingFileIsNamedByRole) {
  EXPECT_EQ(error_of([] { read_safetensors("/nonexistent/m", Role::model); }).code(),
            Code::model_missing_file);
  EXPECT_EQ(error_of([] { read_safetensors("/nonexistent/m", Role::data); }).code(), Code::data_missing_file);
  EXPECT_EQ(error_of([] { read_safetensors("/tmp", Role::data); }).code(), Code::data_missing_file);
}

TEST(Array, HalfNumbersByTheirDefinition) {
  // 1.0, -2.0, largest 65504, smallest subnormal 2^-24, infinity
  const std::uint16_t halves[] = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00};
  NamedArray array{"h", Dtype::f16, {5}, std::as_bytes(std::span(halves))};
  EXPECT_EQ(to_floats(array), (std::vector<float>{1.0f, -2.0f, 65504.0f, 0x1p-24f, INFINITY}));
  const std::uint16_t brains[] = {0x3f80, 0xc040};
  EXPECT_EQ(to_floats({"b", Dtype::bf16, {2}, std::as_bytes(std::span(brains))}),
            (std::vector<float>{1.0f, -3.0f}));
}

}  // namespace
}  // namespace carousel::files
