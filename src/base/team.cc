// The thread team: helpers wait for a job word, run their share, report, and wait again.
#include "base/team.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "base/cores.h"
#include "carousel/error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace carousel {
namespace {

constexpr int kSpinTurns = 2000;
constexpr int kMostThreads = 1024;

// A job of more meetings than this, at which each thread slept more often than this, found the cores taken;
// the pause before the next such job doubles as long as that goes on.
constexpr std::uint32_t kManySleeps = 3;
constexpr std::int64_t kShortestPause = 50'000'000, kLongestPause = 2'000'000'000;  // nanoseconds

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until `done(word)`: work usually follows within microseconds, and waking a sleeper costs more. Counts
// a wait that slept.
template <class Done>
std::uint32_t wait_until(const std::atomic<std::uint32_t>& word, Done&& done,
                         std::atomic<std::uint32_t>* sleeps = nullptr) {
  std::uint32_t now = word.load(std::memory_order_acquire);
  for (int turn = 0; turn < kSpinTurns && !done(now); ++turn) {
    relax();
    now = word.load(std::memory_order_acquire);
  }
  if (sleeps && !done(now)) sleeps->fetch_add(1, std::memory_order_relaxed);
  while (!done(now)) {
    word.wait(now, std::memory_order_acquire);
    now = word.load(std::memory_order_acquire);
  }
  return now;
}

int default_threads() {
  const char* text = std::getenv("CAROUSEL_THREADS");
  if (!text || !*text) return std::min(cores(), kMostThreads);
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*end || value < 1 || value > kMostThreads)
    throw Error(Code::usage_bad_value, {.where = "CAROUSEL_THREADS",
                                        .what = "the environment sets a bad number of threads",
                                        .expected = "a number from 1 to " + std::to_string(kMostThreads),
                                        .got = "'" + std::string(text) + "'"});
  return static_cast<int>(value);
}

}  // namespace

Barrier::Barrier(int most)
    : seats_(static_cast<std::size_t>(most)),
      signals_(static_cast<std::size_t>(most * std::bit_width(static_cast<unsigned>(most)))) {}

void Barrier::reset(int count) noexcept {
  count_ = count;
  rounds_ = std::bit_width(static_cast<unsigned>(count - 1));
  for (int i = 0; i < count; ++i) seats_[static_cast<std::size_t>(i)].meetings = 0;
  for (int i = 0; i < count * rounds_; ++i)
    signals_[static_cast<std::size_t>(i)].meetings.store(0, std::memory_order_relaxed);
  sleeps_.store(0, std::memory_order_relaxed);
}

void Barrier::wait(int index) noexcept {
  const std::uint32_t meeting = ++seats_[static_cast<std::size_t>(index)].meetings;
  for (int round = 0; round < rounds_; ++round) {
    const auto signal_to = [&](int worker) -> std::atomic<std::uint32_t>& {
      return signals_[static_cast<std::size_t>(round * count_ + worker)].meetings;
    };
    std::atomic<std::uint32_t>& other = signal_to((index + (1 << round)) % count_);
    other.store(meeting, std::memory_order_release);
    other.notify_one();
    // A sender may be one meeting ahead.
    wait_until(
        signal_to(index), [&](std::uint32_t now) { return static_cast<std::int32_t>(now - meeting) >= 0; },
        &sleeps_);
  }
}

struct Team::Helpers {
  // A job's word is (serial << 11 | workers): a helper that has no share in a job reads nothing else of it.
  static constexpr int kCountBits = 11;

  alignas(64) std::atomic<std::uint32_t> job{0};
  alignas(64) std::atomic<std::uint32_t> running{0};
  Barrier meeting;
  Function function = nullptr;
  void* context = nullptr;
  std::vector<std::thread> threads;

  explicit Helpers(int count) : meeting(count + 1) {
    threads.reserve(static_cast<std::size_t>(count));
    try {
      for (int index = 1; index <= count; ++index) threads.emplace_back([this, index] { serve(index); });
    } catch (const std::exception&) {  // no more threads, or no memory: those that started do the work
    }
  }
  ~Helpers() {
    publish(0);
    for (std::thread& thread : threads) thread.join();
  }

  void publish(int workers) {
    const std::uint32_t serial = (job.load(std::memory_order_relaxed) >> kCountBits) + 1;
    job.store(serial << kCountBits | static_cast<std::uint32_t>(workers), std::memory_order_release);
    job.notify_all();
  }

  void serve(int index) {
    const FlushDenormals flush;
    std::uint32_t seen = 0;
    for (;;) {
      seen = wait_until(job, [&](std::uint32_t now) { return now != seen; });
      const int workers = static_cast<int>(seen & ((1u << kCountBits) - 1));
      if (workers == 0) return;
      if (index >= workers) continue;
      function(context, Worker{index, workers, &meeting});
      if (running.fetch_sub(1, std::memory_order_acq_rel) == 1) running.notify_all();
    }
  }

  void run(int workers, Function what, void* with) {
    function = what;
    context = with;
    meeting.reset(workers);
    running.store(static_cast<std::uint32_t>(workers - 1), std::memory_order_relaxed);
    publish(workers);
    what(with, Worker{0, workers, &meeting});
    wait_until(running, [](std::uint32_t left) { return left == 0; });
  }
};

Team::Team(int threads) : threads_(threads == 0 ? default_threads() : threads) {
  if (threads_ < 1 || threads_ > kMostThreads)
    throw Error(Code::usage_bad_value,
                {.where = "threads",
                 .what = "a bad number of threads",
                 .expected = "1 to " + std::to_string(kMostThreads) + ", or 0 for all cores",
                 .got = std::to_string(threads_)});
}

Team::~Team() = default;

bool Team::crowded() const noexcept {
  const std::int64_t until = crowded_until_.load(std::memory_order_relaxed);
  return until != 0 && now() < until;
}

Team& Team::process() {
  static Team team;
  return team;
}

void Team::run(int wanted, Function function, void* context) {
  if (wanted <= 1 && FlushDenormals::on()) return function(context, Worker{});
  const FlushDenormals flush;
  const int workers = wanted < threads_ ? wanted : threads_;
  if (workers <= 1 || busy_.exchange(true, std::memory_order_acquire)) {
    function(context, Worker{});
    return;
  }
  if (!helpers_) {
    try {
      helpers_ = std::make_unique<Helpers>(threads_ - 1);
    } catch (const std::bad_alloc&) {  // slower, with the same numbers; the next job tries again
      busy_.store(false, std::memory_order_release);
      function(context, Worker{});
      return;
    }
  }
  const int count = std::min(workers, static_cast<int>(helpers_->threads.size()) + 1);
  helpers_->run(count, function, context);
  const Barrier& meeting = helpers_->meeting;
  const std::uint32_t many = kManySleeps * static_cast<std::uint32_t>(count - 1);
  if (meeting.meetings() > kManySleeps && meeting.sleeps() > many) {
    crowded_for_ = std::clamp(2 * crowded_for_, kShortestPause, kLongestPause);
    crowded_until_.store(now() + crowded_for_, std::memory_order_relaxed);
  } else if (meeting.meetings() > kManySleeps) {
    crowded_for_ = 0;
  }
  busy_.store(false, std::memory_order_release);
}

}  // namespace carousel
