// How many threads a run has that does not say.
#pragma once

#include "model/network.h"

namespace carousel::training {

/// The threads of a run with `threads` = 0 in its options, on a machine that has `cores` for it: one where a
/// training step is over before a second thread is awake, otherwise all. A step is estimated at
///
///   3 · rows · (steps · flop of the layers that run at every step + flop of the others) / (4 · lanes)
///
/// nanoseconds: backward costs twice forward, and on layers so small a core makes about 4 operations a
/// nanosecond and vector lane (`lanes`, of the target's floats). Up to 300 microseconds are tiny: an LSTM of
/// 32 units over 50 steps of 16 rows, with AVX-512. No number depends on it.
int default_threads(const model::Network<float>& network, int rows, int steps, int lanes, int cores);

}  // namespace carousel::training
