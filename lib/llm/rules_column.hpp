#pragma once

#include <kpi/model/schema.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a column is, told by its name, type, statistics and comment. Each question stands alone: what part a
// column plays in its table is for gather() to say.
namespace kpi::llm {

/// The words of the name; never empty: a name may be made of signs alone.
[[nodiscard]] std::vector<std::string> words_of(const model::Field& field);
/// True if one of `globs` names the column, whole or by its last key.
[[nodiscard]] bool matches(const std::vector<std::string>& globs, const model::Field& field);

/// One value in every row, or none in any: nothing to tell.
[[nodiscard]] bool is_flat(const model::Field& field);
[[nodiscard]] bool may_be_empty(const model::Field& field);
/// True if more than half of the rows are known to have no value.
[[nodiscard]] bool mostly_empty(const model::Field& field);

/// A time that something is promised for.
[[nodiscard]] bool is_due(const model::Field& field);
/// The time of the last of many: it moves on, and says when somebody was there, not when something was done.
[[nodiscard]] bool is_touch(const model::Field& field);
/// The time of the last change of the row.
[[nodiscard]] bool is_update(const model::Field& field);
/// True if values of `mark` begin before those of `start`: it cannot be what comes after.
[[nodiscard]] bool begins_before(const model::Field& mark, const model::Field& start);
/// True if windows that end today would be full: the newest row is recent and not from the future. `today` is
/// "2026-11-21".
[[nodiscard]] bool is_live(const model::Field& time, std::string_view today);
/// Rows in an average month between the first and the last `time`; none where statistics do not tell.
[[nodiscard]] std::optional<double> rows_a_month(const model::Table& table, const model::Field& time);

/// A key, its own or another table's.
[[nodiscard]] bool is_key_like(const model::Table& table, const model::Field& field);
/// True if hardly two rows share a value: a group a row is no grouping.
[[nodiscard]] bool is_near_unique(const model::Table& table, const model::Field& field);
/// A status or type column, whatever its semantic type says of it.
[[nodiscard]] bool is_code_name(const model::Field& field);
/// An address of a page, picture or file, or a token.
[[nodiscard]] bool names_url(const model::Field& field);
/// A place in a tree or a list: no amount of anything.
[[nodiscard]] bool is_order(const model::Field& field);
/// One column in two units has no sum.
[[nodiscard]] bool mixes_units(const model::Field& field);

/// The measures that discovery found, else every number that looks like one.
[[nodiscard]] std::vector<model::Measure> measures_of(const model::Table& table);
/// What a person calls a row: a name, a title, a number; nullptr where there is none.
[[nodiscard]] const model::Field* label_of(const model::Table& table);

}  // namespace kpi::llm
