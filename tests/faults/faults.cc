// Preloaded into the program by tests: makes the n-th call of a kind fail, or all of a kind come back early.
//
// CAROUSEL_FAULT says which: "write 3 28" fails the third write with errno 28 (ENOSPC), "write 3+ 28" that
// one and all after it, "short" gives every read and write half of what it asked for, "interrupted" ends
// every other call with EINTR first, "cut 2" empties the second file that is mapped just then. Calls before
// main and those on standard streams are not counted. CAROUSEL_FAULT_HIT names a file that then holds the
// name of the file that was failed.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {

std::atomic<bool> in_main{false};
char kind[16] = "";
long nth = 0;
bool and_after = false;
int error = 0;
bool halved = false, interrupted = false, traced = false;
std::atomic<long> calls{0};
char hit[512] = "";

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void tell(const char* path, const char* end = "\n") {
  if (!hit[0]) return;
  const long file = syscall(SYS_openat, AT_FDCWD, hit, O_WRONLY | O_CREAT | O_APPEND, 0644);
  syscall(SYS_write, file, path, std::strlen(path));
  syscall(SYS_write, file, end, std::strlen(end));
  syscall(SYS_close, file);
}

void tell(int file) {
  char link[32], path[512];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const long size = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  path[size > 0 ? size : 0] = '\0';
  tell(path);
}

/// Whether this call is the one that fails; sets errno.
template <class Place>
bool fails(const char* what, Place place) {
  if (!in_main) return false;
  if (interrupted) {
    thread_local bool again = false;
    again = !again;
    if (again) errno = EINTR;
    return again;
  }
  if (traced && (what[0] == 'w' || what[0] == 'f' || std::strcmp(what, "rename") == 0)) {
    tell(what, " ");
    tell(place);
  }
  if (std::strcmp(what, kind) != 0) return false;
  const long call = ++calls;
  if (call != nth && !(and_after && call > nth)) return false;
  tell(place);
  errno = error;
  return true;
}

bool ours(int file) {
  return file > 2;
}

size_t some_of(size_t size) {
  return halved && in_main && size > 1 ? size / 2 : size;
}

/// Whether this allocation fails.
bool no_memory() {
  if (!in_main || std::strcmp(kind, "malloc") != 0) return false;
  const long call = ++calls;
  if (call != nth && !(and_after && call > nth)) return false;
  if (call == nth) tell("memory");
  errno = ENOMEM;
  return true;
}

void read_wish() {
  const char* wish = std::getenv("CAROUSEL_FAULT");
  const char* tells = std::getenv("CAROUSEL_FAULT_HIT");
  if (tells) std::snprintf(hit, sizeof hit, "%s", tells);
  char number[32] = "";
  if (!wish || std::sscanf(wish, "%15s %31s %d", kind, number, &error) < 1) return;
  halved = std::strcmp(kind, "short") == 0;
  interrupted = std::strcmp(kind, "interrupted") == 0;
  traced = std::strcmp(kind, "trace") == 0;
  nth = std::atol(number);
  and_after = std::strchr(number, '+') != nullptr;
}

int (*real_main)(int, char**, char**);

int main_with_faults(int count, char** words, char** environment) {
  read_wish();
  in_main = true;
  const int status = real_main(count, words, environment);
  in_main = false;
  return status;
}

int open_with_faults(int folder, const char* path, int flags, mode_t mode) {
  if (fails("open", path)) return -1;
  return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}

}  // namespace

extern "C" {

int __libc_start_main(int (*main)(int, char**, char**), int count, char** words, void (*init)(),
                      void (*fini)(), void (*loaded)(), void* stack) {
  real_main = main;
  using Start = int (*)(int (*)(int, char**, char**), int, char**, void (*)(), void (*)(), void (*)(), void*);
  return real<Start>("__libc_start_main")(main_with_faults, count, words, init, fini, loaded, stack);
}

#define CAROUSEL_OPEN(name, folder, ...)                                                  \
  int name(__VA_ARGS__, int flags, ...) {                                                 \
    va_list more;                                                                         \
    va_start(more, flags);                                                                \
    const auto mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : mode_t{0}; \
    va_end(more);                                                                         \
    return open_with_faults(folder, path, flags, mode);                                   \
  }
CAROUSEL_OPEN(open, AT_FDCWD, const char* path)
CAROUSEL_OPEN(open64, AT_FDCWD, const char* path)
CAROUSEL_OPEN(openat, folder, int folder, const char* path)
CAROUSEL_OPEN(openat64, folder, int folder, const char* path)

ssize_t read(int file, void* to, size_t size) {
  if (ours(file) && fails("read", file)) return -1;
  return syscall(SYS_read, file, to, some_of(size));
}
ssize_t pread(int file, void* to, size_t size, off_t at) {
  if (fails("read", file)) return -1;
  return syscall(SYS_pread64, file, to, some_of(size), at);
}
ssize_t pread64(int file, void* to, size_t size, off_t at) {
  return pread(file, to, size, at);
}
ssize_t write(int file, const void* from, size_t size) {
  if (ours(file) && fails("write", file)) return -1;
  return syscall(SYS_write, file, from, some_of(size));
}
ssize_t pwrite(int file, const void* from, size_t size, off_t at) {
  if (fails("write", file)) return -1;
  return syscall(SYS_pwrite64, file, from, some_of(size), at);
}
ssize_t pwrite64(int file, const void* from, size_t size, off_t at) {
  return pwrite(file, from, size, at);
}
int fsync(int file) {
  if (fails("fsync", file)) return -1;
  return static_cast<int>(syscall(SYS_fsync, file));
}
int fdatasync(int file) {
  if (fails("fsync", file)) return -1;
  return static_cast<int>(syscall(SYS_fdatasync, file));
}
// A descriptor is gone after close, whatever it says.
int close(int file) {
  const bool failed = ours(file) && !interrupted && fails("close", file);
  const int why = errno;
  const int status = static_cast<int>(syscall(SYS_close, file));
  errno = failed ? why : errno;
  return failed ? -1 : status;
}
int ftruncate(int file, off_t size) {
  if (fails("ftruncate", file)) return -1;
  return static_cast<int>(syscall(SYS_ftruncate, file, size));
}
int ftruncate64(int file, off_t size) {
  return ftruncate(file, size);
}
int rename(const char* from, const char* to) {
  if (fails("rename", to)) return -1;
  return static_cast<int>(syscall(SYS_rename, from, to));
}
int mkdir(const char* path, mode_t mode) {
  if (!interrupted && fails("mkdir", path)) return -1;
  return static_cast<int>(syscall(SYS_mkdir, path, mode));
}
void* mmap(void* at, size_t size, int protection, int flags, int file, off_t offset) noexcept {
  if (file >= 0 && !interrupted && fails("mmap", file)) return MAP_FAILED;
  void* mapping = reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, file, offset));
  if (file >= 0 && !interrupted && fails("cut", file)) {
    char link[32];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    syscall(SYS_truncate, link, 0);
  }
  return mapping;
}
void* mmap64(void* at, size_t size, int protection, int flags, int file, off_t offset) noexcept {
  return mmap(at, size, protection, flags, file, offset);
}

void* malloc(size_t size) {
  return no_memory() ? nullptr : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  return no_memory() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* was, size_t size) {
  return no_memory() ? nullptr : __libc_realloc(was, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return no_memory() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** to, size_t alignment, size_t size) {
  if (no_memory()) return ENOMEM;
  *to = __libc_memalign(alignment, size);
  return *to ? 0 : ENOMEM;
}
}
