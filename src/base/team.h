// Team: a few persistent threads that run one function together, with a barrier between them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

namespace carousel {

/// Sets flush-to-zero and denormals-are-zero for this thread; the destructor restores the caller's flags.
class FlushDenormals {
 public:
  FlushDenormals() noexcept : saved_(get()) { set(saved_ | kFlush); }
  ~FlushDenormals() noexcept { set(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

  /// Whether this thread flushes already.
  static bool on() noexcept { return (get() & kFlush) == kFlush; }

 private:
#if defined(__x86_64__)
  static constexpr std::uint64_t kFlush = 0x8040;  // MXCSR: flush to zero, denormals are zero
  static std::uint64_t get() noexcept {
    return __builtin_ia32_stmxcsr();
  }
  static void set(std::uint64_t flags) noexcept {
    __builtin_ia32_ldmxcsr(static_cast<unsigned>(flags));
  }
#elif defined(__aarch64__)
  static constexpr std::uint64_t kFlush = std::uint64_t{1} << 24;  // FPCR: both
  static std::uint64_t get() noexcept {
    std::uint64_t flags;
    asm volatile("mrs %0, fpcr" : "=r"(flags));
    return flags;
  }
  static void set(std::uint64_t flags) noexcept {
    asm volatile("msr fpcr, %0" : : "r"(flags));
  }
#else
  static constexpr std::uint64_t kFlush = 0;
  static std::uint64_t get() noexcept {
    return 0;
  }
  static void set(std::uint64_t) noexcept {}
#endif
  std::uint64_t saved_;
};

/// Threads that wait for each other: spins about 2,000 turns, then sleeps. In round r, worker i signals to
/// worker i + 2^r and waits for i - 2^r (Hensgen, Finkel & Manber 1988): no line that all write to, and for
/// two threads one transfer between their caches.
class Barrier {
 public:
  explicit Barrier(int most);
  /// How many threads meet; only while none is inside `wait`.
  void reset(int count) noexcept;
  void wait(int index) noexcept;
  /// Meetings since `reset`, and how often a thread slept in them.
  std::uint32_t meetings() const noexcept { return seats_[0].meetings; }
  std::uint32_t sleeps() const noexcept { return sleeps_.load(std::memory_order_relaxed); }

 private:
  struct alignas(64) Seat {
    std::uint32_t meetings = 0;  ///< that this worker has come to
  };
  struct alignas(64) Signal {
    std::atomic<std::uint32_t> meetings{0};  ///< that the sender has come to
  };

  int count_ = 1, rounds_ = 0;
  std::vector<Seat> seats_;      // [worker]
  std::vector<Signal> signals_;  // [round][worker that waits for it]
  std::atomic<std::uint32_t> sleeps_{0};
};

/// Persistent threads, leased to one caller at a time. Results of the kernels never depend on how many there
/// are. Denormals are flushed while a function runs, on the calling thread too.
class Team {
 public:
  /// What a function that runs on a team knows of itself.
  struct Worker {
    int index = 0;  ///< 0 is the calling thread
    int count = 1;
    Barrier* meeting = nullptr;
    /// Returns when all `count` workers have called it.
    void barrier() const noexcept {
      if (count > 1) meeting->wait(index);
    }
  };

  /// `threads` counts the caller; 0 = CAROUSEL_THREADS when set, else the cores this process may use.
  /// Threads start at the first `run` that needs them. Throws usage_bad_value on a bad number (1 to 1024).
  explicit Team(int threads = 0);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  /// The team that everybody shares who has none of their own.
  static Team& process();

  int threads() const noexcept { return threads_; }

  /// Whether threads that meet often should rather not: others hold the cores, and a meeting waits for their
  /// turn, milliseconds instead of a fraction of a microsecond. Told from the meetings of earlier jobs; tried
  /// anew after a while. It may change how work is divided, and so never what comes out.
  bool crowded() const noexcept;

  /// Runs `body(Worker)` on min(wanted, threads()) threads and returns when all are done. When the team is
  /// busy (another caller, or a call from inside a body), or there is no memory for its threads, the caller
  /// runs it alone, as worker 0 of 1. `body` must not throw.
  template <class Body>
  void run(int wanted, Body&& body) {
    run(
        wanted,
        [](void* context, const Worker& worker) {
          (*static_cast<std::remove_reference_t<Body>*>(context))(worker);
        },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

 private:
  using Function = void (*)(void*, const Worker&);
  struct Helpers;
  void run(int wanted, Function function, void* context);

  int threads_;
  std::atomic<bool> busy_{false};
  std::unique_ptr<Helpers> helpers_;
  std::atomic<std::int64_t> crowded_until_{0};  // nanoseconds of the steady clock
  std::int64_t crowded_for_ = 0;
};

/// The team for a `threads` option: one of its own where that is positive, otherwise the process's.
class ChosenTeam {
 public:
  explicit ChosenTeam(int threads) : own_(threads > 0 ? std::make_unique<Team>(threads) : nullptr) {}
  Team& operator*() const { return own_ ? *own_ : Team::process(); }

 private:
  std::unique_ptr<Team> own_;
};

}  // namespace carousel
