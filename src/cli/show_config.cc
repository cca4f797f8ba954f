// carousel show-config: every setting with its value and where that came from; docs/settings.md.
#include "cli/commands.h"
#include "cli/settings_list.h"
#include "cli/shared_options.h"
#include "cli/source.h"
#include "data/describe.h"
#include "model/spec_json.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

std::string markdown() {
  std::string text =
      "# Settings\n\nWritten by `carousel show-config --markdown`. A settings file is TOML with the parts "
      "`[data]`, `[forecast]`, `[[layer]]` (one\n"
      "for each layer, in order) and `[train]`; `carousel init DATA --target NAME` writes one with every "
      "line explained.\n"
      "Every setting of `[data]`, `[forecast]` and `[train]` is also a flag, and `--set a.b=c` sets any of "
      "them. Flags win "
      "over the file,\n"
      "the file over the defaults; `carousel show-config` shows what came from where. Unknown keys are "
      "errors.\n"
      "A file is named relative to the settings file. \"auto\" leaves a choice to the program, which says "
      "what it chose.\n";
  std::string part;
  for (const Leaf& leaf : setting_leaves()) {
    const std::string name = leaf.path.substr(0, leaf.path.find('.'));
    if (name != part) {
      text +=
          fmt::format("\n## [{}]\n\n| setting | flag | default | takes | |\n|---|---|---|---|---|\n", name);
      part = name;
    }
    std::string values = leaf.values;
    for (std::size_t i = 0; (i = values.find('|', i)) != std::string::npos; i += 2)
      values.replace(i, 1, "\\|");
    std::string doc = leaf.doc;
    for (std::size_t i = 0; (i = doc.find('|', i)) != std::string::npos; i += 2) doc.replace(i, 1, "\\|");
    const std::string flag =
        leaf.path == "data.file" ? "the first argument" : "`--" + flag_of(leaf.path) + "`";
    text += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", leaf.path.substr(name.size() + 1), flag,
                        leaf.standard.dump(), values, doc);
  }
  text +=
      "\n## [[layer]]\n\nEach layer has a `kind`; the other settings depend on it. The last layer puts out "
      "what the data has targets\n"
      "for; a dense one there may leave out its `units`, or say \"auto\".\n";
  for (const auto& [title, kind] : std::vector<std::pair<std::string, std::string>>{
           {"recurrent cells (`carousel cells` lists them)", "lstm"},
           {"dense", "dense"},
           {"activation", "activation"},
           {"dropout", "dropout"}}) {
    text += fmt::format("\n### {}\n\n| setting | default | takes | |\n|---|---|---|---|\n", title);
    for (const Leaf& leaf : layer_leaves(kind)) {
      std::string values = leaf.values, doc = leaf.doc;
      for (std::string* cell : {&values, &doc})
        for (std::size_t i = 0; (i = cell->find('|', i)) != std::string::npos; i += 2)
          cell->replace(i, 1, "\\|");
      text +=
          fmt::format("| `{}` | {} | {} | {} |\n", leaf.path,
                      leaf.path == "units" ? "must be given" : "`" + leaf.standard.dump() + "`", values, doc);
    }
  }
  text +=
      "\n### bidirectional\n\n| setting | default | takes | |\n|---|---|---|---|\n"
      "| `merge` | `\"concat\"` | concat \\| sum \\| mul \\| average | how the two directions are joined |\n"
      "| `returns` | `\"last\"` | sequence \\| last | whether every step is put out or the last |\n"
      "| `forward` | must be given | a recurrent layer | e.g. `{ kind = \"lstm\", units = 64 }` |\n"
      "| `backward` | must be given | a recurrent layer | e.g. `{ kind = \"gru\", units = 64 }` |\n";
  return text;
}

int run_show_config(const Context& context) {
  const Arguments& args = context.args;
  if (args.has("markdown")) {
    context.terminal.print(markdown());
    return 0;
  }
  Source source = open_source(args.positionals.empty() ? "" : args.positionals[0], args);
  if (!source.config.settings.data.file.empty() && source.config.settings.data.file != "-")
    prepare_source(source);
  Config& config = source.config;
  if (args.has("toml")) {
    context.terminal.print(toml_text(config, "Settings as carousel show-config found them.", ""));
    return 0;
  }
  for (const auto& [path, value, origin] : list_settings(config))
    if (args.has("json"))
      context.terminal.event({{"setting", path}, {"value", value}, {"origin", name_of(origin)}});
    else
      context.terminal.print(fmt::format("{:<28} {:<28} {}\n", path, text_of(value), name_of(origin)));
  return 0;
}

}  // namespace

Command show_config_command() {
  return {"show-config",
          "every setting, its value, and whether it is a default, from a file, a flag or guessed",
          {{"carousel show-config runs/sales", "the settings of a run"},
           {"carousel show-config run.toml --epochs 5", "what a settings file and flags come to"},
           {"carousel show-config sales.csv --target sales", "what would be guessed for some data"}},
          "",
          {{"DATA", "a settings file, a run folder, or data", false}},
          join({network_options(),
                setting_options(),
                {kSettings,
                 {.name = "toml", .value = "", .doc = "as a settings file", .group = "Output", .brief = true},
                 {.name = "markdown", .value = "", .doc = "docs/settings.md", .group = "Output"},
                 kJson}}),
          run_show_config};
}

}  // namespace carousel::cli
