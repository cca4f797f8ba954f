// Plots: the charts of a page as files of their own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/terminal.h"
#include "report/page.h"

namespace carousel::cli {

/// Every chart and heat map of a page as an SVG file, with a name that is made of its section and title:
/// "residuals-predicted-against-true".
std::vector<std::pair<std::string, std::string>> plots_of(const report::Page& page);

/// Writes them into `folder`/plots as SVG, and as PNG (light, two pixels a unit) by the program rsvg-convert;
/// warns where that is not installed. Plots that stood there before are removed. Throws resource_io.
void write_plots(const report::Page& page, const std::string& folder, Terminal& terminal);

}  // namespace carousel::cli
