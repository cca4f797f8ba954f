// make: the layer that a spec describes.
#pragma once

#include <memory>
#include <string>

#include "carousel/spec.h"
#include "layers/layer.h"

namespace carousel::layers {

/// `number` is the layer's place in its network (streams of dropout), `where` its name in messages.
/// Throws usage_* when the spec is wrong or does not fit its input.
template <class T>
std::unique_ptr<Layer<T>> make(const carousel::Layer& spec, Flow input, std::uint32_t number,
                               const std::string& where);

}  // namespace carousel::layers
