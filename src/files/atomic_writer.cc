// Temporary file, write, fsync, rename, fsync of the folder.
#include "files/atomic_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "carousel/error.h"

namespace carousel::files {
namespace {

std::atomic<unsigned> counter{0};

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

AtomicWriter::AtomicWriter(std::string path) : path_(std::move(path)) {
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) fail("writing", EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {  // a device or a pipe cannot be replaced, only written to
    file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) fail("opening", errno);
    return;
  }
  // A link stays a link: what it points to is replaced.
  std::error_code ignored;
  if (exists) {
    const std::filesystem::path real = std::filesystem::canonical(path_, ignored);
    if (!ignored) path_ = real.string();
  }
  const std::filesystem::path target(path_);
  for (int attempt = 0; file_ < 0; ++attempt) {
    temporary_ =
        fmt::format("{}/.{}.{}.{}.tmp", folder_of(path_), target.filename().string(), ::getpid(), ++counter);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0 && (errno != EEXIST || attempt > 100)) {
      const int error = errno;
      temporary_.clear();
      fail("creating", error);
    }
  }
  if (exists) ::fchmod(file_, status.st_mode & 07777);
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
  throw Error(Code::resource_io,
              {.what = fmt::format("{} failed: {}", doing, std::strerror(error)),
               .hint = "nothing was changed; check the path, its rights and the free space",
               .file = path_});
}

void AtomicWriter::write(std::span<const std::byte> bytes) {
  if (file_ < 0) fail("writing", EBADF);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("writing", written < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicWriter::commit() {
  if (file_ < 0) fail("writing", EBADF);
  if (temporary_.empty()) {
    const int closed = ::close(file_);
    file_ = -1;
    if (closed != 0) fail("closing", errno);
    return;
  }
  while (::fsync(file_) != 0)
    if (errno != EINTR) fail("syncing", errno);
  const int closed = ::close(file_);
  file_ = -1;
  if (closed != 0) fail("closing", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("renaming", errno);
  temporary_.clear();
  // Some file systems cannot sync a folder; the file itself is already safe and in place, so that is no
  // failure.
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

void write_file(const std::string& path, std::string_view text) {
  AtomicWriter writer(path);
  writer.write(text);
  writer.commit();
}

}  // namespace carousel::files
