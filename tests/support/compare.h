// expect_close: two arrays of numbers within a bound, with the worst place in the message.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

namespace carousel::testing {

/// |got - want| <= relative · |want| + absolute · (largest |want| of the array).
struct Bound {
  double relative = 0.0, absolute = 0.0;
};

/// Returns the largest error as a share of its bound; above 1 (or not finite) the test has failed.
template <class T>
double expect_close(const std::string& what, std::span<const T> got, std::span<const double> want,
                    Bound bound) {
  EXPECT_EQ(got.size(), want.size()) << what;
  if (got.size() != want.size()) return HUGE_VAL;
  double largest = 0.0, worst = 0.0;
  std::size_t place = 0;
  for (const double w : want) largest = std::max(largest, std::abs(w));
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double error = std::abs(static_cast<double>(got[i]) - want[i]);
    if (error == 0) continue;
    const double share = error / (bound.relative * std::abs(want[i]) + bound.absolute * largest);
    if (share <= worst) continue;
    worst = std::isfinite(share) ? share : HUGE_VAL;
    place = i;
  }
  if (worst > 1.0)
    ADD_FAILURE() << what << "[" << place << "] of " << want.size() << " is " << got[place] << ", expected "
                  << want[place] << ": " << worst << " times what is allowed (largest number " << largest
                  << ")";
  return worst;
}

}  // namespace carousel::testing
