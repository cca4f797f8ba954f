// Page: a run's report as one HTML file that asks no server for anything.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/chart.h"
#include "report/heat_map.h"

namespace carousel::report {

/// A table of text; the first column names the row, the others are set flush right, or left where the table
/// is of words.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  int emphasised = -1;            ///< row that is set in bold, -1 for none
  int bar_column = 1;             ///< column under whose numbers the bars stand
  std::vector<double> bars = {};  ///< of each row, as a share of 1; may be empty, NaN is left out
  /// How dark the cells are behind the first column, [rows, columns - 1], 0 to 1; may be empty.
  std::vector<double> shades = {};
  bool words = false;
  std::string folded = {};  ///< not empty: these words stand there, and open the table
};

/// One of several small pictures beside each other, with words below.
struct Card {
  std::string title, text;
  HeatMap heat_map = {};  ///< drawn when it has columns, otherwise the chart
  Chart chart = {};
  Size size = {170, 120};
};

/// A heading with any of: sentences, charts, heat maps, tables, cards, text as it stands. A line break in the
/// sentences begins a paragraph.
struct Section {
  std::string heading;
  std::string text = {};
  std::vector<Chart> charts = {};
  std::vector<HeatMap> heat_maps = {};
  std::vector<Table> tables = {};
  std::vector<Card> cards = {};
  std::string preformatted = {};  ///< settings, equations: shown when it is opened
};

struct Page {
  std::string title;
  std::string verdict;                                     ///< one sentence, in large letters
  std::vector<std::pair<std::string, std::string>> facts;  ///< name and value, in one row
  std::vector<Section> sections;
  std::string footer;
};

/// The whole page; all text is escaped. Light or dark as the reader's system says, light on paper; charts
/// exist for wide and for narrow screens. A script inside shows values under the pointer and zooms; without
/// it everything but that is there. The page forbids itself every request.
std::string html(const Page& page);

}  // namespace carousel::report
