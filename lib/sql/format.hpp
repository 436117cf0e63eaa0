#pragma once

#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>

namespace kpi::sql {

/// `statement` with a line a clause, a line a column and a line a condition, two spaces a level of subquery,
/// clause words in capitals: how cards hold it. Every token stays as it is but for the case of those words,
/// so it means the same; text with comments or an open literal comes back as it was. Formatting twice changes
/// nothing.
[[nodiscard]] std::string format(std::string_view statement, model::Dialect dialect);

}  // namespace kpi::sql
