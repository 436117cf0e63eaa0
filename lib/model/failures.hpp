#pragma once

#include <kpi/model/kpi.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Why things fail, grouped as the person who will prevent it would group it. The one table of causes.
namespace kpi::model {

/// Why something failed, and what prevents it.
struct Cause {
  std::string_view text;    ///< says it of the failed thing: "names a column that does not exist"
  std::string_view kind;    ///< what prevents it: "domain", "prompt", "permission", "settings" or "data"
  std::string_view advice;  ///< how, in a sentence
};

/// The cause of a finding, or of an entry of a report's errors[], by its code and message; null where nobody
/// knows.
[[nodiscard]] const Cause* cause_of(std::string_view code, std::string_view message);

/// The finding a KPI failed for, if it did: the first error, else the first that closes a gate of the score.
[[nodiscard]] const Finding* failure_of(const Kpi& kpi);

/// KPIs that failed for one reason.
struct FailureCause {
  std::string cause;               ///< "names a column that does not exist"
  bool rejects = true;             ///< false: the KPI runs, and scores 0
  std::int64_t count = 0;          ///< KPIs; each is counted once, under what was found first
  std::vector<std::string> codes;  ///< of the findings, sorted
  std::string example;             ///< "NAME: message" of the first
  std::string kind;                ///< as Cause has it
  std::string advice;
};

/// The causes, those that reject first, then by count. A KPI that failed stands under exactly one.
[[nodiscard]] std::vector<FailureCause> failure_causes(const std::vector<Kpi>& kpis);

}  // namespace kpi::model
