// System calls that fail, one after the other, through whole commands of the real program: a clear error that
// names the file, nothing lost or left over, and the same result once the fault is gone.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "carousel/forecaster.h"
#include "carousel/model.h"
#include "e2e/program.h"

namespace carousel::e2e {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

/// A kind of system call, and what it may fail with.
struct Fault {
  const char* call;
  std::vector<int> errors;
};
const Fault kFaults[] = {
    {"open", {ENOENT, EACCES, EROFS, EMFILE, EIO, ENOSPC}},
    {"read", {EIO}},
    {"write", {ENOSPC, EDQUOT, EIO}},
    {"fsync", {EIO, ENOSPC, EDQUOT}},
    {"close", {EIO}},
    {"ftruncate", {EIO}},
    {"rename", {EACCES, EIO, ENOSPC, EROFS}},
    {"mkdir", {EROFS, EACCES, ENOSPC}},
    {"mmap", {ENODEV, ENOMEM}},
};

struct Job {
  const char* name;
  std::vector<const char*> before;  ///< lines that make what the job needs
  const char* line;
  const char*
      again;  ///< the line that ends the job where it broke off; the job's own where nothing was begun
};
void PrintTo(const Job& job, std::ostream* out) {
  *out << job.line;
}

constexpr const char* kSeries =
    "train sales.csv --target sales --window 12 --horizon 1 --units 3 --epochs 2 --members 2 --out run";
const Job kJobs[] = {
    {"Train",
     {},
     "train sales.csv --target sales --window 12 --horizon 1 --units 3 --epochs 1 --members 2 --out run "
     "--force --tensorboard",
     "resume run"},
    {"TrainArrays", {}, "train x.npy --target y.npy --units 3 --epochs 2 --out run --force", "resume run"},
    {"TrainImages",
     {},
     "train images.gz --target labels --units 3 --epochs 2 --out run --force",
     "resume run"},
    {"TrainSettings", {}, "train run.toml --epochs 1 --members 1 --out run --force", "resume run"},
    {"Resume",
     {"train x.npy --target y.npy --units 3 --epochs 2 --out run --tensorboard"},
     "resume run --epochs 3",
     "resume run --epochs 3"},
    {"Predict", {kSeries}, "predict run sales.csv --out p.csv --force", nullptr},
    {"PredictArrays",
     {"train x.npy --target y.npy --units 3 --epochs 1 --out run"},
     "predict run x.npy --out p.npy --force",
     nullptr},
    {"Forecast", {kSeries}, "forecast run", nullptr},
    {"Evaluate", {kSeries}, "evaluate run sales.csv", nullptr},
    {"Gates", {kSeries}, "inspect run --on sales.csv --out gates", nullptr},
    {"Init", {}, "init sales.csv --target sales --out new.toml --force", nullptr},
    {"Synth", {}, "synth adding --sequences 5 --out new.safetensors --force", nullptr},
};

/// What may not differ from run to run.
Files results(const Workshop& shop) {
  Files files = shop.contents();
  std::erase_if(files, [](const auto& file) {
    return file.first == "hit" || file.first.ends_with("report.html") ||
           file.first.ends_with("scores.json") || file.first.ends_with("tfevents");
  });
  return files;
}

/// Throws where it is no model, and no forecaster of several.
void load(const fs::path& file) {
  if (file.filename() == "model.safetensors" && fs::exists(file.parent_path() / "members"))
    static_cast<void>(load_forecaster(file.string()));
  else
    static_cast<void>(load_model(file.string()));
}

void restore(const Workshop& shop, const Files& files) {
  for (const auto& entry : fs::directory_iterator(shop.path())) fs::remove_all(entry.path());
  for (const auto& [name, bytes] : files)
    if (!name.ends_with("/")) shop.write(name, bytes);
}

/// "run/.last.safetensors.tmp" -> "last.safetensors": the file as the user knows it.
std::string known_name(const std::string& path) {
  std::string name = fs::path(path).filename().string();
  if (name.ends_with(".tmp")) name = name.substr(1, name.size() - 5);
  return name;
}

/// The files that were failed, as the user knows them.
std::vector<std::string> names_in(const std::string& hits) {
  std::vector<std::string> names;
  std::istringstream lines(hits);
  for (std::string line; std::getline(lines, line);) names.push_back(known_name(line));
  return names;
}

class Faults : public ::testing::TestWithParam<Job> {
 protected:
  Faults() : shop_(fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()) {
    shop_.write("sales.csv", sales_csv(80));
    std::vector<float> x, y;
    for (int i = 0; i < 120; ++i) x.push_back(static_cast<float>(i % 7) - 3);
    for (int i = 0; i < 40; ++i) y.push_back(static_cast<float>(i % 3));
    shop_.write("x.npy", npy({40, 3, 1}, x));
    shop_.write("y.npy", npy({40}, y));
    shop_.write("images", idx_images(40));
    shop_.write("labels", idx_labels(40));
    shop_.write("run.toml", "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\nwindow = 12\n");
    if (std::system(fmt::format("gzip '{}/images'", shop_.path().string()).c_str()) != 0)
      throw std::runtime_error("gzip failed");
    for (const char* line : GetParam().before) must(run_line(shop_.path(), line));
    before_ = shop_.contents();
    must(run_line(shop_.path(), GetParam().line));
    after_ = results(shop_);
  }
  void must(const Ran& ran) const {
    if (ran.status != 0) throw std::runtime_error(ran.err);
  }

  /// The job from its beginning, under a fault; "" when none came.
  Ran faulty(const std::string& fault, std::string& hit) {
    restore(shop_, before_);
    const Ran ran = run_line(shop_.path(), GetParam().line,
                             {{"LD_PRELOAD", CAROUSEL_FAULTS},
                              {"CAROUSEL_FAULT", fault},
                              {"CAROUSEL_FAULT_HIT", (shop_.path() / "hit").string()}});
    hit = shop_.has("hit") ? shop_.read("hit") : "";
    return ran;
  }

  /// After a fault: an error that says where, or no harm at all; and all is well once it is gone.
  void expect_harmless(const Ran& ran, const std::string& hit) {
    if (ran.status == 0) {
      EXPECT_TRUE(results(shop_) == after_) << "it says nothing, and the result is another";
      return;
    }
    const std::vector<std::string> failed = names_in(hit);
    const bool settings = failed[0].ends_with(".toml");
    EXPECT_TRUE(ran.status >= (settings ? 2 : 3) && ran.status <= 5) << ran.status;
    const std::size_t error = ("\n" + ran.err).find("\nE");
    ASSERT_NE(error, std::string::npos);
    EXPECT_TRUE(std::any_of(failed.begin(), failed.end(), [&](const std::string& name) {
      return ran.err.find(name, error) != std::string::npos;
    })) << "no file is named";
    const Files now = results(shop_);
    for (const auto& [name, bytes] : now) {
      EXPECT_FALSE(name.ends_with(".tmp")) << name << " is left over";
      if (name.ends_with(".safetensors") && name.starts_with("run/")) {
        EXPECT_NO_THROW(load(shop_.path() / name));
      }
    }
    for (const auto& [name, bytes] : before_)
      EXPECT_TRUE(now.contains(name) || name.ends_with("report.html") || name.ends_with("scores.json") ||
                  name.ends_with("tfevents"))
          << name << " is lost";
    const bool begun = GetParam().again &&
                       (shop_.has("run/last.safetensors") || shop_.has("run/members/0/last.safetensors"));
    const Ran again = run_line(shop_.path(), begun ? GetParam().again : GetParam().line);
    EXPECT_EQ(again.status, 0) << again.err;
    // What the log lost, it has lost; the checkpoint knows how much it has.
    const bool log = std::any_of(failed.begin(), failed.end(), [](const std::string& name) {
      return name.ends_with("tfevents") ||
             !fs::path(name).has_extension();  // or the folder that it is made in
    });
    const Files then = results(shop_);
    EXPECT_EQ(then.size(), after_.size());
    for (const auto& [name, bytes] : after_)
      EXPECT_TRUE((log && name.ends_with("last.safetensors")) ||
                  (then.contains(name) && then.at(name) == bytes))
          << name << " is not as without the fault";
  }

  Workshop shop_;
  Files before_, after_;
};

TEST_P(Faults, EachCallInItsTurn) {
  int failed = 0;
  for (const Fault& fault : kFaults)
    for (std::size_t n = 1; !HasFailure(); ++n, ++failed) {
      const int error = fault.errors[(n - 1) % fault.errors.size()];
      const std::string wish = fmt::format("{} {} {}", fault.call, n, error);
      std::string hit;
      const Ran ran = faulty(wish, hit);
      if (hit.empty()) break;
      SCOPED_TRACE(wish + " (" + std::strerror(error) + ") hit " + hit + "status " +
                   std::to_string(ran.status) + "\n" + ran.err);
      expect_harmless(ran, hit);
    }
  EXPECT_GT(failed, 3);
}

// A disk that is full stays full: saving what was learnt before the error fails too.
TEST_P(Faults, FromACallOn) {
  for (const char* call : {"write", "fsync", "rename"})
    for (std::size_t n = 1; !HasFailure(); n = 2 * n + 1) {
      const std::string wish = fmt::format("{} {}+ {}", call, n, ENOSPC);
      std::string hit;
      const Ran ran = faulty(wish, hit);
      if (hit.empty()) break;
      SCOPED_TRACE(wish + " hit " + hit + ran.err);
      expect_harmless(ran, hit);
    }
}

// One malloc of many, denser at the beginning; tests/train has each allocation of the library.
TEST_P(Faults, AnAllocation) {
  int failed = 0;
  for (std::int64_t n = 1; !HasFailure(); n += 1 + n / 8, ++failed) {
    const std::string wish = fmt::format("malloc {}", n);
    std::string hit;
    const Ran ran = faulty(wish, hit);
    if (hit.empty()) break;
    SCOPED_TRACE(wish + ran.err);
    expect_harmless(ran, hit);
    EXPECT_TRUE(ran.status == 0 || ran.status == 5) << ran.status;
  }
  EXPECT_GT(failed, 20);
}

TEST_P(Faults, ShortAndInterruptedCallsGoOn) {
  for (const char* wish : {"short", "interrupted"}) {
    std::string hit;
    const Ran ran = faulty(wish, hit);
    EXPECT_EQ(ran.status, 0) << wish << ran.err;
    EXPECT_TRUE(results(shop_) == after_) << wish;
  }
}

// What a power cut leaves of a file is the old one or the new one: its bytes are on the disk before it takes
// the old one's place, and its folder is synced before the program says anything of it.
TEST_P(Faults, AFileIsOnTheDiskBeforeItTakesItsPlace) {
  std::string trace;
  ASSERT_EQ(faulty("trace", trace).status, 0);
  std::map<std::string, std::string> last;  // what was done to a file
  std::string unsynced;                     // the folder of a file that was renamed
  std::istringstream calls(trace);
  int renamed = 0;
  for (std::string call, path; calls >> call >> path;) {
    const fs::path folder = fs::absolute(shop_.path() / path).parent_path();
    if (call == "rename") {
      EXPECT_EQ(unsynced, "");
      EXPECT_EQ(last["." + fs::path(path).filename().string() + ".tmp"], "fsync") << path;
      unsynced = folder.lexically_normal().string();
      ++renamed;
    } else if (call == "fsync" && shop_.path() / path == unsynced) {
      unsynced = "";
    }
    last[fs::path(path).filename().string()] = call;
  }
  EXPECT_EQ(unsynced, "");
  for (const auto& [name, call] : last)
    if (name.ends_with(".tmp")) {
      EXPECT_EQ(call, "fsync") << name;
    }
  EXPECT_EQ(renamed > 0, std::string(GetParam().name) != "Evaluate");  // the one that writes nothing
}

// A file that is emptied while it is read.
TEST_P(Faults, AFileThatIsCutOff) {
  for (int n = 1; !HasFailure(); ++n) {
    std::string hit;
    const Ran ran = faulty(fmt::format("cut {}", n), hit);
    if (hit.empty()) break;
    SCOPED_TRACE(hit + ran.err);
    EXPECT_EQ(ran.status, 5);
    EXPECT_NE(ran.err.find("\nE401 "), std::string::npos);
    EXPECT_NE(ran.err.find(names_in(hit)[0] + ": it was cut off while it was read"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Command, Faults, ::testing::ValuesIn(kJobs),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace carousel::e2e
