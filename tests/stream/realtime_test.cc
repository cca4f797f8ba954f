// What a Session promises to a thread with deadlines: no lock, no system call, no exception, the same work
// whatever the numbers are, denormals flushed, the caller's flags as they were. (Allocations:
// session_test.cc.)
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cfloat>
#include <csignal>
#include <limits>

#include "base/random.h"
#include "carousel/session.h"
#include "cells/kinds.h"

#if defined(__linux__)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Sanitizers put calls of their own everywhere.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAROUSEL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAROUSEL_SANITIZED 1
#endif
#endif

namespace carousel {
namespace {

std::atomic<int> locks{0};

}  // namespace
}  // namespace carousel

#if !defined(CAROUSEL_SANITIZED)
// Takes the place of the C library's function in this executable, and counts.
#define CAROUSEL_COUNTED(function, type)                                                    \
  extern "C" int function(type* object) noexcept {                                          \
    static const auto real = reinterpret_cast<int (*)(type*)>(dlsym(RTLD_NEXT, #function)); \
    ++carousel::locks;                                                                      \
    return real(object);                                                                    \
  }
CAROUSEL_COUNTED(pthread_mutex_lock, pthread_mutex_t)
CAROUSEL_COUNTED(pthread_mutex_trylock, pthread_mutex_t)
CAROUSEL_COUNTED(pthread_rwlock_rdlock, pthread_rwlock_t)
CAROUSEL_COUNTED(pthread_rwlock_wrlock, pthread_rwlock_t)
CAROUSEL_COUNTED(pthread_cond_signal, pthread_cond_t)
CAROUSEL_COUNTED(pthread_cond_broadcast, pthread_cond_t)
#undef CAROUSEL_COUNTED
#endif

namespace carousel {
namespace {

using Floats = std::span<const float>;

static_assert(noexcept(std::declval<Session&>().step(Floats{})));
static_assert(noexcept(std::declval<Session&>().run(Floats{}, std::span<float>{})));
static_assert(noexcept(std::declval<Session&>().try_step(Floats{}, std::declval<Floats&>())));
static_assert(noexcept(std::declval<Session&>().try_run(Floats{}, std::span<float>{})));
static_assert(noexcept(std::declval<Session&>().reset()));

constexpr int kInputs = 3, kOutputs = 4, kChunk = 70;

// Every kind of layer that can run a step at a time.
Model model_of(const std::string& cell, const std::string& second) {
  return Model::create(
      {.layers = {Dense{.units = 6, .activation = "tanh"},
                  Recurrent{.cell = cell, .units = 21, .returns = Returns::sequence}, Dropout{.rate = 0.5f},
                  Recurrent{.cell = second, .units = 9, .returns = Returns::sequence},
                  Dense{.units = kOutputs}, Activation{.function = "softsign"}}},
      kInputs);
}

// A live sequence with what it reads and writes, so that nothing is made while it is watched.
struct Live {
  Session session;
  std::vector<float> x, y;

  explicit Live(const std::string& cell, int rows = 1, const std::string& second = "gru")
      : session(model_of(cell, second), rows),
        x(static_cast<std::size_t>(kChunk * rows * kInputs)),
        y(static_cast<std::size_t>(kChunk * rows * kOutputs)) {
    const Random random(17, Random::Use::test);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(random.normal(i));
  }
  Floats first() const { return {x.data(), static_cast<std::size_t>(session.rows() * kInputs)}; }
  void everything() {
    session.step(first());
    session.run(x, y);
    session.step(first());
    session.reset();
    session.step(first());
  }
};

TEST(RealTime, TakesNoLock) {
#if defined(CAROUSEL_SANITIZED)
  GTEST_SKIP() << "locks are the sanitizer's";
#else
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const int none = locks;
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  ASSERT_EQ(locks, none + 1);  // they are counted
  for (const char* cell : cells::kNames)
    for (const int rows : {1, 3}) {
      Live live(cell, rows);
      const int before = locks;
      live.everything();
      EXPECT_EQ(locks, before) << cell;
    }
#endif
}

#if defined(__linux__) && !defined(CAROUSEL_SANITIZED)

constexpr int kForbidden = 77;  // the sandbox does not let us look

// From now on every system call but exit_group ends this process with SIGSYS.
bool forbid_system_calls() {
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),  // the call's number
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
  const sock_fprog program{4, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// The end of a process that runs `body` without system calls.
template <class Body>
int status_without_system_calls(Body&& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (!forbid_system_calls()) _exit(kForbidden);
    body();
    syscall(SYS_exit_group, 0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

TEST(RealTime, EntersNoSystemCall) {
  const int control = status_without_system_calls([] { syscall(SYS_getppid); });
  if (WIFEXITED(control) && WEXITSTATUS(control) == kForbidden)
    GTEST_SKIP() << "this sandbox forbids a filter of system calls";
  ASSERT_TRUE(WIFSIGNALED(control) && WTERMSIG(control) == SIGSYS);  // a call is noticed
  for (const char* cell : cells::kNames)
    for (const int rows : {1, 3}) {
      Live live(cell, rows);
      const int status = status_without_system_calls([&] { live.everything(); });
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << cell << ", status " << status;
    }
}

// Runs `body(mark)` in a process of its own, an instruction at a time from each first mark() to the next; the
// numbers of instructions between them, or nothing where the sandbox forbids it.
template <class Body>
std::vector<long> count_instructions(Body&& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(kForbidden);
    const pid_t self = getpid();
    body([self] { syscall(SYS_kill, self, SIGSTOP); });
    _exit(0);
  }
  std::vector<long> counts;
  bool counting = false;
  for (;;) {
    int status = 0;
    if (waitpid(child, &status, 0) < 0) {
      if (errno == EINTR) continue;
      return {};
    }
    if (!WIFSTOPPED(status))
      return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? counts : std::vector<long>{};
    if (WSTOPSIG(status) == SIGSTOP) {
      counting = !counting;
      if (counting) counts.push_back(0);
    } else if (WSTOPSIG(status) == SIGTRAP && counting) {
      ++counts.back();
    }
    if (ptrace(counting ? PTRACE_SINGLESTEP : PTRACE_CONT, child, nullptr, nullptr) != 0) return {};
  }
}

// Time is bounded because the work is: the same instructions for every input and after every history.
TEST(RealTime, DoesTheSameWorkWhateverTheNumbersAre) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity(),
                  kNan = std::numeric_limits<float>::quiet_NaN();
  const float inputs[] = {0.0f, -1e30f, FLT_MIN / 8, kInfinity, kNan};
  Live live("lstm", 1, "gru-reset-before");
  const auto counts = count_instructions([&](auto mark) {
    for (const int history : {0, 20000}) {
      live.session.reset();
      for (int i = 0; i < history; ++i) live.session.step(live.first());
      const State state = live.session.state();
      for (const float input : inputs) {
        live.session.set_state(state);
        live.session.step(live.first());  // the first step after a change of the state does a little more
        std::fill_n(live.y.begin(), kInputs, input);
        mark();
        live.session.step({live.y.data(), kInputs});
        mark();
      }
    }
  });
  if (counts.empty()) GTEST_SKIP() << "this sandbox forbids to trace a process";
  ASSERT_EQ(counts.size(), 2 * std::size(inputs));
  EXPECT_GT(counts[0], 500);
  for (const long count : counts) EXPECT_EQ(count, counts[0]);
}

#endif

// The caller's floating-point control and status.
std::uint64_t flags() {
#if defined(__x86_64__)
  return _mm_getcsr();
#elif defined(__aarch64__)
  std::uint64_t now;
  asm volatile("mrs %0, fpcr" : "=r"(now));
  return now;
#else
  return 0;
#endif
}
void set_flags(std::uint64_t now) {
#if defined(__x86_64__)
  _mm_setcsr(static_cast<unsigned>(now));
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" : : "r"(now));
#else
  (void)now;
#endif
}
#if defined(__x86_64__)
constexpr std::uint64_t kFlags[] = {0x1f80, 0x9f80, 0x1fc0, 0x9fc0};  // none, flush, denormals are zero, both
#else
constexpr std::uint64_t kFlags[] = {0, std::uint64_t{1} << 24};
#endif

TEST(RealTime, LeavesTheCallersFlags) {
  const std::uint64_t ours = flags();
  for (const std::uint64_t theirs : kFlags) {
    Live live("lstm", 2);
    std::span<const float> y;
    set_flags(theirs);
    live.session.step(live.first());
    const std::uint64_t after_step = flags();
    live.session.run(live.x, live.y);
    const std::uint64_t after_run = flags();
    live.session.try_step(live.first(), y);
    const std::uint64_t after_try = flags();
    set_flags(ours);
    EXPECT_EQ(after_step, theirs);
    EXPECT_EQ(after_run, theirs);
    EXPECT_EQ(after_try, theirs);
  }
}

// The smallest normal number times weights below 1 is a denormal, and so is what softsign reads here; nothing
// is added to them. Flushed, they are 0.
TEST(RealTime, FlushesDenormals) {
  const std::vector<ModelSpec> specs = {
      {.layers = {Recurrent{
           .cell = "rnn", .units = 20, .returns = Returns::sequence, .activation = "linear"}}},
      {.layers = {Dense{.units = 20}}},
      {.layers = {Activation{.function = "softsign"}}}};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const Model model = Model::create(specs[i], 4);
    const std::vector<float> x(4 * 5, i < 2 ? FLT_MIN : FLT_MIN / 8);
    Session session(model);
    std::vector<float> all(static_cast<std::size_t>(5 * session.outputs()), 1.0f);
    const std::uint64_t ours = flags();
    set_flags(kFlags[0]);  // where they are not flushed
    const auto y = session.step({x.data(), 4});
    session.run(x, all);
    set_flags(ours);
    for (const float v : y) EXPECT_EQ(v, 0.0f) << i;
    for (const float v : all) EXPECT_EQ(v, 0.0f) << i;
  }
}

}  // namespace
}  // namespace carousel
