// Opens, maps and reads files.
#include "files/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/nearest.h"
#include "base/system_call.h"

namespace carousel::files {
namespace {

struct Descriptor {
  int number;
  bool owned;
  ~Descriptor() {
    if (owned && number >= 0) ::close(number);
  }
};

[[noreturn]] void throw_missing(Role role, const std::string& path, const std::string& why,
                                const std::string& hint = "") {
  throw Error(role == Role::model ? Code::model_missing_file : Code::data_missing_file, role,
              {.what = "cannot be opened: " + why, .hint = hint, .file = path});
}

std::string read_all(int file, const std::string& path) {
  std::string text;
  std::size_t used = 0;
  for (;;) {
    if (text.size() - used < (std::size_t{1} << 16))
      text.resize(std::max<std::size_t>(2 * text.size(), 1 << 18));
    const ssize_t got =
        base::uninterrupted([&] { return ::read(file, text.data() + used, text.size() - used); });
    if (got < 0)
      throw Error(Code::resource_io, {.what = fmt::format("reading failed: {}", std::strerror(errno)),
                                      .hint = "copy the file to another disk and read that",
                                      .file = path});
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

}  // namespace

std::string hint_for_absent(const std::string& path) {
  namespace fs = std::filesystem;
  fs::path wanted = fs::path(path).lexically_normal();
  if (!wanted.has_filename()) wanted = wanted.parent_path();
  const fs::path folder = wanted.has_parent_path() ? wanted.parent_path() : fs::path(".");
  std::error_code failed;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    names.push_back(entry->path().filename().string());
  if (!fs::is_directory(folder, failed))
    return fmt::format("there is no folder '{}' in '{}'", folder.string(), fs::current_path(failed).string());
  const std::string near = base::nearest(wanted.filename().string(), names);
  return near.empty() ? "" : fmt::format("did you mean '{}'?", (wanted.parent_path() / near).string());
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path, Role role) {
  std::shared_ptr<MappedFile> result(new MappedFile(path));
  const bool standard_input = path == "-";
  const auto open = [&] {
    return base::uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  };
  const Descriptor file{standard_input ? STDIN_FILENO : open(), !standard_input};
  if (file.number < 0) {
    const bool absent = errno == ENOENT;
    const std::string why = std::strerror(errno);
    std::string hint = absent ? hint_for_absent(path) : "";
    if (absent && hint.empty()) {
      std::error_code failed;
      hint = fmt::format("it was looked for in '{}'", std::filesystem::current_path(failed).string());
    }
    throw_missing(role, path, why, hint);
  }
  struct stat status {};
  if (::fstat(file.number, &status) != 0) throw_missing(role, path, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) throw_missing(role, path, "it is a folder", "name a file in it");

  if (S_ISREG(status.st_mode) && status.st_size > 0 && !standard_input) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (mapping != MAP_FAILED) {
      result->mapping_ = mapping;
      result->bytes_ = {static_cast<const std::byte*>(mapping), size};
      return result;
    }
  }
  result->memory_ = read_all(file.number, path);
  result->bytes_ = std::as_bytes(std::span(result->memory_.data(), result->memory_.size()));
  return result;
}

MappedFile::~MappedFile() {
  if (mapping_) ::munmap(mapping_, bytes_.size());
}

void throw_bad_format(Role role, const std::string& file, std::string what, std::string expected,
                      std::string got, std::string hint) {
  throw Error(role == Role::model ? Code::model_bad_format : Code::data_bad_format, role,
              {.what = std::move(what),
               .expected = std::move(expected),
               .got = std::move(got),
               .hint = std::move(hint),
               .file = file});
}

}  // namespace carousel::files
