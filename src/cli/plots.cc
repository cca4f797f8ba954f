// Writes charts as files, and hands them to rsvg-convert for PNG.
#include "cli/plots.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "cli/run_folder.h"
#include "files/atomic_writer.h"
#include "report/svg.h"

namespace carousel::cli {
namespace {

namespace fs = std::filesystem;

/// "Errors by horizon step" -> "errors-by-horizon-step".
std::string slug(const std::string& words) {
  std::string text;
  for (const char c : words) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) && byte < 0x80)
      text += static_cast<char>(std::tolower(byte));
    else if (!text.empty() && text.back() != '-')
      text += '-';
  }
  while (text.ends_with('-')) text.pop_back();
  return text;
}

/// Whether rsvg-convert turned one into the other.
bool rasterise(std::string svg, std::string png) {
  std::string name = "rsvg-convert", zoom = "--zoom=2", output = "--output=" + png;
  char* words[] = {name.data(), zoom.data(), output.data(), svg.data(), nullptr};
  pid_t child = 0;
  int status = -1;
  return posix_spawnp(&child, words[0], nullptr, nullptr, words, environ) == 0 &&
         waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> plots_of(const report::Page& page) {
  std::vector<std::pair<std::string, std::string>> plots;
  std::set<std::string> taken;
  const auto add = [&](const report::Section& section, const std::string& title, std::string svg) {
    const std::string base =
        slug(section.heading) == slug(title) ? slug(title) : slug(section.heading + " " + title);
    std::string name = base;
    for (int number = 2; !taken.insert(name).second; ++number) name = fmt::format("{}-{}", base, number);
    plots.emplace_back(name, std::move(svg));
  };
  for (const report::Section& section : page.sections) {
    for (const report::Chart& chart : section.charts)
      add(section, chart.title.empty() ? chart.y_label : chart.title,
          report::svg_file(chart, chart.half ? report::Size{480, 340} : report::Size{}));
    for (const report::HeatMap& map : section.heat_maps) add(section, map.title, report::svg_file(map));
  }
  return plots;
}

void write_plots(const report::Page& page, const std::string& folder, Terminal& terminal) {
  clear_plots(folder);
  const std::string plots = in_folder(folder, "plots"), light = in_folder(plots, ".light.svg");
  make_folder(plots);
  bool able = true;
  for (const auto& [name, svg] : plots_of(page)) {
    files::write_file(in_folder(plots, name + ".svg"), svg);
    if (!able) continue;
    files::write_file(light, report::with_light_colors(svg));  // librsvg knows no variables
    able = rasterise(light, in_folder(plots, name + ".png"));
  }
  std::error_code ignored;
  fs::remove(light, ignored);
  if (!able)
    terminal.warn("no PNG beside the SVG: rsvg-convert did not run (Debian: apt install librsvg2-bin)");
}

}  // namespace carousel::cli
