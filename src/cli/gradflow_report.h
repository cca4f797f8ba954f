// The curves of carousel gradflow as text, CSV, JSON and a chart.
#pragma once

#include <string>
#include <vector>

#include "base/fields_json.h"
#include "carousel/gradflow.h"
#include "report/chart.h"

namespace carousel::cli {

/// One model of the command line and what was measured of it.
struct Measured {
  std::string word;     ///< as typed
  std::string label;    ///< short, and its own among all of them
  std::string outline;  ///< of its network
  Loss loss = Loss::mse;
  int longest = 0;  ///< steps of the longest sequence
  bool relative = false;
  Gradflow flow;
};

/// Short names: the file's or the folder's without its path and ending, or the words themselves where these
/// would not differ.
std::vector<std::string> labels_of(const std::vector<std::string>& words);

/// Norms at some lags, of every state of a model.
std::string lags_text(const Measured& one);
/// A line a curve: where it begins and ends, its rate, and its half-life.
std::string rates_text(const std::vector<Measured>& all);
/// What a curve does not show: sequences without gradient, norms that were lost.
std::vector<std::string> remarks_of(const Measured& one);

/// model,state,lag,sequences,zero,beyond,mean,p10,median,p90
std::string csv_of(const std::vector<Measured>& all);
/// An object a curve.
std::vector<Json> json_of(const Measured& one);
/// Means as lines over their bands; `reference` > 0 adds the line reference^lag.
report::Chart chart_of(const std::vector<Measured>& all, double reference);

}  // namespace carousel::cli
