// Lines over the steps of a sequence, as the picture of an example.
#pragma once

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "report/svg.h"

namespace example {

/// A chart whose x is the step, from 0 (the state before the first one) on.
class Lines {
 public:
  Lines(std::string title, std::string y_label)
      : chart_{.title = std::move(title), .x_label = "step", .y_label = std::move(y_label), .x_whole = true} {
  }

  void add(std::string name, std::vector<double> y,
           carousel::report::Dash dash = carousel::report::Dash::solid) {
    const auto color = static_cast<carousel::report::Color>(1 + chart_.series.size() % 6);
    chart_.series.push_back({.name = std::move(name), .y = std::move(y), .color = color, .dash = dash});
  }
  carousel::report::Chart& chart() { return chart_; }
  void write(const std::string& path) const {
    std::ofstream(path) << carousel::report::svg_file(chart_, {.width = 760, .height = 300});
  }

 private:
  carousel::report::Chart chart_;
};

}  // namespace example
