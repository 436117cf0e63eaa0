#pragma once

#include <cstddef>
#include <string>

namespace kpi::test {

/// The answer of GET /api/database/1/metadata for a database of `tables` tables of 30 fields each, as wide a
/// field as Metabase v0.50 sends (about a kilobyte). Each table has a key, keys to three others, half of them
/// undeclared, times, amounts and categories. The same for the same number.
[[nodiscard]] std::string large_metadata(std::size_t tables);

/// The answer of GET /api/database that names it.
[[nodiscard]] std::string large_database_list();

}  // namespace kpi::test
