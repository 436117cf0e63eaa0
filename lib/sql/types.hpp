#pragma once

#include <kpi/model/schema.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

// PostgreSQL's types as far as mistakes can be told from them. `unknown` is everything else: it never leads
// to a finding.
namespace kpi::sql {

enum class Type : std::uint8_t {
  unknown,
  literal,  ///< a quoted literal that takes the type it is used with
  null,
  integer,  ///< smallint and integer
  bigint,
  numeric,
  real,  ///< real and double precision
  text,
  boolean,
  date,
  timestamp,
  timestamptz,
  time,
  interval,
  json,
  array,
};

[[nodiscard]] std::string_view to_string(Type type);

[[nodiscard]] constexpr bool is_whole(Type type) { return type == Type::integer || type == Type::bigint; }
[[nodiscard]] constexpr bool is_number(Type type) {
  return is_whole(type) || type == Type::numeric || type == Type::real;
}
[[nodiscard]] constexpr bool is_instant(Type type) {
  return type == Type::date || type == Type::timestamp || type == Type::timestamptz;
}
/// True if the type is one that comparisons and arithmetic can be judged by.
[[nodiscard]] constexpr bool is_known(Type type) {
  return type != Type::unknown && type != Type::literal && type != Type::null;
}

/// The type called `name` in a cast or by Metabase's database_type: "int4", "timestamp with time zone",
/// "_text".
[[nodiscard]] Type type_named(std::string_view name);
/// Of a column: by its database type, else by Metabase's.
[[nodiscard]] Type type_of(const model::Field& field);

/// What `left op right` gives; unknown where PostgreSQL has no such operator or this table does not know it.
/// Source: PostgreSQL 15 manual, tables 9.5 (mathematics) and 9.32 (dates).
[[nodiscard]] Type type_of_arithmetic(std::string_view op, Type left, Type right);
/// The type that several alternatives have in common (COALESCE, CASE, UNION).
[[nodiscard]] Type common_type(Type left, Type right);

/// True if PostgreSQL surely has no operator that compares the two.
[[nodiscard]] bool cannot_compare(Type left, Type right);
/// True if PostgreSQL surely has no such arithmetic.
[[nodiscard]] bool cannot_compute(std::string_view op, Type left, Type right);
/// True if PostgreSQL surely has no cast from one type to the other. Source: its pg_cast.
[[nodiscard]] bool cannot_cast(Type from, Type to);
/// True if the quoted literal `text` surely cannot be read as a `type`.
[[nodiscard]] bool cannot_read(std::string_view text, Type type);

}  // namespace kpi::sql
