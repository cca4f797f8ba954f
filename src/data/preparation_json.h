// The preparation of data as JSON, as it stands in the model file.
#pragma once

#include "base/json.h"

#include "carousel/data.h"

namespace carousel::data {

Json preparation_to_json(const Preparation& preparation);

/// Strict: throws model_bad_format for a missing key, a wrong type, an unknown word or a number that cannot
/// be (factor 0, not finite). Unknown keys are ignored. `file` stands in messages.
Preparation preparation_from_json(const Json& json, const std::string& file);

}  // namespace carousel::data
