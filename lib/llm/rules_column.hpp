#pragma once

#include <kpi/model/domain.hpp>
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
/// True if rows without a value are known, or may lie beyond those that statistics are of.
[[nodiscard]] bool may_be_empty(const model::Table& table, const model::Field& field);
/// True if all but a few of the rows that have a value have one of their own.
[[nodiscard]] bool is_unique(const model::Table& table, const model::Field& field);
/// True if every row of `parent` is one that `key` of `table` points to, as far as statistics tell: as many
/// different values as the parent has rows or, in a sample, no number left out between the least and the
/// greatest.
[[nodiscard]] bool covers(const model::Table& table, const model::Field& key, const model::Table& parent);
/// True if more than half of the rows are known to have no value.
[[nodiscard]] bool mostly_empty(const model::Field& field);

/// A time that something is promised for.
[[nodiscard]] bool is_due(const model::Field& field);
/// A time that something is to be done by, not one that it lasts until.
[[nodiscard]] bool is_promise(const model::Field& field);
/// The time of the last of many: it moves on, and says when somebody was there, not when something was done.
[[nodiscard]] bool is_touch(const model::Field& field);
/// A month as a time: the first of it stands for the whole.
[[nodiscard]] bool is_monthly(const model::Field& field);
/// The time of the last change of the row.
[[nodiscard]] bool is_update(const model::Field& field);
/// The time of an end that nobody wants: cancelled_at, removed_at.
[[nodiscard]] bool is_loss(const model::Field& mark);
/// True if values of `mark` begin before those of `start`: it cannot be what comes after.
[[nodiscard]] bool begins_before(const model::Field& mark, const model::Field& start);
/// True if windows that end today would be full: the newest row is recent and not from the future. Of a
/// sample the newest row may be an old one; the answer is then no, and windows that end at the latest value
/// are right for data that has stopped and for data that has not. `today` is "2026-11-21".
[[nodiscard]] bool is_live(const model::Field& time, std::string_view today);
/// Rows in an average month between the first and the last `time` that statistics know of, counting those
/// that they are of; none where they do not tell.
[[nodiscard]] std::optional<double> rows_a_month(const model::Table& table, const model::Field& time);

/// A key, its own or another table's.
[[nodiscard]] bool is_key_like(const model::Table& table, const model::Field& field);
/// True if hardly two rows share a value: a group a row is no grouping.
[[nodiscard]] bool is_near_unique(const model::Table& table, const model::Field& field);
/// A status: how far the row has come, or how it ended.
[[nodiscard]] bool is_state_name(const model::Field& field);
/// What is only filled in once a row has ended badly: a reason, an error.
[[nodiscard]] bool is_told_by_outcome(const model::Table& table, const model::Field& field);
/// A status or type column, whatever its semantic type says of it.
[[nodiscard]] bool is_code_name(const model::Field& field);
/// An address of a page, picture or file, or a token.
[[nodiscard]] bool names_url(const model::Field& field);
/// A number or key of one thing or place: too fine to group by, though a sample may repeat it.
[[nodiscard]] bool names_identifier(const model::Field& field);
/// A place in a tree or a list: no amount of anything.
[[nodiscard]] bool is_order(const model::Field& field);

/// True for "name", "product_name" of a table of products: not a category of them.
[[nodiscard]] bool is_own_name(const model::Table& table, const model::Field& field);
/// Words to be read one by one, not to be grouped by: a description, a note.
[[nodiscard]] bool is_prose(const model::Field& field);

/// The measures that the report has, else those that discovery would find: a report may be of another hand.
[[nodiscard]] std::vector<model::Measure> measures_of(const model::Table& table, const model::Domain& domain);
/// What a person calls a row: a name, a title, a number of its own; nullptr where there is none, or most rows
/// have none.
[[nodiscard]] const model::Field* label_of(const model::Table& table);

}  // namespace kpi::llm
