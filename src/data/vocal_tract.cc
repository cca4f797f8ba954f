// Kinematics of the chain, and resonances of the tube that it forms.
#include "data/vocal_tract.h"

#include <cmath>
#include <numbers>

namespace carousel::data {
namespace {

Point turned(double angle, Point p) {
  const double c = std::cos(angle), s = std::sin(angle);
  return {c * p.x - s * p.y, s * p.x + c * p.y};
}

/// The logarithm of an opening (cm) that closes softly: what presses on keeps a small leak.
double log_opening(double distance) {
  constexpr double kSoft = 0.5, kLeak = 0.3;
  return std::log(kLeak + kSoft * std::log1p(std::exp(distance / kSoft)));
}

double palate(double x) {
  return 1.3 - 0.07 * (x - 4.5) * (x - 4.5);
}

double resonance(double f, double centre, double width) {
  return width * width / ((f - centre) * (f - centre) + width * width);
}

}  // namespace

std::array<Point, kPoints> Chain::points() const {
  return {incisor,   molar,     lower_lip, upper_lip, lip_corner, tongue[0],
          tongue[1], tongue[2], tongue[3], tongue[4], velum,      larynx};
}

Chain chain_of(const Joints& q) {
  Chain chain;
  const double jaw = -0.25 + 0.06 * q[kJawAngle];
  const double slide = 0.05 * q[kJawSlide];
  const double forward = 0.3 * q[kProtrusion];
  const auto on_jaw = [&](Point p) {
    const Point at = turned(jaw, p);
    return Point{at.x + slide, at.y};
  };
  chain.incisor = on_jaw({8.0, 0.0});
  chain.molar = on_jaw({4.5, 0.3});
  chain.lower_lip = on_jaw({9.0 + forward, 0.8 + 0.3 * q[kLowerLip]});
  chain.upper_lip = {9.2 + forward, -0.4 + 0.3 * q[kUpperLip]};
  chain.lip_corner = {(chain.lower_lip.x + chain.upper_lip.x) / 2 - 1.2 + 0.5 * forward,
                      (chain.lower_lip.y + chain.upper_lip.y) / 2};
  constexpr double kLengths[] = {1.8, 1.7, 1.5, 1.2}, kRest[] = {1.4, -0.5, -0.5, -0.4},
                   kSwing[] = {0.14, 0.14, 0.16, 0.2};
  chain.tongue[0] = on_jaw({2.5 + 0.3 * q[kRootX], -2.2 + 0.25 * q[kRootY]});
  double angle = jaw;
  for (std::size_t i = 0; i < 4; ++i) {
    angle += kRest[i] + kSwing[i] * q[kTongue1 + i];
    const Point segment = turned(angle, {kLengths[i], 0.0});
    chain.tongue[i + 1] = {chain.tongue[i].x + segment.x, chain.tongue[i].y + segment.y};
  }
  const Point flap = turned(-0.9 + 0.25 * q[kVelum], {1.5, 0.0});
  chain.velum = {1.5 + flap.x, 1.8 + flap.y};
  chain.larynx = {0.3 + 0.1 * q[kRootX] + 0.3 * slide, -5.0 + 0.4 * q[kLarynx]};
  return chain;
}

std::array<double, kBands> band_levels(const Chain& chain) {
  // Openings from the larynx to the lips, and where they are along the tube.
  constexpr double kWall = 0.6;
  constexpr int kOpenings = 6;
  constexpr double kPlace[kOpenings] = {0.15, 0.35, 0.55, 0.72, 0.86, 1.0};
  double opening[kOpenings];
  opening[0] = log_opening(chain.tongue[0].x - kWall);
  for (std::size_t i = 1; i < 5; ++i) opening[i] = log_opening(palate(chain.tongue[i].x) - chain.tongue[i].y);
  opening[5] = log_opening(chain.upper_lip.y - chain.lower_lip.y - 0.8 * (chain.lip_corner.x - 8.0));

  constexpr double kLength = 18.2, kMoves = 0.2;
  constexpr int kResonances = 5;
  const double length = (chain.upper_lip.x - chain.larynx.y + 4.0) / kLength;
  double centre[kResonances];
  for (int n = 0; n < kResonances; ++n) {
    double sum = 0.0;
    for (int m = 0; m < kOpenings; ++m)
      sum -= kMoves * std::cos((2 * n + 1) * std::numbers::pi * kPlace[m]) * opening[m];
    centre[n] = (n + 0.5) / length * std::exp(sum);
  }
  const double nose = std::exp(log_opening(1.0 - chain.velum.y));
  std::array<double, kBands> levels;
  for (std::size_t b = 0; b < kBands; ++b) {
    const double f = 0.25 * std::pow(19.0, static_cast<double>(b) / (kBands - 1));  // kHz
    double power = 0.01 + 0.5 * nose * resonance(f, 0.27, 0.15);
    for (int n = 0; n < kResonances; ++n) power += std::exp2(-n) * resonance(f, centre[n], 0.2 + 0.07 * n);
    levels[b] = std::log(power) + 0.5 * opening[5] + 0.2 * f * (chain.larynx.y + 5.0);
  }
  return levels;
}

}  // namespace carousel::data
