// carousel explain-code: what an error code means, offline.
#include <cctype>
#include <cstdlib>

#include "base/nearest.h"
#include "cli/commands.h"

namespace carousel::cli {
namespace {

int run_explain_code(const Context& context) {
  if (context.args.positionals.empty()) {
    for (const CodeText& text : all_codes())
      context.terminal.print(fmt::format("E{}  {}  (exit status {})\n", static_cast<int>(text.code),
                                         text.title, static_cast<int>(text.role)));
    return 0;
  }
  std::string word = context.args.positionals[0];
  if (!word.empty() && std::toupper(static_cast<unsigned char>(word[0])) == 'E') word.erase(0, 1);
  char* end = nullptr;
  const long number = std::strtol(word.c_str(), &end, 10);
  const CodeText* text = !word.empty() && *end == '\0' ? explain_code(static_cast<int>(number)) : nullptr;
  if (!text) {
    std::vector<std::string> known;
    for (const CodeText& one : all_codes()) known.push_back(fmt::format("E{}", static_cast<int>(one.code)));
    const std::string near = base::did_you_mean("E" + word, known);
    throw Error(Code::usage_unknown_word,
                {.where = "carousel explain-code",
                 .what = fmt::format("there is no error code '{}'", context.args.positionals[0]),
                 .hint = near.empty() ? "carousel explain-code lists them all" : near});
  }
  context.terminal.print(fmt::format("E{}: {} (exit status {})\n\n{}\n", static_cast<int>(text->code),
                                     text->title, static_cast<int>(text->role), text->explanation));
  return 0;
}

}  // namespace

Command explain_code_command() {
  return {"explain-code",
          "what an error code means",
          {{"carousel explain-code E104", "one code"},
           {"carousel explain-code 104", "the same"},
           {"carousel explain-code", "all codes"}},
          "",
          {{"CODE", "such as E104", false}},
          {},
          run_explain_code};
}

}  // namespace carousel::cli
