// kill -9 at random moments of a run that saves at every step: what stands in its folder is whole, never
// older than before, and the resumed run ends byte for byte like one that nobody killed. CAROUSEL_KILLS says
// how many.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "carousel/model.h"
#include "carousel/train.h"
#include "e2e/program.h"
#include "support/event_reader.h"

namespace carousel::e2e {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kEvents = "events.out.tfevents";

int kills_wanted() {
  const char* text = std::getenv("CAROUSEL_KILLS");
  return text ? std::stoi(text) : 30;
}

/// Sees what happens in a folder, without looking again and again.
class Watch {
 public:
  explicit Watch(const fs::path& folder) : file_(inotify_init1(IN_CLOEXEC)) {
    inotify_add_watch(file_, folder.c_str(), IN_CREATE);
  }
  ~Watch() { close(file_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  /// Waits until something happens; false when nothing does.
  bool wait(std::chrono::milliseconds longest) {
    pollfd watched{file_, POLLIN, 0};
    if (poll(&watched, 1, static_cast<int>(longest.count())) <= 0) return false;
    char buffer[4096];
    return read(file_, buffer, sizeof buffer) > 0;
  }

 private:
  int file_;
};

/// The program, running, with what it says in a file.
class Victim {
 public:
  Victim(const Workshop& shop, std::vector<std::string> words) {
    words.insert(words.begin(), CAROUSEL_PROGRAM);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string said = (shop.path() / "said").string();
    child_ = fork();
    if (child_ != 0) return;
    const int file = open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, 1);
    dup2(file, 2);
    setenv("CAROUSEL_THREADS", "1", 1);
    if (chdir(shop.path().c_str()) == 0) execv(CAROUSEL_PROGRAM, argv.data());
    _exit(127);
  }
  /// Kills it; false when it had ended before, which must have been well.
  bool kill() const {
    ::kill(child_, SIGKILL);
    return end();
  }
  /// Waits for its end; whether it was killed.
  bool end() const {
    int status = 0;
    waitpid(child_, &status, 0);
    if (WIFSIGNALED(status)) return true;
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return false;
  }

 private:
  pid_t child_;
};

/// What a run's folder says of itself.
struct Seen {
  std::int64_t saved = -1;  ///< steps of last.safetensors
  std::int64_t model = -1;  ///< steps of model.safetensors
  double loss = INFINITY;   ///< that model's
  std::size_t history = 0;  ///< bytes
};

const std::vector<std::string> kStart = {"train",
                                         "x.npy",
                                         "--target",
                                         "y.npy",
                                         "--units",
                                         "5",
                                         "--batch",
                                         "8",
                                         "--epochs",
                                         "6",
                                         "--dropout",
                                         "0.2",
                                         "--checkpoint-every",
                                         "1",
                                         "--tensorboard",
                                         "--histograms",
                                         "--out",
                                         "run",
                                         "--force"};

/// The folder is whole and not older than `before`.
Seen look(const Workshop& shop, const Seen& before, const std::string& history) {
  Seen now;
  const auto file = [&](const char* name) { return (shop.path() / "run" / name).string(); };
  const auto notes = [&](const char* name) { return Json::parse(load_model(file(name)).notes().training); };
  if (before.saved >= 0 || shop.has("run/last.safetensors")) {
    now.saved = notes("last.safetensors").at("step");
    EXPECT_NO_THROW(checkpoint_options((shop.path() / "run").string()));
  }
  if (before.model >= 0 || shop.has("run/model.safetensors")) {
    const Json training = notes("model.safetensors");
    now.model = training.at("step");
    if (!training.at("history").empty()) now.loss = training.at("history").back().at("validation_loss");
  }
  const std::string rows = shop.has("run/history.csv") ? shop.read("run/history.csv") : "";
  now.history = rows.size();
  EXPECT_EQ(rows, history.substr(0, rows.size()));
  EXPECT_TRUE(rows.empty() || rows.back() == '\n') << rows;
  EXPECT_GE(now.saved, before.saved);
  EXPECT_GE(now.model, before.model);
  EXPECT_LE(now.loss, before.loss);
  EXPECT_GE(now.history, before.history);
  return now;
}

/// Whether a save was going on: its temporary file stands there.
bool amid_a_save(const Workshop& shop) {
  if (!shop.has("run")) return false;
  for (const auto& entry : fs::directory_iterator(shop.path() / "run"))
    if (entry.path().extension() == ".tmp") return true;
  return false;
}

void make_data(const Workshop& shop) {
  std::vector<float> x, y;
  for (int i = 0; i < 60; ++i) {
    float sum = 0;
    for (int t = 0; t < 5; ++t) {
      x.push_back(static_cast<float>(std::sin(1.3 * i + 0.7 * t * i)));
      sum += x.back();
    }
    y.push_back(sum / 5);
  }
  shop.write("x.npy", npy({60, 5, 1}, x));
  shop.write("y.npy", npy({60}, y));
}

void expect_same_runs(const Workshop& a, const Workshop& b) {
  const auto all_a = a.contents(), all_b = b.contents();
  for (const auto& [name, bytes] : all_a) {
    ASSERT_TRUE(all_b.contains(name)) << name;
    if (name == std::string("run/") + kEvents || name == "run/report.html" || name == "said") continue;
    EXPECT_TRUE(bytes == all_b.at(name)) << name;
  }
  EXPECT_EQ(all_a.size(), all_b.size());  // and nothing is left over
  const auto events_a = testing::read_events((a.path() / "run" / kEvents).string()),
             events_b = testing::read_events((b.path() / "run" / kEvents).string());
  ASSERT_EQ(events_a.size(), events_b.size());
  for (std::size_t i = 0; i < events_a.size(); ++i) {
    EXPECT_EQ(events_a[i].step, events_b[i].step);
    EXPECT_EQ(events_a[i].scalars, events_b[i].scalars);
    EXPECT_TRUE(events_a[i].histograms == events_b[i].histograms);
  }
}

class Kill : public ::testing::TestWithParam<const char*> {};

TEST_P(Kill, NeverLosesWhatWasSaved) {
  if (!fs::is_directory(GetParam())) GTEST_SKIP() << "there is no " << GetParam();
  const Workshop whole(GetParam());
  make_data(whole);
  ASSERT_FALSE(Victim(whole, kStart).end());
  const std::string history = whole.read("run/history.csv");

  std::mt19937 random(1);
  const auto draw = [&](unsigned most) { return static_cast<int>(random() % (most + 1)); };
  const int wanted = kills_wanted();
  int kills = 0, amid = 0, runs = 0, anew = 0;
  while (kills < wanted && !HasFailure()) {
    const Workshop shop(GetParam());
    make_data(shop);
    fs::create_directory(shop.path() / "run");
    Seen seen;
    for (bool killed = true; killed && !HasFailure();) {
      const bool begun = shop.has("run/last.safetensors");
      Watch watch(shop.path() / "run");
      Victim victim(shop, begun ? std::vector<std::string>{"resume", "run"} : kStart);
      if (kills == wanted) {
        ASSERT_FALSE(victim.end());
        break;
      }
      // Some events into its life, and then some moments.
      for (int events = 1 + draw(12); events > 0 && watch.wait(std::chrono::milliseconds(300));) --events;
      std::this_thread::sleep_for(std::chrono::microseconds(draw(draw(1) ? 3000 : 50)));
      killed = victim.kill();
      if (!killed) break;
      ++kills;
      amid += amid_a_save(shop);
      anew += !begun;
      SCOPED_TRACE(fmt::format("kill {}", kills));
      seen = look(shop, seen, history);
    }
    ++runs;
    expect_same_runs(whole, shop);
  }
  std::cout << fmt::format("{}: {} kills in {} runs, {} amid a save, {} before the first one was complete\n",
                           GetParam(), kills, runs, amid, anew);
  EXPECT_GE(amid, kills / 10) << "too few kills say something";
}

// Where a save waits for the disk, and where it does not.
INSTANTIATE_TEST_SUITE_P(In, Kill, ::testing::Values("/tmp", "/dev/shm"),
                         [](const auto& one) { return one.index == 0 ? "Files" : "Memory"; });

}  // namespace
}  // namespace carousel::e2e
