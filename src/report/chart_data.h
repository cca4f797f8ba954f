// What the script of a page knows of a chart: its numbers and names as JSON.
#pragma once

#include <string>

#include "report/chart.h"

namespace carousel::report {

/// One object, safe inside of <script>: no "<" stands in it. Numbers have seven digits, NaN is null. Names of
/// rows are those that the chart's x axis holds.
std::string chart_json(const Chart& chart);

}  // namespace carousel::report
