#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kpi::model {

/// What a line of business knows of columns by their names: globs, without regard to case. Empty lists look
/// at nothing.
struct BusinessColumns {
  std::vector<std::string> minor_units;   ///< money in hundredths
  std::vector<std::string> test_rows;     ///< rows where it is true are not business
  std::vector<std::string> deleted_rows;  ///< rows where it is set are gone
};

/// What a statement may do, read from config/sql-policy.yaml and held to by kpi::sql::Analyzer; and what its
/// lints are told.
struct SqlPolicy {
  std::size_t max_bytes = 16'000;               ///< longest statement looked at
  std::size_t max_depth = 200;                  ///< deepest nesting of the parse tree
  std::size_t max_joins = 12;                   ///< tables joined in one statement
  std::int64_t max_generated_rows = 100'000;    ///< rows, or bytes of one text, that a statement makes up
  std::vector<std::string> postgres_functions;  ///< allowed, lower case; any other is refused
  std::vector<std::string> sqlite_functions;    ///< allowed, lower case; any other is refused
  bool allow_personal_columns = false;          ///< output of personal columns is a warning, not an error
  BusinessColumns columns;                      ///< of the domain in use
};

}  // namespace kpi::model
