#pragma once

#include <string_view>

// The texts of help topics that are written by hand: the files in help/.
namespace kpi::app {

extern const std::string_view help_reports;
extern const std::string_view help_troubleshooting;

}  // namespace kpi::app
