// Help in three lengths from one table: -h, --help and docs/cli.md.
#include <algorithm>

#include "cli/option.h"

namespace carousel::cli {
namespace {

constexpr std::size_t kBriefLines = 25;
constexpr std::size_t kWidth = 110;

std::string usage_of(const Command& command) {
  std::string text = "carousel " + command.name;
  for (const Positional& positional : command.positionals)
    text += positional.required ? " " + positional.name : " [" + positional.name + "]";
  return text + (command.options.empty() ? "" : " [flags]");
}

std::string left_of(const Option& option) {
  std::string text = "--" + option.name;
  for (const std::string& alias : option.aliases)
    if (alias.size() == 2) text = alias + ", " + text;
  return option.value.empty() ? text : text + " " + option.value;
}

/// "  left   right", the right part wrapped under itself.
std::string row(const std::string& left, const std::string& right, std::size_t column) {
  std::string text = "  " + left;
  if (text.size() + 2 > column)
    text += "\n" + std::string(column, ' ');
  else
    text.resize(column, ' ');
  std::size_t used = column;
  for (std::size_t from = 0; from < right.size();) {
    const std::size_t space = std::min(right.find(' ', from), right.size());
    const std::string word = right.substr(from, space - from);
    if (used + word.size() + 1 > kWidth && used > column) {
      text += "\n" + std::string(column, ' ');
      used = column;
    }
    if (used > column) text += " ", ++used;
    text += word;
    used += word.size();
    from = space + 1;
  }
  return text + "\n";
}

std::string examples_text(const Command& command) {
  std::string text;
  for (const Example& example : command.examples) text += "  " + example.line + "\n";
  return text;
}

std::vector<std::string> groups_of(const Command& command) {
  std::vector<std::string> groups;
  for (const Option& option : command.options)
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) groups.push_back(option.group);
  return groups;
}

std::string escaped(std::string text) {  // for a cell of a Markdown table
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.replace(at, 1, "\\|");
  return text;
}

}  // namespace

std::string brief_help(const Command& command) {
  std::string text =
      examples_text(command) + "\n" + command.summary + "\n\nusage: " + usage_of(command) + "\n";
  for (const Positional& positional : command.positionals) text += row(positional.name, positional.doc, 24);
  const std::string all = row("--help", fmt::format("all {} flags", command.options.size() + 2), 24);
  for (const Option& option : command.options) {
    if (!option.brief) continue;
    const std::string line = row(left_of(option), option.doc, 24);
    if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n') +
                                 std::count(line.begin(), line.end(), '\n')) +
            1 >
        kBriefLines)
      break;
    text += line;
  }
  return text + all;
}

std::string full_help(const Command& command) {
  std::string text = command.summary + "\n\nusage: " + usage_of(command) + "\n";
  for (const Positional& positional : command.positionals) text += row(positional.name, positional.doc, 28);
  text += "\nExamples\n";
  for (const Example& example : command.examples)
    text += "  " + example.line + "\n      " + example.doc + "\n";
  if (!command.text.empty()) text += "\n" + command.text + "\n";
  for (const std::string& group : groups_of(command)) {
    text += "\n" + group + "\n";
    for (const Option& option : command.options)
      if (option.group == group) text += row(left_of(option), option.doc, 28);
  }
  text += "\nHelp\n" + row("-h", "the most used flags", 28) + row("--help", "this page", 28);
  return text;
}

std::string brief_help() {
  std::string text =
      "  carousel train sales.csv --target sales      train a network, score it beside simple baselines\n"
      "  carousel forecast runs/sales                 what comes next\n"
      "  carousel train run.toml                      the same from a settings file (carousel init writes "
      "one)\n"
      "\nCarousel: recurrent networks that forecast and classify. usage: carousel COMMAND [...]\n\n";
  for (const Command& command : commands()) text += row(command.name, command.summary, 17);
  return text +
         "\ncarousel COMMAND -h tells more; carousel help --all tells everything. Exit status: docs/cli.md\n";
}

std::string full_help() {
  std::string text = brief_help();
  for (const Command& command : commands())
    text += "\n" + std::string(kWidth, '-') + "\ncarousel " + command.name + ": " + full_help(command);
  return text;
}

std::string markdown_help() {
  std::string text =
      "# The command line\n\n"
      "Written by `carousel help --markdown`. `carousel COMMAND -h` shows the most used flags, `--help` all "
      "of them.\n\n"
      "`-` stands for standard input or output. Results go to standard output, talk to standard error; "
      "`--json` makes\n"
      "the results one object a line, `--quiet` silences the talk. `NO_COLOR` is honoured.\n\n"
      "| exit status | meaning |\n|---|---|\n"
      "| 0 | done |\n| 1 | a check that was asked for failed, or training met a number that is not finite |\n"
      "| 2 | usage: commands, flags, settings |\n| 3 | data |\n| 4 | model file |\n"
      "| 5 | resources: disk, memory |\n| 75 | stopped from outside (SIGTERM); `carousel resume` goes on |\n"
      "| 130 | stopped by Ctrl-C; best and last model are saved, `carousel resume` goes on |\n\n"
      "Errors have codes: `carousel explain-code E104` tells more about one.\n";
  for (const Command& command : commands()) {
    text += "\n## carousel " + command.name + "\n\n" + command.summary + "\n\n```\n" + usage_of(command) +
            "\n```\n\n";
    for (const Positional& positional : command.positionals)
      text += "- `" + positional.name + "`: " + positional.doc + "\n";
    if (!command.positionals.empty()) text += "\n";
    if (!command.text.empty()) text += command.text + "\n\n";
    text += "```\n";
    for (const Example& example : command.examples) text += "# " + example.doc + "\n" + example.line + "\n";
    text += "```\n";
    for (const std::string& group : groups_of(command)) {
      text += "\n| " + group + " | |\n|---|---|\n";
      for (const Option& option : command.options)
        if (option.group == group) {
          std::string names = left_of(option);
          for (const std::string& alias : option.aliases)
            if (alias.size() > 2) names += ", " + alias;
          text += "| `" + escaped(names) + "` | " + escaped(option.doc) + " |\n";
        }
    }
  }
  return text;
}

}  // namespace carousel::cli
