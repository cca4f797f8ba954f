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
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/random.h"
#include "carousel/session.h"
#include "cells/kinds.h"
#include "support/sanitized.h"

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

// Ends a test that the sandbox does not let prove anything: skipped, unless the environment forbids that.
void cannot_prove(const char* why) {
  const char* required = std::getenv("CAROUSEL_REQUIRE_PROOFS");
  if (required && std::strcmp(required, "1") == 0)
    FAIL() << why << ", and CAROUSEL_REQUIRE_PROOFS=1 asks for the proof";
  GTEST_SKIP() << why;
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
    return cannot_prove("this sandbox forbids a filter of system calls");
  ASSERT_TRUE(WIFSIGNALED(control) && WTERMSIG(control) == SIGSYS);  // a call is noticed
  for (const char* cell : cells::kNames)
    for (const int rows : {1, 3}) {
      Live live(cell, rows);
      const int status = status_without_system_calls([&] { live.everything(); });
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << cell << ", status " << status;
    }
}

// What a process of its own came to: its counts, and how it ended.
struct Traced {
  std::vector<long> counts;
  int status = 0;          // waitpid's
  bool forbidden = false;  // the sandbox lets nobody trace

  bool succeeded() const { return !forbidden && WIFEXITED(status) && WEXITSTATUS(status) == 0; }
};

// Runs `body(mark)` in a process of its own, an instruction at a time from each first mark() to the next, and
// counts the instructions between them.
template <class Body>
Traced count_instructions(Body&& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(kForbidden);
    const pid_t self = getpid();
    body([self] { syscall(SYS_kill, self, SIGSTOP); });
    _exit(0);
  }
  Traced traced;
  bool counting = false;
  for (;;) {
    if (waitpid(child, &traced.status, 0) < 0) {
      if (errno == EINTR) continue;
      ADD_FAILURE() << "waitpid: " << std::strerror(errno);
      traced.status = -1;
      return traced;
    }
    if (!WIFSTOPPED(traced.status)) {
      traced.forbidden |= WIFEXITED(traced.status) && WEXITSTATUS(traced.status) == kForbidden;
      return traced;
    }
    int signal = WSTOPSIG(traced.status);
    if (signal == SIGSTOP) {
      counting = !counting;
      if (counting) traced.counts.push_back(0);
      signal = 0;
    } else if (signal == SIGTRAP) {
      if (counting) ++traced.counts.back();
      signal = 0;
    }  // any other is the child's: it dies of it as it would without us
    if (ptrace(counting ? PTRACE_SINGLESTEP : PTRACE_CONT, child, nullptr, static_cast<long>(signal)) != 0) {
      traced.forbidden = errno != ESRCH;  // which says that it is gone already
      kill(child, SIGKILL);
    }
  }
}

TEST(RealTime, ATracedProcessThatDiesIsNoticed) {
  const Traced control = count_instructions([](auto) {});
  if (control.forbidden) return cannot_prove("this sandbox forbids to trace a process");
  EXPECT_TRUE(control.succeeded());
  const Traced failed = count_instructions([](auto) { _exit(3); });
  EXPECT_TRUE(!failed.succeeded() && WIFEXITED(failed.status) && WEXITSTATUS(failed.status) == 3);
  for (const bool counted : {false, true}) {
    const Traced killed = count_instructions([counted](auto mark) {
      if (counted) mark();
      raise(SIGTERM);
    });
    EXPECT_TRUE(WIFSIGNALED(killed.status) && WTERMSIG(killed.status) == SIGTERM) << killed.status;
    EXPECT_FALSE(killed.succeeded() || killed.forbidden);
  }
}

// What comes before a step that is counted: after a step it carries on, walking the units to or fro; else it
// begins anew, which is a little more work.
enum Before { change_of_state, step, step_again, run, kBefores };
constexpr const char* kBeforeNames[] = {"a change of state", "a step", "two steps", "a run"};

// Time is bounded because the work is: the same instructions for every input and after every history. A
// counted instruction takes as long as thousands, so the models are small.
TEST(RealTime, DoesTheSameWorkWhateverTheNumbersAre) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity(),
                  kNan = std::numeric_limits<float>::quiet_NaN();
  const std::pair<float, int> cases[] = {{0.0f, 0}, {FLT_MIN / 8, 3000}, {kInfinity, 300}, {kNan, 3000}};
  std::vector<std::pair<std::string, Model>> models;
  for (const char* cell : cells::kNames)
    models.emplace_back(cell, Model::create({.layers = {Recurrent{.cell = cell, .units = 17}}}, kInputs));
  models.emplace_back("every kind of layer", model_of("lstm", "gru-reset-before"));
  for (const auto& [name, model] : models) {
    SCOPED_TRACE(name);
    Session session(model);
    const std::vector<float> x(kChunk * kInputs, 0.5f);
    std::vector<float> y(static_cast<std::size_t>(kChunk * session.outputs()));
    const Traced traced = count_instructions([&](auto mark) {
      State now;
      for (std::size_t i = 0; i < std::size(cases); ++i) {
        const auto [value, history] = cases[i];
        const float input[kInputs] = {value, -value, 1.0f};
        session.reset();
        for (int t = 0; t < history; ++t) session.step({x.data(), kInputs});
        for (int before = 0; before < kBefores; ++before) {
          if (before == change_of_state) {
            if (i == 2)
              session.reset();
            else
              session.state(now);
            if (i == 3) session.set_state(now);
          }
          if (before == run) session.run(x, y);
          mark();
          session.step(input);
          mark();
        }
      }
    });
    if (traced.forbidden) return cannot_prove("this sandbox forbids to trace a process");
    ASSERT_TRUE(traced.succeeded()) << "status " << traced.status;
    const std::vector<long>& counts = traced.counts;
    ASSERT_EQ(counts.size(), std::size(cases) * kBefores);
    for (std::size_t i = 0; i < counts.size(); ++i)
      EXPECT_EQ(counts[i], counts[i % kBefores]) << "after " << kBeforeNames[i % kBefores];
    EXPECT_NEAR(counts[step], counts[step_again], 0.05 * static_cast<double>(counts[step]));
    EXPECT_LT(counts[change_of_state], 4 * counts[step]);
    EXPECT_LT(counts[run], 4 * counts[step]);
  }
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
