#pragma once

#include <kpi/base/result.hpp>
#include <kpi/stages/ports.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace kpi::stages {

/// True if what a request was to create may exist although the request failed: the answer was lost, the
/// server failed after it had written, a proxy gave up waiting. Then it is looked for before it is asked for
/// again.
[[nodiscard]] inline bool may_exist(const Error& error) {
  static constexpr std::array<std::string_view, 7> open{
      "metabase.lost_answer", "metabase.server_error", "metabase.bad_answer",  "metabase.timeout",
      "metabase.unreachable", "metabase.initializing", "metabase.not_metabase"};
  return std::find(open.begin(), open.end(), error.code) != open.end();
}

inline constexpr int most_attempts = 3;  ///< at one write whose outcome is not known

/// Waits before such a write is looked for: it may still be under way. False if stopped.
inline bool pause(int attempt, const Context& context) {
  constexpr std::chrono::milliseconds step{300};
  return context.clock.sleep(step * attempt, context.stop);
}

}  // namespace kpi::stages
