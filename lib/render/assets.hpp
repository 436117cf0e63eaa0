#pragma once

#include <string_view>

// The files of assets/, as they were when kpi was built.
namespace kpi::render::assets {

extern const std::string_view page;    ///< report.html, a mustache template
extern const std::string_view style;   ///< report.css
extern const std::string_view script;  ///< report.js

}  // namespace kpi::render::assets
