#pragma once

#include <kpi/base/clock.hpp>

#include <string>

namespace kpi::sandbox {

/// A fresh 21-character id of letters, digits, `_` and `-`, as cards and collections bear.
[[nodiscard]] std::string new_entity_id(Clock& clock);

/// `time` in the form of Metabase's timestamps.
[[nodiscard]] std::string now_text(Clock& clock);

}  // namespace kpi::sandbox
