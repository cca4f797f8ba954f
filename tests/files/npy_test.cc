// npy and gzip: round trips, files made by hand, and everything that is refused.
#include "files/npy.h"

#include <zlib.h>

#include <cstring>

#include "files/gzip.h"
#include "files/testing.h"

namespace carousel::files {
namespace {

std::string npy(const std::string& header, const std::string& data, int major = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(major);
  bytes += '\0';
  const std::size_t n = header.size();
  bytes += static_cast<char>(n & 255);
  bytes += static_cast<char>(n >> 8);
  if (major > 1) bytes += std::string(2, '\0');
  return bytes + header + data;
}

const std::string kFloat12(12, '\0');

TEST(Npy, ReadsAllVersionsAndTypes) {
  for (const int major : {1, 2, 3}) {
    const std::string bytes =
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }   \n", "abcdef", major);
    const NamedArray array = parse_npy(bytes_of(bytes), "x.npy");
    EXPECT_EQ(array.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(to_integers(array), (std::vector<std::int64_t>{97, 98, 99, 100, 101, 102}));
  }
  // keys in any order, double quotes, no comma at the end, a scalar, a column-first array of one dimension
  const std::string scalar =
      npy("{\"shape\":(),'fortran_order':True,'descr':'<i4'}\n", std::string("\x07\0\0\0", 4));
  EXPECT_EQ(to_integers(parse_npy(bytes_of(scalar), "s")), (std::vector<std::int64_t>{7}));
}

TEST(Npy, WritesWhatItReads) {
  const std::vector<float> numbers = {0.1f, -3e30f, 7};
  const Folder folder;
  write_npy(folder.file("a.npy"), array_of("", {3}, numbers));
  const std::string bytes = read(folder.file("a.npy"));
  EXPECT_EQ((bytes.size() - 12) % 64, 0u);  // the format asks for aligned data
  EXPECT_NE(bytes.find("'shape': (3,), }"), std::string::npos);
  EXPECT_EQ(to_floats(parse_npy(bytes_of(bytes), "a.npy")), numbers);
}

TEST(Npy, EveryTruncationIsRefused) {
  const std::vector<float> numbers = {1, 2, 3, 4};
  const std::string bytes = npy_bytes(array_of("", {2, 2}, numbers));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    EXPECT_EQ(error_of([&] { parse_npy(bytes_of(cut), "cut"); }).code(), Code::data_bad_format) << size;
  }
}

struct BadCase {
  const char* name;
  std::string bytes;
  const char* says;
};
void PrintTo(const BadCase& c, std::ostream* out) {
  *out << c.name;
}

class NpyBad : public testing::TestWithParam<BadCase> {};

TEST_P(NpyBad, IsRefused) {
  const Error error = error_of([&] { parse_npy(bytes_of(GetParam().bytes), "x.npy"); });
  EXPECT_EQ(error.code(), Code::data_bad_format);
  EXPECT_NE(std::string(error.what()).find(GetParam().says), std::string::npos) << error.what();
  EXPECT_EQ(error_of([&] { parse_npy(bytes_of(GetParam().bytes), "x.npy", Role::model); }).role(),
            Role::model);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, NpyBad,
    testing::Values(
        BadCase{"not_npy", "PK\3\4 something else", "not an npy"},
        BadCase{"version_4", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}\n", kFloat12, 4),
                "version"},
        BadCase{"big_endian", npy("{'descr': '>f4', 'fortran_order': False, 'shape': (3,)}\n", kFloat12),
                "type"},
        BadCase{"objects", npy("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}\n", kFloat12), "type"},
        BadCase{"fortran", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 1)}\n", kFloat12),
                "ascontiguousarray"},
        BadCase{"too_few", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}\n", kFloat12),
                "do not fill"},
        BadCase{"too_many", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\n", kFloat12),
                "do not fill"},
        BadCase{
            "overflow",
            npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9,)}\n", kFloat12),
            "do not fill"},
        BadCase{"negative", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}\n", kFloat12),
                "shape"},
        BadCase{"key_twice",
                npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}\n", kFloat12),
                "repeated"},
        BadCase{"key_missing", npy("{'descr': '<f4', 'shape': (3,)}\n", kFloat12), "lacks"},
        BadCase{"key_unknown",
                npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}\n", kFloat12),
                "unknown"},
        BadCase{"no_brace", npy("'descr': '<f4'\n", kFloat12), "lacks"},
        BadCase{"behind_brace", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} x\n", kFloat12),
                "goes on"},
        BadCase{"order_word", npy("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3,)}\n", kFloat12),
                "neither"},
        BadCase{"no_tuple", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3)}\n", kFloat12),
                "lacks"},
        BadCase{"open_quote", npy("{'descr: <f4 , \n", kFloat12), "open quote"}),
    [](const auto& test) { return test.param.name; });

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Gzip, InflatesAllMembers) {
  const std::string big(100000, 'z');
  const std::string bytes = gzip("hello ") + gzip(big) + gzip("");
  EXPECT_EQ(gunzip(bytes_of(bytes), "x.gz", Role::data), "hello " + big);
}

TEST(Gzip, DamageIsRefused) {
  const std::string bytes = gzip("some text that is long enough to be damaged, some text");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    EXPECT_EQ(error_of([&] { gunzip(bytes_of(cut), "x.gz", Role::data); }).code(), Code::data_bad_format)
        << size;
  }
  for (std::size_t at = 10; at < bytes.size();
       ++at) {  // behind the 10 bytes of header: the checksum sees each change
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);  // the lowest bit is never padding
    EXPECT_EQ(error_of([&] { gunzip(bytes_of(changed), "x.gz", Role::model); }).code(),
              Code::model_bad_format)
        << at;
  }
  const std::string more = bytes + "junk";
  EXPECT_EQ(error_of([&] { gunzip(bytes_of(more), "x.gz", Role::data); }).code(), Code::data_bad_format);
}

TEST(Gzip, BombIsRefused) {
  const std::string bytes = gzip(std::string(1 << 20, '\0'));
  EXPECT_EQ(gunzip(bytes_of(bytes), "x.gz", Role::data, 1 << 20).size(), std::size_t{1} << 20);
  EXPECT_EQ(error_of([&] { gunzip(bytes_of(bytes), "x.gz", Role::data, (1 << 20) - 1); }).code(),
            Code::data_bad_format);
}

}  // namespace
}  // namespace carousel::files
