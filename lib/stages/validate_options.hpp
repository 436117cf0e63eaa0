#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kpi::stages {

struct ValidateOptions {
  bool execute = true;  ///< false: static checks only
  bool mend = true;     ///< deterministic repair
  std::chrono::seconds timeout{30};
  std::int64_t max_rows = 2000;
  int repair_rounds = 2;         ///< of model repair
  std::size_t per_database = 8;  ///< queries under way at once on one database
  std::chrono::seconds slow{10};
  std::size_t max_groups = 500;                 ///< a breakdown of more is a listing
  std::int64_t plan_from_rows = 1'000'000;      ///< tables of so many rows have their plan looked at
  std::int64_t max_plan_rows = 10'000'000'000;  ///< 0: no limit
  std::int64_t max_plan_cost = 1'000'000'000;   ///< in the database's unit; 0: no limit
};

}  // namespace kpi::stages
