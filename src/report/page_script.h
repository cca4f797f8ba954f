// The script of a page: values under the pointer, zoom, and the switch of a logarithmic axis.
#pragma once

#include <string_view>

namespace carousel::report {

/// Text for one <script>. It finds each figure that holds a chart and its `chart_json`; without it the page
/// lacks nothing but these comforts.
std::string_view page_script();

}  // namespace carousel::report
