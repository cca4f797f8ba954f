// Whether floats can hold a series: how much it changes beside the steps that floats have at its level.
#pragma once

#include <string>

#include "data/guess.h"

namespace carousel::data {

/// A warning where the root mean square of the changes from row to row is below 32 of those steps (a rounding
/// error of 1 % of it), or where the series never changes and is beyond 2²⁴, above which not even each whole
/// number is a float. "" otherwise.
std::string precision_warning(const Series& series);

}  // namespace carousel::data
