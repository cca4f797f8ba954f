// An articulated chain of jaw, tongue and lips in the plane, and the levels of 13 bands of the sound that its
// shape would colour: what the articulators task is made of.
#pragma once

#include <array>

namespace carousel::data {

/// What moves, each a number of mean 0 and variance 1 over time.
enum Joint : int {
  kJawAngle,
  kJawSlide,
  kRootX,
  kRootY,
  kTongue1,
  kTongue2,
  kTongue3,
  kTongue4,
  kLowerLip,
  kUpperLip,
  kProtrusion,
  kVelum,
  kLarynx,
  kJoints,
};
/// The highest frequency of each joint's movement, in Hz.
inline constexpr std::array<double, kJoints> kFastest = {4, 2, 3, 3, 4, 4, 5, 6, 5, 5, 3, 3, 2.5};

using Joints = std::array<double, kJoints>;

/// Points in the plane, in cm; x to the lips, y up, the jaw's hinge at 0, 0.
struct Point {
  double x, y;
};
inline constexpr int kPoints = 12, kBands = 13;

/// The chain in one posture.
struct Chain {
  Point incisor, molar;  ///< of the jaw
  Point lower_lip, upper_lip, lip_corner;
  std::array<Point, 5> tongue;  ///< root, back, body, blade, tip: each hangs on the one before it
  Point velum, larynx;

  /// All of them, in the order above.
  std::array<Point, kPoints> points() const;
};

/// Forward kinematics: jaw, tongue segment by segment, lips.
Chain chain_of(const Joints& joints);

/// The logarithm of the power in 13 bands from 0.25 to 4.75 kHz of a tube with the chain's openings. Its five
/// resonances follow the rule of small perturbations (Schroeder 1967): to first order the logarithm of the
/// n-th moves with -cos((2n - 1) π z) for the logarithm of an opening at z, 0 = larynx, 1 = lips.
std::array<double, kBands> band_levels(const Chain& chain);

}  // namespace carousel::data
