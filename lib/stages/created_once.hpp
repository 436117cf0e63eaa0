#pragma once

#include <kpi/base/result.hpp>

#include <algorithm>
#include <array>
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

}  // namespace kpi::stages
