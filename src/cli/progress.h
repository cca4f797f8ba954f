// Progress: what training tells while it runs, as a redrawn line, plain lines, or JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "carousel/forecaster.h"
#include "cli/terminal.h"

namespace carousel::cli {

/// What the redrawn line says; empty texts are left out.
struct LiveLine {
  std::string member, epoch;               ///< "2/5", "3/20"
  std::string loss, validation, accuracy;  ///< "0.21", "0.25", "91.20 %"
  std::string rate, left;                  ///< "410/s", "8 s"
  std::vector<double> curve;               ///< of a sparkline

  /// At most `width` - 1 columns. What does not fit is left out or has shorter words: accuracy first, then
  /// member, epoch, rate, sparkline, remaining time and validation.
  std::string text(int width, bool colour) const;
};

/// A terminal gets one line that is redrawn; a file or pipe gets lines at steps 1, 2, 4, 8, ... and then one
/// every 10 s; --json gets an object for each of these and for each epoch.
class Progress final : public ForecasterObserver {
 public:
  explicit Progress(Terminal& terminal) : terminal_(terminal) {}

  void start_fitted(double naive, double linear) override;
  void member(int number, int count) override;
  void started(const StartEvent& event) override;
  void step(const StepEvent& event) override;
  void epoch(const EpochEvent& event) override;
  void finished(const FinishEvent& event) override;

 private:
  std::string plain_line(const StepEvent& event) const;
  LiveLine live_line(const StepEvent& event) const;
  double seconds_left(const StepEvent& event) const;
  std::string rate(const StepEvent& event) const;

  Terminal& terminal_;
  std::int64_t total_steps_ = 0, first_step_ = 0, next_line_ = 1, sequences_ = 0;
  int epochs_ = 0;
  double last_line_ = 0, last_drawn_ = -1, recent_loss_ = 0;
  std::vector<double> losses_;       ///< logarithms, of complete epochs: validation, or training
  std::optional<EpochRecord> last_;  ///< the last complete epoch
  int member_ = 1, members_ = 1;
};

/// 0.00012345 -> "0.0001235": four significant digits.
std::string short_number(double value);
/// 4748 of each of 5 networks -> "5 x 4,748".
std::string parameters_of(std::int64_t each, std::size_t networks);
/// 125 -> "2 min 5 s".
std::string duration(double seconds);

}  // namespace carousel::cli
