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

#include "carousel/forecaster.h"
#include "carousel/model.h"
#include "carousel/train.h"
#include "e2e/program.h"
#include "support/event_reader.h"

namespace carousel::e2e {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

int kills_wanted() {
  const char* text = std::getenv("CAROUSEL_KILLS");
  return text ? std::stoi(text) : 15;
}

/// Sees files being made in folders, without looking again and again.
class Watch {
 public:
  Watch(const fs::path& in, const std::vector<std::string>& folders) : file_(inotify_init1(IN_CLOEXEC)) {
    for (const std::string& folder : folders) inotify_add_watch(file_, (in / folder).c_str(), IN_CREATE);
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

/// A run to kill: by arrays, one network; by a table, a forecaster of two.
struct Case {
  const char* name;
  const char* place;
  std::vector<std::string> data;
  std::vector<std::string> networks;  ///< the folders that a network is trained in
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}
const std::vector<std::string> kArrays = {"x.npy", "--target", "y.npy"},
                               kSeries = {"sales.csv", "--target", "sales", "--members", "2"}, kOne = {"run"},
                               kTwo = {"run/members/0", "run/members/1"};

std::vector<std::string> start_of(const Case& c) {
  std::vector<std::string> words = {"train"};
  words.insert(words.end(), c.data.begin(), c.data.end());
  for (const char* word :
       {"--units", "32", "--batch", "8", "--epochs", "6", "--dropout", "0.2", "--checkpoint-every", "1",
        "--tensorboard", "--histograms", "--out", "run", "--force"})
    words.emplace_back(word);
  return words;
}

/// What a network's folder says of itself.
struct Seen {
  std::int64_t saved = -1;  ///< steps of last.safetensors
  std::int64_t model = -1;  ///< steps of model.safetensors
  double loss = INFINITY;   ///< that model's
  std::size_t history = 0;  ///< bytes
};

/// The folder is whole and not older than `before`.
Seen look(const Workshop& shop, const std::string& folder, const Seen& before, const std::string& history) {
  Seen now;
  const auto there = [&](const char* name) { return shop.has(folder + "/" + name); };
  const auto notes = [&](const char* name) {
    return Json::parse(load_model((shop.path() / folder / name).string()).notes().training);
  };
  if (before.saved >= 0 || there("last.safetensors")) {
    now.saved = notes("last.safetensors").at("step");
    EXPECT_NO_THROW(checkpoint_options((shop.path() / folder).string()));
  }
  if (before.model >= 0 || there("model.safetensors")) {
    const Json training = notes("model.safetensors");
    now.model = training.at("step");
    if (!training.at("history").empty()) now.loss = training.at("history").back().at("validation_loss");
  }
  const std::string rows = there("history.csv") ? shop.read(folder + "/history.csv") : "";
  now.history = rows.size();
  EXPECT_EQ(rows, history.substr(0, rows.size()));
  EXPECT_TRUE(rows.empty() || rows.back() == '\n') << rows;
  EXPECT_GE(now.saved, before.saved);
  EXPECT_GE(now.model, before.model);
  EXPECT_LE(now.loss, before.loss);
  EXPECT_GE(now.history, before.history);
  return now;
}

/// Networks of the forecaster; 0 where there is none yet.
std::size_t members_of(const Workshop& shop) {
  if (!shop.has("run/members") || !shop.has("run/model.safetensors")) return 0;
  return load_forecaster((shop.path() / "run/model.safetensors").string()).members().size();
}

/// Whether a save was going on: its temporary file stands there.
bool amid_a_save(const Workshop& shop) {
  if (!shop.has("run")) return false;
  for (const auto& entry : fs::recursive_directory_iterator(shop.path() / "run"))
    if (entry.path().extension() == ".tmp") return true;
  return false;
}

/// A file in each folder keeps it there, for the watch on it.
void make_data(const Workshop& shop, const Case& c) {
  for (const std::string& folder : c.networks) shop.write(folder + "/keep", "");
  std::vector<float> x, y;
  for (int i = 0; i < 60; ++i) {
    float sum = 0;
    for (int t = 0; t < 5; ++t) {
      x.push_back(static_cast<float>(std::sin(1.3 * i + 0.7 * t * i)));
      sum += x.back();
    }
    y.push_back(sum / 5);
  }
  shop.write("sales.csv", sales_csv(80));
  shop.write("x.npy", npy({60, 5, 1}, x));
  shop.write("y.npy", npy({60}, y));
}

void expect_same_runs(const Workshop& a, const Workshop& b) {
  const auto all_a = a.contents(), all_b = b.contents();
  for (const auto& [name, bytes] : all_a) {
    ASSERT_TRUE(all_b.contains(name)) << name;
    if (name.ends_with("report.html") || name.ends_with("scores.json") || name == "said")
      continue;  // seconds
    if (!name.ends_with("tfevents")) {
      EXPECT_TRUE(bytes == all_b.at(name)) << name;
      continue;
    }
    const auto events_a = testing::read_events((a.path() / name).string()),
               events_b = testing::read_events((b.path() / name).string());
    ASSERT_EQ(events_a.size(), events_b.size());
    for (std::size_t i = 0; i < events_a.size(); ++i) {
      EXPECT_EQ(events_a[i].step, events_b[i].step);
      EXPECT_EQ(events_a[i].scalars, events_b[i].scalars);
      EXPECT_TRUE(events_a[i].histograms == events_b[i].histograms);
    }
  }
  EXPECT_EQ(all_a.size(), all_b.size());  // and nothing is left over
}

class Kill : public ::testing::TestWithParam<Case> {};

TEST_P(Kill, NeverLosesWhatWasSaved) {
  const Case& c = GetParam();
  if (!fs::is_directory(c.place)) GTEST_SKIP() << "there is no " << c.place;
  const Workshop whole(c.place);
  make_data(whole, c);
  ASSERT_FALSE(Victim(whole, start_of(c)).end());

  std::mt19937 random(1);
  const auto draw = [&](unsigned most) { return static_cast<int>(random() % (most + 1)); };
  const int wanted = kills_wanted();
  int kills = 0, amid = 0, runs = 0, anew = 0;
  while (kills < wanted && !HasFailure()) {
    const Workshop shop(c.place);
    make_data(shop, c);
    std::map<std::string, Seen> seen;
    std::size_t members = 0;
    for (bool killed = true; killed && !HasFailure();) {
      const bool begun = shop.has(c.networks[0] + "/last.safetensors");
      Watch watch(shop.path(), c.networks);
      Victim victim(shop, begun ? std::vector<std::string>{"resume", "run"} : start_of(c));
      if (kills == wanted) {
        ASSERT_FALSE(victim.end());
        break;
      }
      // Some events into its life, and then some moments.
      for (int events = 1 + draw(12); events > 0 && watch.wait(std::chrono::milliseconds(100));) --events;
      std::this_thread::sleep_for(std::chrono::microseconds(draw(draw(1) ? 3000 : 50)));
      killed = victim.kill();
      if (!killed) break;
      ++kills;
      amid += amid_a_save(shop);
      anew += !begun;
      SCOPED_TRACE(fmt::format("kill {}", kills));
      for (const std::string& folder : c.networks)
        seen[folder] = look(shop, folder, seen[folder], whole.read(folder + "/history.csv"));
      const std::size_t now = members_of(shop);
      EXPECT_GE(now, members) << "the forecaster was better before";
      members = now;
    }
    ++runs;
    expect_same_runs(whole, shop);
  }
  std::cout << fmt::format("{}: {} kills in {} runs, {} amid a save, {} before the first one was complete\n",
                           c.name, kills, runs, amid, anew);
  if (c.place == std::string("/tmp")) {
    EXPECT_GE(amid, kills / 2) << "too few kills say something";
  }
}

// Where a save waits for the disk, and where it does not.
INSTANTIATE_TEST_SUITE_P(In, Kill,
                         ::testing::Values(Case{"Files", "/tmp", kArrays, kOne},
                                           Case{"Memory", "/dev/shm", kArrays, kOne},
                                           Case{"ForecasterInFiles", "/tmp", kSeries, kTwo},
                                           Case{"ForecasterInMemory", "/dev/shm", kSeries, kTwo}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace carousel::e2e
