#pragma once

#include <kpi/base/result.hpp>
#include <kpi/shop/schema.hpp>

#include <chrono>
#include <filesystem>
#include <ostream>
#include <span>

// The sample company: a marketplace where businesses buy standard products and have parts made to order.
// README.md beside this file says what it holds. The same `until` gives the same rows on every machine and in
// both databases: no clock, no locale, and chance from a fixed seed. Any thread may call any function.
namespace kpi::shop {

/// The shop's tables, in an order in which those that others refer to do not always come first.
[[nodiscard]] std::span<const Table> tables();

/// Writes the 24 months up to `until` as a SQLite database, in place of `file` if there is one; `file` holds
/// the old bytes or the new, never half. SQLite keeps no comments, so they stand in a table of their own:
/// kpi_comments (table_name, column_name or NULL for the table's own, comment). Fails (input,
/// "shop.bad_date") for a date that is none or lies outside the years 1972 to 9990, (machine, "shop.sqlite")
/// if SQLite cannot build it, or as kpi::write_file() does.
Result<Done> write_sqlite(const std::filesystem::path& file, std::chrono::year_month_day until);

/// Writes the same rows to `out` as one script for psql, for an empty PostgreSQL database. Table names are in
/// lower case there. Fails (input, "shop.bad_date") as above, or (machine, "shop.unwritable").
Result<Done> write_postgres_sql(std::ostream& out, std::chrono::year_month_day until);

}  // namespace kpi::shop
