// Writes event files, and cuts those that are gone on with.
#include "events/event_file.h"

#include <event.pb.h>
#include <fcntl.h>
#include <google/protobuf/arena.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/system_call.h"
#include "carousel/error.h"
#include "events/record.h"

namespace carousel::events {
namespace {

constexpr const char* kVersion = "brain.Event:2";

/// `size` bytes from `offset` on, fewer at the end of the file; nothing where it cannot be read.
std::optional<std::string> read_at(int file, std::int64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = base::uninterrupted([&] {
      return ::pread(file, bytes.data() + got, size - got, offset + static_cast<std::int64_t>(got));
    });
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

/// On an arena, because a message whose allocation failed halfway cannot be destroyed; an arena destroys
/// none.
wire::Event& new_event(google::protobuf::Arena& arena) {
  return *google::protobuf::Arena::CreateMessage<wire::Event>(&arena);
}

/// Where the last record ends that stays of a file of `size` bytes; nothing where it cannot be read.
std::optional<std::int64_t> end_of_kept(int file, std::int64_t size, const Kept& kept) {
  std::int64_t end = 0;
  const std::int64_t last = std::min(size, kept.bytes.value_or(size));
  for (;;) {
    const auto room = last - end - static_cast<std::int64_t>(kHead + kTail);
    if (room < 0) return end;
    const auto head = read_at(file, end, kHead);
    if (!head) return std::nullopt;
    const auto length = length_in(*head);
    if (!length || *length > static_cast<std::uint64_t>(room)) return end;
    const auto rest =
        read_at(file, end + static_cast<std::int64_t>(kHead), static_cast<std::size_t>(*length) + kTail);
    if (!rest) return std::nullopt;
    const std::string_view message(rest->data(), rest->size() < kTail ? 0 : rest->size() - kTail);
    google::protobuf::Arena arena;
    wire::Event& event = new_event(arena);
    if (message.size() != *length || !fits(message, std::string_view(*rest).substr(message.size())) ||
        !event.ParseFromArray(message.data(), static_cast<int>(message.size())))
      return end;
    if (end == 0 ? event.file_version() != kVersion : event.step() > kept.last_step) return end;
    end += static_cast<std::int64_t>(kHead + rest->size());
  }
}

wire::Event& event_of(std::int64_t step, google::protobuf::Arena& arena) {
  wire::Event& event = new_event(arena);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  event.set_wall_time(std::chrono::duration<double>(now).count());
  event.set_step(step);
  return event;
}

}  // namespace

EventFile::EventFile(std::string path, const Kept& kept) : path_(std::move(path)) {
  file_ = base::uninterrupted([&] { return ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); });
  if (file_ < 0) fail("opened");
  try {
    struct stat status {};
    if (::fstat(file_, &status) != 0) fail("read");
    const auto end = end_of_kept(file_, status.st_size, kept);
    if (!end) fail("read");
    bytes_ = *end;
    if (base::uninterrupted([&] { return ::ftruncate(file_, bytes_); }) != 0) fail("cut");
    if (bytes_ == 0) {
      google::protobuf::Arena arena;
      wire::Event& first = event_of(0, arena);
      first.set_file_version(kVersion);
      append(first.SerializeAsString());
    }
  } catch (...) {
    ::close(file_);
    throw;
  }
}

EventFile::~EventFile() {
  ::close(file_);
}

void EventFile::add(std::int64_t step, std::span<const Scalar> scalars,
                    std::span<const Histogram> histograms) {
  google::protobuf::Arena arena;
  wire::Event& event = event_of(step, arena);
  for (const Scalar& scalar : scalars) {
    wire::Summary::Value& value = *event.mutable_summary()->add_value();
    value.set_tag(scalar.tag);
    value.set_simple_value(static_cast<float>(scalar.value));
  }
  for (const Histogram& histogram : histograms) {
    wire::Summary::Value& value = *event.mutable_summary()->add_value();
    value.set_tag(histogram.tag);
    wire::HistogramProto& histo = *value.mutable_histo();
    histo.set_min(histogram.low);
    histo.set_max(histogram.high);
    histo.set_num(histogram.count);
    histo.set_sum(histogram.sum);
    histo.set_sum_squares(histogram.squares);
    histo.mutable_bucket_limit()->Add(histogram.limits.begin(), histogram.limits.end());
    histo.mutable_bucket()->Add(histogram.counts.begin(), histogram.counts.end());
  }
  append(event.SerializeAsString());
}

void EventFile::sync() {
  if (base::uninterrupted([&] { return ::fdatasync(file_); }) != 0) fail("written");
}

void EventFile::append(const std::string& message) {
  const std::string record = framed(message);
  std::size_t done = 0;
  while (done < record.size()) {
    const ssize_t n = base::uninterrupted([&] {
      return ::pwrite(file_, record.data() + done, record.size() - done,
                      bytes_ + static_cast<std::int64_t>(done));
    });
    if (n <= 0) {
      const int error = errno;
      // No reader looks behind a record that was broken off. Where even the cut fails, the next start cuts.
      static_cast<void>(base::uninterrupted([&] { return ::ftruncate(file_, bytes_); }));
      errno = error;
      fail("written");
    }
    done += static_cast<std::size_t>(n);
  }
  bytes_ += static_cast<std::int64_t>(record.size());
}

void EventFile::fail(const char* doing) const {
  throw Error(Code::resource_io, {.what = std::string("it cannot be ") + doing,
                                  .got = std::strerror(errno),
                                  .hint = "check its rights and the free space",
                                  .file = path_});
}

}  // namespace carousel::events
