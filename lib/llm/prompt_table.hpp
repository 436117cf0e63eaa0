#pragma once

#include <kpi/llm/generator.hpp>

#include <cstdint>
#include <string>

namespace kpi::llm {

/// `shape`, the template of a table's prompt, filled in: the table with all its columns, its neighbours with
/// the conditions to join them on, and the worked examples that suit it best. The detail shrinks until the
/// prompt is about `max_tokens` long; the columns stay.
[[nodiscard]] std::string table_prompt(const std::string& shape, const TableTask& task,
                                       std::int64_t max_tokens);

}  // namespace kpi::llm
