// Starts the program and gathers what it says; small inputs for it.
#include "e2e/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace carousel::e2e {
namespace {

namespace fs = std::filesystem;

struct Pipe {
  int ends[2];
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  }
};

Ran start(const fs::path& folder, const std::vector<std::string>& words, const std::string& input,
          const std::map<std::string, std::string>& environment, const std::string& awaited, int signal) {
  Pipe in, out, err;
  std::vector<std::string> all = {CAROUSEL_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  // One thread: tests run side by side, and threads that wait for each other on busy cores are slow.
  std::map<std::string, std::string> given = environment;  // what is given already is not set again
  given.insert({{"PATH", "/usr/bin:/bin"},
                {"LC_ALL", "C.UTF-8"},
                {"HOME", folder.string()},
                {"CAROUSEL_THREADS", "1"}});
  std::vector<std::string> variables;
  for (const auto& [name, value] : given) variables.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (std::string& word : all) argv.push_back(word.data());
  for (std::string& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  const auto began = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    dup2(in.ends[0], 0);
    dup2(out.ends[1], 1);
    dup2(err.ends[1], 2);
    if (chdir(folder.c_str()) == 0) execve(CAROUSEL_PROGRAM, argv.data(), envp.data());
    _exit(127);
  }
  close(in.ends[0]);
  close(out.ends[1]);
  close(err.ends[1]);
  std::signal(SIGPIPE, SIG_IGN);
  for (std::size_t sent = 0; sent < input.size();) {
    const ssize_t count = write(in.ends[1], input.data() + sent, input.size() - sent);
    if (count <= 0) break;
    sent += static_cast<std::size_t>(count);
  }
  close(in.ends[1]);

  Ran ran;
  bool signalled = awaited.empty();
  pollfd watched[2] = {{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}};
  for (int open = 2; open > 0;) {
    if (poll(watched, 2, -1) < 0) break;
    for (int i = 0; i < 2; ++i) {
      if (watched[i].fd < 0 || !(watched[i].revents & (POLLIN | POLLHUP))) continue;
      char buffer[65536];
      const ssize_t count = read(watched[i].fd, buffer, sizeof buffer);
      if (count > 0) {
        (i == 0 ? ran.out : ran.err).append(buffer, static_cast<std::size_t>(count));
      } else {
        close(watched[i].fd);
        watched[i].fd = -1;
        --open;
      }
    }
    if (!signalled && ran.err.find(awaited) != std::string::npos) {
      signalled = true;
      ran.awaited_after = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      kill(child, signal);
    }
  }
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  ran.peak_kib = used.ru_maxrss;
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

template <class Int>
std::string big_endian(Int value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>((static_cast<std::uint32_t>(value) >> shift) & 255u);
  return bytes;
}

}  // namespace

Ran run(const fs::path& folder, const std::vector<std::string>& words, const std::string& input,
        const std::map<std::string, std::string>& environment) {
  return start(folder, words, input, environment, "", 0);
}

Ran run_line(const fs::path& folder, const std::string& line,
             const std::map<std::string, std::string>& environment) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, any = false;
  for (const char c : line + " ") {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (c == ' ' && !quoted) {
      if (any || !word.empty()) words.push_back(word);
      word.clear();
      any = false;
    } else {
      word += c;
    }
  }
  if (!words.empty() && words[0] == "carousel") words.erase(words.begin());
  return run(folder, words, "", environment);
}

Ran run_and_signal(const fs::path& folder, const std::vector<std::string>& words, const std::string& awaited,
                   int signal) {
  return start(folder, words, "", {}, awaited, signal);
}

Workshop::Workshop(const fs::path& in) {
  std::string name = (in / "carousel-e2e-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

Workshop::~Workshop() {
  std::error_code ignored;
  fs::permissions(path_, fs::perms::owner_all, ignored);
  fs::remove_all(path_, ignored);
}

std::string Workshop::write(const std::string& name, const std::string& bytes) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << bytes;
  return name;
}

std::string Workshop::read(const std::string& name) const {
  std::ostringstream bytes;
  bytes << std::ifstream(path_ / name, std::ios::binary).rdbuf();
  return bytes.str();
}

std::map<std::string, std::string> Workshop::contents() const {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(path_)) {
    const std::string name = fs::relative(entry.path(), path_).string();
    if (entry.is_directory())
      all[name + "/"] = "";
    else
      all[name] = read(name);
  }
  return all;
}

std::string sales_csv(int rows) {
  std::string text = "month,sales\n";
  for (int i = 0; i < rows; ++i) {
    const double value = 100 + 0.5 * i + 10 * std::sin(2 * M_PI * i / 12) + 3 * std::cos(1.7 * i * i);
    char line[64];
    std::snprintf(line, sizeof line, "%04d-%02d,%.2f\n", 2010 + i / 12, i % 12 + 1, value);
    text += line;
  }
  return text;
}

std::string idx_images(int count) {
  std::string bytes = big_endian(0x00000803) + big_endian(count) + big_endian(4) + big_endian(4);
  for (int i = 0; i < count; ++i)
    for (int pixel = 0; pixel < 16; ++pixel)
      bytes += static_cast<char>((pixel / 8 == i % 2 ? 200 : 20) + (i * 7 + pixel * 5) % 40);
  return bytes;
}

std::string idx_labels(int count) {
  std::string bytes = big_endian(0x00000801) + big_endian(count);
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(i % 2);
  return bytes;
}

std::string npy(const std::vector<int>& shape, const std::vector<float>& numbers) {
  std::string dimensions;
  for (const int size : shape) dimensions += std::to_string(size) + ",";
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dimensions + "), }";
  header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 255);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
  return bytes;
}

std::vector<std::string> small_run(const std::string& folder, const std::string& epochs) {
  return {"train",    "sales.csv", "--target", "sales", "--cell",    "gru", "--units", "8",
          "--epochs", epochs,      "--start",  "none",  "--members", "1",   "--out",   folder};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace carousel::e2e
