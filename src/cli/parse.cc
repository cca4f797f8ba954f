// Reads a command's arguments by CLI11, from the table of options.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/nearest.h"
#include "cli/option.h"

namespace carousel::cli {
namespace {

std::string flag_names(const Option& option) {
  std::string names = "--" + option.name;
  for (const std::string& alias : option.aliases) names += "," + alias;
  return names;
}

[[noreturn]] void unknown_flag(const Command& command, const std::string& word) {
  std::vector<std::string> known = {"--help"};
  for (const Option& option : command.options) {
    known.push_back("--" + option.name);
    known.insert(known.end(), option.aliases.begin(), option.aliases.end());
  }
  const std::string flag = word.substr(0, word.find('='));
  const std::string near = base::did_you_mean(flag, known);
  const std::string all = fmt::format("carousel {} --help lists every flag", command.name);
  throw Error(Code::usage_unknown_word, {.where = "carousel " + command.name,
                                         .what = fmt::format("there is no flag '{}'", flag),
                                         .hint = near.empty() ? all : near});
}

std::string usage_hint(const Command& command) {
  return fmt::format("carousel {} -h", command.name);
}

}  // namespace

Arguments parse(const Command& command, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  Arguments args;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, CLI::Option*> options;
  std::vector<std::string> positionals;
  for (const Option& option : command.options) {
    if (option.value.empty())
      options[option.name] = app.add_flag(flag_names(option))->disable_flag_override();
    else
      options[option.name] = app.add_option(flag_names(option), values[option.name])
                                 ->expected(1)
                                 ->allow_extra_args(false)
                                 ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  // As many as there are: counting them is left to the end, so that a misspelt flag is named before its value
  // is.
  app.add_option("positionals", positionals)->expected(0, static_cast<int>(words.size()) + 1);
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(reversed);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();
    const std::string flag = text.starts_with("-") ? text.substr(0, text.find_first_of(": ")) : "";
    throw Error(Code::usage_missing,
                {.where = flag.empty() ? "carousel " + command.name : flag,
                 .what = flag.empty() ? "a flag lacks its value" : "this flag needs a value",
                 .hint = usage_hint(command)});
  } catch (const CLI::ParseError&) {
    throw Error(Code::usage_bad_value, {.where = "carousel " + command.name,
                                        .what = "these words cannot be understood",
                                        .hint = usage_hint(command)});
  }
  for (const std::string& word : app.remaining())
    if (word.size() > 1 && word.front() == '-') unknown_flag(command, word);
  const bool any_number = std::any_of(command.positionals.begin(), command.positionals.end(),
                                      [](const Positional& positional) { return positional.repeats; });
  if (positionals.size() > command.positionals.size() && !any_number)
    throw Error(Code::usage_unknown_word, {.where = "carousel " + command.name,
                                           .what = fmt::format("'{}' is one argument too many",
                                                               positionals[command.positionals.size()]),
                                           .hint = usage_hint(command)});
  for (const Option& option : command.options) {
    const CLI::Option* parsed = options[option.name];
    if (parsed->count() == 0) continue;
    if (!option.repeats && parsed->count() > 1)
      throw Error(
          Code::usage_conflict,
          {.where = "--" + option.name,
           .what = "this flag was given twice",
           .hint = option.value == "A,B" ? "several values stand behind one flag, with commas between them"
                                         : "give it once"});
    if (!option.setting.empty()) args.settings.insert(option.name);
    args.values[option.name] = option.value.empty() ? std::vector<std::string>{"true"} : values[option.name];
  }
  args.positionals = std::move(positionals);
  std::size_t required = 0;
  for (const Positional& positional : command.positionals) required += positional.required;
  if (args.positionals.size() < required)
    throw Error(Code::usage_missing,
                {.where = "carousel " + command.name,
                 .what = fmt::format("{} must be given", command.positionals[args.positionals.size()].name),
                 .expected = command.positionals[args.positionals.size()].doc,
                 .hint = "for example: " + command.examples.front().line});
  return args;
}

std::string Arguments::text(const std::string& option, const std::string& otherwise) const {
  const auto found = values.find(option);
  return found == values.end() ? otherwise : found->second.back();
}

double Arguments::number(const std::string& option, double otherwise, double low, double high) const {
  if (!has(option)) return otherwise;
  const std::string word = text(option);
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (word.empty() || *end != '\0' || !(value >= low && value <= high))
    throw Error(Code::usage_bad_value, {.where = "--" + option,
                                        .what = "this flag cannot have that value",
                                        .expected = fmt::format("a number from {} to {}", low, high),
                                        .got = "'" + word + "'"});
  return value;
}

long Arguments::whole(const std::string& option, long otherwise, long low, long high) const {
  if (!has(option)) return otherwise;
  const std::string word = text(option);
  char* end = nullptr;
  errno = 0;
  const long value = std::strtol(word.c_str(), &end, 10);
  if (word.empty() || *end != '\0' || errno != 0 || value < low || value > high)
    throw Error(Code::usage_bad_value, {.where = "--" + option,
                                        .what = "this flag cannot have that value",
                                        .expected = fmt::format("a whole number from {} to {}", low, high),
                                        .got = "'" + word + "'"});
  return value;
}

}  // namespace carousel::cli
