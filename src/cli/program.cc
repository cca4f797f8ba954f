// Dispatches to the subcommands.
#include "cli/program.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <new>

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/lost_file.h"

namespace carousel::cli {
namespace {

bool among(const std::string& word, std::initializer_list<const char*> known) {
  return std::any_of(known.begin(), known.end(), [&](const char* other) { return word == other; });
}

int dispatch(const std::vector<std::string>& words, Terminal& terminal) {
  if (words.empty() || words[0] == "-h") {
    terminal.print(brief_help());
    return kDone;
  }
  if (words[0] == "--help") {
    terminal.print(full_help());
    return kDone;
  }
  if (among(words[0], {"--version", "version"})) {
    terminal.print("carousel " CAROUSEL_VERSION "\n");
    return kDone;
  }
  const Command& command = command_named(words[0]);
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  for (const std::string& word : rest) {
    if (word == "--") break;
    if (word != "-h" && word != "--help") continue;
    terminal.print(word == "-h" ? brief_help(command) : full_help(command));
    return kDone;
  }
  terminal.json = std::find(rest.begin(), rest.end(), "--json") != rest.end();
  const Arguments args = parse(command, rest);
  terminal.quiet = args.has("quiet");
  return command.run({command, args, terminal});
}

int report(const Error& error, Terminal& terminal) {
  terminal.keep();
  std::fflush(stdout);
  std::fputs(error_text(error).c_str(), stderr);
  try {
    terminal.event(error_json(error));
  } catch (const Error&) {
    // Standard output is the very thing that failed; standard error has the text.
  }
  return static_cast<int>(error.role());
}

int run(const std::vector<std::string>& words) {
  Terminal terminal;
  try {
    const int status = dispatch(words, terminal);
    terminal.finish();
    return status;
  } catch (const Error& error) {
    return report(error, terminal);
  } catch (const std::bad_alloc&) {
    return report(Error(Code::resource_memory, {.what = "there is not enough memory for this",
                                                .hint = "a smaller batch, window or network needs less"}),
                  terminal);
  } catch (const std::filesystem::filesystem_error& error) {
    return report(Error(Code::resource_io, {.where = error.path1().string(),
                                            .what = "this file or folder cannot be used",
                                            .got = error.code().message(),
                                            .hint = "look whether it is there and may be read and written"}),
                  terminal);
  } catch (const std::exception&) {
    return report(Error(Code::resource_io, {.what = "the program came to a state that it does not know",
                                            .hint = "please report it, with the command and its data"}),
                  terminal);
  }
}

}  // namespace

int run_program(int count, char** words) noexcept {
  try {
    answer_lost_files();
    return run({words + (count > 0 ? 1 : 0), words + count});
  } catch (...) {  // not even the memory to say what was wrong
    std::fputs("E402 there is not enough memory for this\n", stderr);
    return static_cast<int>(Role::resource);
  }
}

const Command& command_named(const std::string& name) {
  std::vector<std::string> known = {"--help", "--version"};
  for (const Command& command : commands()) {
    if (command.name == name) return command;
    known.push_back(command.name);
  }
  throw Error(Code::usage_unknown_word,
              {.where = "carousel",
               .what = name.starts_with("-") ? fmt::format("there is no flag '{}'", name)
                                             : fmt::format("there is no command '{}'", name),
               .hint = base::suggest(name, known)});
}

}  // namespace carousel::cli
