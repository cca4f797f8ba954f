// Step: what lies between the rows of a table in time.
#pragma once

#include <string>
#include <vector>

#include "carousel/table.h"
#include "data/calendar.h"

namespace carousel::data {

/// A spacing and how many of its units a row is.
struct Step {
  Spacing spacing = Spacing::none;
  std::int64_t units = 1;
  std::int64_t uneven = 0;  ///< number of steps that differ from the usual one
};

Step find_step(const std::vector<Moment>& moments, bool index);
/// The number of whole steps from one moment to a later one (business days: Mondays to Fridays).
std::int64_t steps_between(Moment from, Moment to, const Step& step);
/// "months", "days", ... of a step of one unit; "rows" of others.
std::string_view noun_of(const Step& step);
Moment after(Moment moment, const Step& step, std::int64_t steps);
/// "monthly", "every 15 minutes", ...
std::string text_of(const Step& step);
/// Rows of the season that the step suggests, 1 for none.
int calendar_season(const Step& step);

}  // namespace carousel::data
