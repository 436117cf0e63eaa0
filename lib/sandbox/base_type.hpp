#pragma once

#include <string>
#include <string_view>

namespace kpi::sandbox {

/// Metabase's base type for a type that a SQLite column was declared with, in any case, by the same rules of
/// containment that SQLite and Metabase use; "type/*" for an unknown one.
[[nodiscard]] std::string sqlite_base_type(std::string_view declared);

/// Metabase's base type for a name of pg_type ("int4", "timestamptz"); "type/*" for an unknown one.
[[nodiscard]] std::string postgres_base_type(std::string_view type);

[[nodiscard]] bool is_number(std::string_view base_type);
[[nodiscard]] bool is_integer(std::string_view base_type);
[[nodiscard]] bool is_text(std::string_view base_type);
[[nodiscard]] bool is_temporal(std::string_view base_type);
/// Has a date part: a DateTime or a Date.
[[nodiscard]] bool has_date(std::string_view base_type);

/// A date or date and time as ISO 8601 with a zone ("2024-01-31T00:00:00Z"), if `text` reads as one in the
/// forms that SQLite and PostgreSQL write (UTC assumed where no zone is given); else "".
[[nodiscard]] std::string iso_from_database(std::string_view text);

}  // namespace kpi::sandbox
