#pragma once

#include <kpi/model/kpi.hpp>

#include <cstdint>
#include <string>
#include <vector>

// Why KPIs fail, grouped as the person who will prevent it would group it.
namespace kpi::model {

/// KPIs that failed for one reason.
struct FailureCause {
  std::string cause;               ///< "names a column that does not exist"
  bool rejects = true;             ///< false: the KPI runs, and scores 0
  std::int64_t count = 0;          ///< KPIs; each is counted once, under what was found first
  std::vector<std::string> codes;  ///< of the findings, sorted
  std::string example;             ///< "NAME: message" of the first
  std::string kind;    ///< what prevents it: "domain", "prompt", "permission", "settings" or "data"
  std::string advice;  ///< how, in a sentence
};

/// The causes, those that reject first, then by count. A KPI that failed stands under exactly one.
[[nodiscard]] std::vector<FailureCause> failure_causes(const std::vector<Kpi>& kpis);

}  // namespace kpi::model
