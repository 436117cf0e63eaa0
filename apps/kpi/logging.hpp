#pragma once

#include "console.hpp"

#include <spdlog/logger.h>

#include <memory>

namespace kpi::app {

/// Log lines to `console`, as text ("warning: ...") or JSON objects; -v shows debug lines. The console keeps
/// them apart from the bar and takes secrets out.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_logger(Console& console);

}  // namespace kpi::app
