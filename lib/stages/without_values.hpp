#pragma once

#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>

namespace kpi::stages {

/// A database's error message without what it quotes from its rows ("invalid input syntax for type integer:
/// "Kim""): quoted text stays where `sql` holds it or `schema` (may be null) has a table or column of that
/// name, and becomes "..." elsewhere. Such a message reaches reports, logs and prompts.
[[nodiscard]] std::string without_values(std::string_view message, std::string_view sql,
                                         const model::Database* schema);

}  // namespace kpi::stages
