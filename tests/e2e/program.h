// The real program as a subprocess: arguments and standard input in; status and both outputs out.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace carousel::e2e {

struct Ran {
  int status = -1;  ///< exit status; 128 + signal when a signal ended it
  std::string out, err;
  long peak_kib = 0;          ///< of its resident memory
  double awaited_after = -1;  ///< seconds from the start until what was awaited was said; -1: never
};

/// Runs the program in `folder`. `environment` is added to a small, fixed one.
Ran run(const std::filesystem::path& folder, const std::vector<std::string>& words,
        const std::string& input = "", const std::map<std::string, std::string>& environment = {});
/// The same from a line as typed; words may stand in double quotes.
Ran run_line(const std::filesystem::path& folder, const std::string& line,
             const std::map<std::string, std::string>& environment = {});

/// Starts the program, sends `signal` once its standard error holds `awaited`, and waits.
Ran run_and_signal(const std::filesystem::path& folder, const std::vector<std::string>& words,
                   const std::string& awaited, int signal);

/// A folder of its own for a test, removed with it.
class Workshop {
 public:
  explicit Workshop(const std::filesystem::path& in = std::filesystem::temp_directory_path());
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string write(const std::string& name, const std::string& bytes) const;
  std::string read(const std::string& name) const;
  bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }
  /// Everything below the folder: files with their bytes, folders ("runs/") without.
  std::map<std::string, std::string> contents() const;

 private:
  std::filesystem::path path_;
};

/// A series with a season of 12 and a trend, monthly from 2010-01: "month,sales".
std::string sales_csv(int rows);
/// Words that train one network alone on it, as sales.csv.
std::vector<std::string> small_run(const std::string& folder, const std::string& epochs);
/// IDX images [count, 4, 4] and labels: class 1 where the lower half is bright.
std::string idx_images(int count);
std::string idx_labels(int count);
/// A float array as .npy, version 1.
std::string npy(const std::vector<int>& shape, const std::vector<float>& numbers);

/// The lines of a text, without their ends.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace carousel::e2e
