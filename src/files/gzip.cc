// Inflates with zlib.
#include "files/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace carousel::files {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kChunk = std::size_t{1} << 30;  // zlib counts in 32 bits

}  // namespace

bool is_gzip(Bytes bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::string gunzip(Bytes bytes, const std::string& name, Role role, std::size_t limit) {
  if (!is_gzip(bytes)) throw_bad_format(role, name, "this is not gzip data", "a file that opens with 1f 8b");
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK)
    throw Error(Code::resource_memory, {.what = "zlib could not start",
                                        .hint = "free some memory, or unpack the file with gunzip",
                                        .file = name});
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);

  std::string out;
  std::size_t used = 0, read = 0;
  for (;;) {
    if (out.size() == used) out.resize(std::max<std::size_t>({used * 2, bytes.size() * 4, 4096}));
    const std::size_t in = std::min(bytes.size() - read, kChunk);
    const std::size_t room = std::min(out.size() - used, kChunk);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data() + read));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    read += in - stream.avail_in;
    used += room - stream.avail_out;
    if (used > limit)
      throw_bad_format(role, name, "the gzip data inflates to too much",
                       "at most " + base::counted(static_cast<std::int64_t>(limit), "byte"));
    if (result == Z_STREAM_END) {
      if (read == bytes.size()) break;
      if (!is_gzip(bytes.subspan(read)))
        throw_bad_format(role, name, "there are bytes behind the gzip data", "",
                         base::counted(static_cast<std::int64_t>(bytes.size() - read), "byte"));
      inflateReset(&stream);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      throw_bad_format(role, name, "the gzip data is damaged", "", stream.msg ? stream.msg : "");
    } else if (read == bytes.size() && stream.avail_out > 0) {
      throw_bad_format(role, name, "the gzip data is cut off");
    }
  }
  out.resize(used);
  return out;
}

}  // namespace carousel::files
