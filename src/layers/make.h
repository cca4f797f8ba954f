// make: the layer that a spec describes.
#pragma once

#include <memory>
#include <string>

#include "carousel/spec.h"
#include "layers/layer.h"

namespace carousel::layers {

/// `number` is the layer's place in its network (streams of dropout), `where` its name in messages.
/// The spec's numbers are in their ranges (model/spec_json.h); throws usage_* when it does not fit its input
/// or names what there is not.
template <class T>
std::unique_ptr<Layer<T>> make(const carousel::Layer& spec, Flow input, std::uint32_t number,
                               const std::string& where);

}  // namespace carousel::layers
