// Temporary file, write, fsync, rename, fsync of the folder.
#include "files/atomic_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/system_call.h"
#include "carousel/error.h"

namespace carousel::files {
namespace {

using base::uninterrupted;

constexpr int kMostWriters = 100;  // of one file at the same time

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

/// Whether nobody else writes to the open file, and it still stands under that name: who held its lock before
/// may have renamed it. A file that we made is ours where the file system knows no locks, too.
bool is_ours(int file, bool made, const std::string& path) {
  if (::flock(file, LOCK_EX | LOCK_NB) != 0 && (!made || errno == EWOULDBLOCK)) return false;
  struct stat held {
  }, named{};
  return ::fstat(file, &held) == 0 && ::lstat(path.c_str(), &named) == 0 && S_ISREG(named.st_mode) &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino && held.st_nlink == 1;
}

}  // namespace

AtomicWriter::AtomicWriter(std::string path) : name_(std::move(path)), path_(name_) {
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) fail("writing", EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {  // a device or a pipe cannot be replaced, only written to
    file_ = uninterrupted([&] { return ::open(path_.c_str(), O_WRONLY | O_CLOEXEC); });
    if (file_ < 0) fail("opening", errno);
    return;
  }
  // A link stays a link: what it points to is replaced.
  std::error_code ignored;
  if (exists) {
    const std::filesystem::path real = std::filesystem::canonical(path_, ignored);
    if (!ignored) path_ = real.string();
  }
  create_temporary();
  if (exists) ::fchmod(file_, status.st_mode & 07777);
}

// What a writer left behind that was killed is taken over by the next one of that file: its lock tells that
// nobody writes to it any more.
void AtomicWriter::create_temporary() {
  const std::string name = std::filesystem::path(path_).filename().string();
  for (int number = 1; number <= kMostWriters; ++number) {
    // Named before it is made: nothing may throw between the two.
    temporary_ =
        fmt::format("{}/.{}{}.tmp", folder_of(path_), name, number > 1 ? fmt::format(".{}", number) : "");
    const auto open = [&](int flags) {
      return uninterrupted([&] { return ::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666); });
    };
    file_ = open(O_CREAT | O_EXCL);
    const bool made = file_ >= 0;
    const int why = errno;
    if (!made && why == EEXIST) file_ = open(O_NONBLOCK);
    if (file_ >= 0 && is_ours(file_, made, temporary_)) {
      if (uninterrupted([&] { return ::ftruncate(file_, 0); }) != 0) fail("creating", errno);
      return;
    }
    temporary_.clear();  // it is another's, and stays
    discard();
    if (!made && why != EEXIST) fail("creating", why);
  }
  fail("creating", EBUSY);
}

AtomicWriter::~AtomicWriter() {
  discard();
}

void AtomicWriter::discard() noexcept {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicWriter::fail(const std::string& doing, int error) {
  discard();
  throw Error(
      Code::resource_io,
      {.what = fmt::format("{} failed: {}", doing, std::strerror(error)),
       .hint = "what the file held before is untouched; check the path, its rights and the free space",
       .file = name_});
}

void AtomicWriter::write(std::span<const std::byte> bytes) {
  if (file_ < 0) fail("writing", EBADF);
  while (!bytes.empty()) {
    const ssize_t written = uninterrupted([&] { return ::write(file_, bytes.data(), bytes.size()); });
    if (written <= 0) fail("writing", written < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicWriter::commit() {
  if (file_ < 0) fail("writing", EBADF);
  const bool replaces = !temporary_.empty();
  if (replaces) {
    if (uninterrupted([&] { return ::fsync(file_); }) != 0) fail("syncing", errno);
    // Renamed before it is closed: with the file goes its lock, and another writer could take it over.
    if (uninterrupted([&] { return ::rename(temporary_.c_str(), path_.c_str()); }) != 0)
      fail("renaming", errno);
    temporary_.clear();
  }
  const int closed = ::close(std::exchange(file_, -1));
  if (!replaces) {
    if (closed != 0 && errno != EINTR) fail("closing", errno);
    return;
  }
  // The file is whole, on the disk and in place. Without this a power cut may bring the old one back, which
  // is whole too, so that a file system that cannot do it is no failure.
  const int folder =
      uninterrupted([&] { return ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (folder >= 0) {
    uninterrupted([&] { return ::fsync(folder); });
    ::close(folder);
  }
}

void make_folder(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed)
    throw Error(Code::resource_io, {.where = path,
                                    .what = "this folder cannot be made",
                                    .got = failed.message(),
                                    .hint = "check the path, its rights and the free space"});
}

void write_file(const std::string& path, std::string_view text) {
  AtomicWriter writer(path);
  writer.write(text);
  writer.commit();
}

}  // namespace carousel::files
