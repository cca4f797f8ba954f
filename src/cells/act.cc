// The functions of act.h for float and double, on top of the C library.
#include "cells/act.h"

#include <cmath>

namespace carousel::cells {
namespace {

// exp of a number that is not positive cannot overflow.
template <class T>
T logistic(T v) {
  const T e = std::exp(-std::abs(v));
  return v < 0 ? e / (1 + e) : 1 / (1 + e);
}

}  // namespace

double abs(double v) {
  return std::abs(v);
}
double max(double v, double bound) {
  return v < bound ? bound : v;
}
double min(double v, double bound) {
  return v > bound ? bound : v;
}
double positive(double v) {
  return v > 0 ? 1 : 0;
}
double sigmoid(double v) {
  return logistic(v);
}
double tanh(double v) {
  return std::tanh(v);
}
float abs(float v) {
  return std::abs(v);
}
float max(float v, float bound) {
  return v < bound ? bound : v;
}
float min(float v, float bound) {
  return v > bound ? bound : v;
}
float positive(float v) {
  return v > 0 ? 1 : 0;
}
float sigmoid(float v) {
  return logistic(v);
}
float tanh(float v) {
  return std::tanh(v);
}

}  // namespace carousel::cells
