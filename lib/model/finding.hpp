#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kpi::model {

enum class Severity { error, warning, note };

[[nodiscard]] std::string_view to_string(Severity severity);

/// One thing a check has to say of a KPI. The catalogue of codes is kpi::sql::finding_catalogue().
struct Finding {
  std::string code;  ///< "guard.write"
  Severity severity = Severity::error;
  std::string message;                   ///< for a person: what is wrong and what to do
  std::optional<std::int64_t> position;  ///< in bytes from 0 into the KPI's SQL
};

}  // namespace kpi::model
