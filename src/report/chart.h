// Chart: lines over a number or over named rows, as plain data that any renderer (SVG, terminal) can draw.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace carousel::report {

inline constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

/// Names of the palette; what they look like, in light and in dark, stands once in `palette_css`.
enum class Color { ink, blue, orange, green, purple, yellow, sky };

/// How a line is broken, for those who tell no colours apart.
enum class Dash { solid, dashed, dotted, dash_dot };
/// How the points of a series are drawn: joined by a line, each by itself, or each on a stem that stands at
/// 0.
enum class Mark { line, points, stems };

/// One line. `y` that is NaN or infinite breaks the line (on a log axis also y <= 0); a lone point is drawn
/// as a dot.
struct Series {
  std::string name;       ///< for the legend; "" is left out of it, and a reader cannot ask for its values
  std::vector<double> x;  ///< ascending, as long as y; empty means 0, 1, 2, ...
  std::vector<double> y;  ///< may be empty where there is a band
  Color color = Color::blue;
  Dash dash = Dash::solid;
  Mark mark = Mark::line;
  bool end_dot = false;  ///< a dot at the last point
  bool tied = false;     ///< the first point only ties the line to another one: it is no value of this series
  /// A band behind the line, from low to high, as long as y, or empty. It is broken where either is NaN or
  /// infinite; on a log axis a `low` of 0 reaches down to the axis.
  std::vector<double> low = {}, high = {};
  std::string band = {};                 ///< what the band is, for the legend; "" is left out of it
  std::vector<std::string> labels = {};  ///< of points: the name of each, or none
};

/// A vertical line with a word beside it.
struct Marker {
  double x = 0;
  std::string label;
};

/// A shaded stretch of x; its word stands in the legend.
struct Span {
  double from = 0, to = 0;
  std::string label;
};

/// Short strokes on the lower edge, one at each x: a shape, for those who tell no colours apart. Their word
/// stands in the legend.
struct Strokes {
  std::vector<double> x;
  std::string label;
};

struct Chart {
  std::string title;
  std::string x_label, y_label;
  std::vector<Series> series;
  std::vector<Marker> markers;
  std::vector<Span> spans;
  std::vector<std::string> x_names;  ///< name of x = 0, 1, 2, ..., such as "1958-03"; empty: x is a number
  bool y_log = false;                ///< logarithmic y axis
  bool x_whole = false;              ///< x counts something: ticks at whole numbers only
  std::vector<Strokes> strokes = {};
  bool half = false;        ///< on a page, half as wide as others: two stand beside each other
  bool log_switch = false;  ///< a reader may go from a logarithmic y axis to a linear one and back
};

/// Losses over epochs 1, 2, ...: `validation` may be empty; `best` is the epoch whose model was kept, 0 for
/// none. The y axis is logarithmic when the losses span more than a factor of 10.
Chart learning_curves(std::string loss, const std::vector<double>& train,
                      const std::vector<double>& validation, int best);

/// What `gradient_norms` draws: points of one or more steps, all arrays as long as `steps`.
struct GradientData {
  std::vector<double> steps;  ///< the last one of each point
  std::vector<double> mean, lowest, highest;
  std::vector<bool> clipped;  ///< any of the point's steps
  double clip_norm = 0;       ///< drawn as a line; 0: none
};

/// Gradient norms over steps on a logarithmic axis; clipped points have a stroke on the lower edge.
Chart gradient_norms(const GradientData& data);

/// What `history` draws. All rows in the order of time.
struct HistoryData {
  std::string target;              ///< name of the column
  std::vector<std::string> names;  ///< of the rows of `values`, then of the forecast's steps; may be empty
  std::vector<double> values;      ///< the true values
  std::vector<double> predicted;   ///< of the rows of `values`, NaN where nothing was predicted; may be empty
  std::vector<double> forecast;    ///< after the last row; may be empty
  /// Bands around these two lines, as long as they are, or empty; `band` says what they are.
  std::vector<double> predicted_low = {}, predicted_high = {}, forecast_low = {}, forecast_high = {};
  std::string band = {};
  long test_from = -1;  ///< first row of the part that was never seen in training, -1 for none
};

/// The true values with what was predicted over them and the forecast after them, from row `from` on.
Chart history(const HistoryData& data, long from = 0);

/// A row from which a close-up of the test part and the forecast shows the lines apart: some context before
/// the test part, at most `rows` rows before the end.
long close_up_from(const HistoryData& data, long rows = 160);

}  // namespace carousel::report
