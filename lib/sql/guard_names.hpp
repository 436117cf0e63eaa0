#pragma once

#include "guard.hpp"

#include <kpi/model/schema.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

// What the guard knows by name. Every list is of what is harmless, except where said.
namespace kpi::sql {

/// True for the kinds of SQLValueFunction that give the time and not the session.
[[nodiscard]] bool is_clock(std::string_view op);
/// True for a statement's type name that changes something; for the wording only, since any is refused.
[[nodiscard]] bool changes_things(std::string_view statement);
/// What to write in PostgreSQL instead of another database's function `name`; empty where it is none.
[[nodiscard]] std::string_view native_name(std::string_view name);
/// A built-in type whose input reads its text only; the reg* types look names up in the catalogs.
[[nodiscard]] bool is_plain_type(std::string_view name);
/// True if some field of `database` is of the database's own type `name`, such as an enumeration.
[[nodiscard]] bool has_type(const model::Database& database, std::string_view name);
[[nodiscard]] bool has_table(const model::Database& database, std::string_view schema, std::string_view name);
/// PostgreSQL's own operators, and the words that the tree uses as such ("BETWEEN", "~~").
[[nodiscard]] bool is_own_operator(std::string_view name);
/// Relations, schemas and whatever else begins with pg_, as PostgreSQL reserves it.
[[nodiscard]] bool is_system_name(std::string_view name);
/// True for a relation of PostgreSQL's own or of its statistics; other pg_ names may be a user's.
[[nodiscard]] bool is_catalog(std::string_view name);
/// Fields of what set-returning functions give back; no function has such a name.
[[nodiscard]] bool is_row_field(std::string_view name);

/// What a name in FROM stands for: a row, of which any field is a column, or perhaps a single value.
enum class RowName : std::uint8_t { row, value };
using RowNames = std::unordered_map<std::string_view, RowName, NameHash, std::equal_to<>>;
/// Every name that any FROM of the tree gives; `value` wins where both are meant somewhere.
[[nodiscard]] RowNames names_of_rows(const Tree& tree);
/// True if a function in FROM is called `alias` and its column list names `column`.
[[nodiscard]] bool is_listed_column(const Tree& tree, std::string_view alias, std::string_view column);

}  // namespace kpi::sql
