// The table of commands and their options: the one source of parsing, help, docs/cli.md and suggestions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.h"

namespace carousel::cli {

struct Option {
  std::string name;                       ///< "window" for --window
  std::string value;                      ///< what stands for its value in help: "N", "FILE"; "" = a switch
  std::string doc;                        ///< one line
  std::string group = "Other";            ///< heading in --help
  bool brief = false;                     ///< also in -h
  std::string setting = {};               ///< the setting that it gives, e.g. "data.window"; "" = none
  std::vector<std::string> aliases = {};  ///< as typed: "-q", "--look-back"
  bool repeats = false;                   ///< may be given more than once
};

struct Positional {
  std::string name;  ///< "DATA"
  std::string doc;
  bool required = true;
  bool repeats = false;  ///< may be several words; at most one positional of a command is
};

struct Example {
  std::string line;  ///< "carousel train sales.csv --target sales"
  std::string doc;
};

/// What was typed behind the command's name.
class Arguments {
 public:
  std::vector<std::string> positionals;
  std::map<std::string, std::vector<std::string>> values;  ///< by option name; a switch has one value, "true"
  std::set<std::string> settings;                          ///< names of the options here that give a setting

  bool has(const std::string& option) const { return values.contains(option); }
  /// The last value of an option, or `otherwise`.
  std::string text(const std::string& option, const std::string& otherwise = "") const;
  /// A whole number in [low, high]; throws usage_bad_value.
  long whole(const std::string& option, long otherwise, long low, long high) const;
  /// A number in [low, high]; throws usage_bad_value.
  double number(const std::string& option, double otherwise, double low, double high) const;
};

struct Command;

struct Context {
  const Command& command;
  const Arguments& args;
  Terminal& terminal;
};

struct Command {
  std::string name;
  std::string summary;            ///< one line
  std::vector<Example> examples;  ///< three
  std::string text;               ///< paragraphs for --help and docs/cli.md
  std::vector<Positional> positionals;
  std::vector<Option> options;
  int (*run)(const Context&) = nullptr;  ///< returns the exit status
};

/// Every command in the order of a first acquaintance.
const std::vector<Command>& commands();
/// The command of that name; throws usage_unknown_word with the nearest one.
const Command& command_named(const std::string& name);

/// Reads what stands behind the command's name. Throws usage_* with the nearest known flag.
Arguments parse(const Command& command, const std::vector<std::string>& words);

/// -h: at most 25 lines, opening with three examples. --help: everything.
std::string brief_help(const Command& command);
std::string full_help(const Command& command);
std::string brief_help();
std::string full_help();
/// docs/cli.md.
std::string markdown_help();

}  // namespace carousel::cli
