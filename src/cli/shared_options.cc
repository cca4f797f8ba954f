// Quiet, JSON, threads and the others that mean the same everywhere.
#include "cli/shared_options.h"

#include <algorithm>

#include "cli/config.h"

namespace carousel::cli {

const Option kQuiet{.name = "quiet",
                    .value = "",
                    .doc = "no talk, only results, warnings and errors",
                    .group = "Output",
                    .aliases = {"-q"}};
const Option kJson{
    .name = "json", .value = "", .doc = "results as JSON, one object a line", .group = "Output"};
const Option kForce{.name = "force", .value = "", .doc = "replace what is there", .group = "Output"};
const Option kPlots{.name = "plots",
                    .value = "",
                    .doc = "every chart of the report as SVG and PNG too, in the run folder's plots/",
                    .group = "Output"};
const Option kRequireSkill{
    .name = "require-skill",
    .value = "",
    .doc = "exit status 1 where a baseline, such as the linear autoregression, is not beaten",
    .group = "Running",
    .brief = true};
const Option kThreads{.name = "threads",
                      .value = "N",
                      .doc = "0 = all cores; the numbers do not depend on it",
                      .group = "Running"};
const Option kSettings{.name = "settings",
                       .value = "FILE",
                       .doc = "a settings file; flags win over it",
                       .group = "Settings",
                       .aliases = {"--config"}};
const Option kTarget{.name = "target",
                     .value = "A,B",
                     .doc = "arrays and images: file or name of the targets",
                     .group = "Data",
                     .brief = true,
                     .setting = "data.target"};
const Option kLengths{.name = "lengths",
                      .value = "FILE",
                      .doc = "arrays: file or name of the lengths [N]",
                      .group = "Data",
                      .setting = "data.lengths"};
const Option kMask{.name = "mask",
                   .value = "FILE",
                   .doc = "arrays: file or name of the mask [N, T]",
                   .group = "Data",
                   .setting = "data.mask"};

Option out_option(const std::string& value, const std::string& doc) {
  return {.name = "out", .value = value, .doc = doc, .group = "Output", .brief = true, .aliases = {"-o"}};
}

std::vector<Option> reading_options() {
  static const std::vector<std::string> settings = {"data.delimiter", "data.decimal", "data.header",
                                                    "data.time",      "data.order",   "data.missing"};
  std::vector<Option> options;
  for (Option& option : setting_options()) {
    if (std::find(settings.begin(), settings.end(), option.setting) == settings.end() &&
        option.name != "no-header")
      continue;
    option.brief = false;
    option.group = "Reading a CSV";
    options.push_back(std::move(option));
  }
  return options;
}

std::vector<Option> join(std::initializer_list<std::vector<Option>> parts) {
  std::vector<Option> all;
  for (const std::vector<Option>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace carousel::cli
