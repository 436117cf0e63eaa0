#pragma once

#include "analyzer.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kpi::sql {

/// Why `after`, a correction of `before`, would answer another question; none where it keeps to it.
///
/// What is compared holds for statements that do not even parse: the output columns by number and given name,
/// the aggregates, the values that rows are chosen by, the tables and columns that `before` reads and that
/// exist, whether rows are filtered, and whether they are grouped. A name that does not exist may be replaced
/// by one that does and that shares a word with it, misspelt or not; nothing else may come in its place.
/// Being wrong on the side of "another question" costs a correction, the other side a lie.
[[nodiscard]] std::optional<std::string> changed_meaning(const Analyzer& analyzer, std::string_view before,
                                                         std::string_view after, model::Dialect dialect,
                                                         const model::Database& schema);

}  // namespace kpi::sql
