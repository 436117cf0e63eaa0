#pragma once

#include "analyzer.hpp"

#include <kpi/model/finding.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// The one table of finding codes: the module's own findings are made through it, the documentation is printed
// from it, and a code that is not in it does not compile.
namespace kpi::sql {

namespace catalogue_detail {
inline constexpr auto error = model::Severity::error;
inline constexpr auto warning = model::Severity::warning;
inline constexpr auto note = model::Severity::note;
}  // namespace catalogue_detail

inline constexpr std::array catalogue{
    // Refused as unsafe: never sent to a database.
    FindingKind{"guard.bytes", catalogue_detail::error, "a NUL byte or ill-formed UTF-8", "SELECT '\\xFF'"},
    FindingKind{"guard.size", catalogue_detail::error, "longer than the policy's max_bytes",
                "a statement of 20,000 bytes"},
    FindingKind{"guard.depth", catalogue_detail::error,
                "nested deeper, or a longer chain of operators, than the policy allows",
                "SELECT 1+1+1+... (2,000 times)"},
    FindingKind{"guard.template", catalogue_detail::error,
                "holds {{ or [[, which Metabase replaces after the check, in literals too", "SELECT '{{x}}'"},
    FindingKind{"guard.statement_count", catalogue_detail::error, "not exactly one statement",
                "SELECT 1; SELECT 2"},
    FindingKind{"guard.statement", catalogue_detail::error, "not a SELECT", "SHOW server_version"},
    FindingKind{"guard.write", catalogue_detail::error, "changes data",
                "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d"},
    FindingKind{"guard.into", catalogue_detail::error, "creates a table", "SELECT * INTO copy FROM t"},
    FindingKind{"guard.lock", catalogue_detail::error, "locks rows", "SELECT * FROM t FOR UPDATE"},
    FindingKind{"guard.function", catalogue_detail::error, "calls a function that the policy does not allow",
                "SELECT pg_read_file('/etc/passwd')"},
    FindingKind{"guard.operator", catalogue_detail::error, "uses an operator that is not PostgreSQL's own",
                "SELECT 1 OPERATOR(evil.+) 1"},
    FindingKind{"guard.type", catalogue_detail::error,
                "casts to a type that is neither PostgreSQL's own nor in the schema",
                "SELECT 'pg_authid'::regclass"},
    FindingKind{"guard.catalog", catalogue_detail::error, "reads a system catalog",
                "SELECT * FROM pg_shadow"},
    FindingKind{"guard.session", catalogue_detail::error, "reads who is connected, not the data",
                "SELECT current_user"},
    FindingKind{"guard.parameter", catalogue_detail::error, "has a parameter that nothing fills",
                "SELECT * FROM t WHERE id = $1"},
    FindingKind{"guard.construct", catalogue_detail::error, "uses syntax that the guard does not know",
                "SELECT xmlparse(content '<a/>')"},
    FindingKind{"guard.joins", catalogue_detail::error, "joins more tables than the policy's max_joins",
                "SELECT 1 FROM t1, t2, ... t20"},
    FindingKind{"guard.product", catalogue_detail::error, "joins tables without a condition between them",
                "SELECT count(*) FROM orders, users"},
    FindingKind{"guard.recursion", catalogue_detail::error, "recursion without a bound",
                "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"},
    FindingKind{"guard.generated_rows", catalogue_detail::error,
                "generates more rows or text than the policy's max_generated_rows",
                "SELECT generate_series(1, 1000000000)"},
    // No tree can be made of it.
    FindingKind{"syntax.error", catalogue_detail::error, "not valid SQL in the database's dialect",
                "SELECT FROM WHERE"},
    // It does not fit the database.
    FindingKind{"schema.unknown_table", catalogue_detail::error, "no such table", "SELECT * FROM odrers"},
    FindingKind{"schema.unknown_column", catalogue_detail::error, "no such column",
                "SELECT staus FROM orders"},
    FindingKind{"schema.ambiguous_column", catalogue_detail::error,
                "a column that several joined tables have",
                "SELECT id FROM orders JOIN users ON users.id = orders.user_id"},
    FindingKind{"schema.json_path", catalogue_detail::error,
                "a field inside a JSON column, written as if it were a column",
                "SELECT \"info \xE2\x86\x92 total\" FROM orders"},
    FindingKind{"schema.type_mismatch", catalogue_detail::error, "an operation that the types do not have",
                "SELECT sum(name) FROM users"},
    FindingKind{"schema.aggregate", catalogue_detail::error, "an aggregate where none may stand",
                "SELECT avg(sum(amount)) FROM orders"},
    FindingKind{"schema.unknown_database", catalogue_detail::error,
                "the KPI names a database that Metabase does not have", "database_id 99"},
    // It runs, and may be wrong.
    FindingKind{"lint.personal_column", catalogue_detail::error, "shows or groups by a personal column",
                "SELECT email FROM users"},
    FindingKind{"lint.comment", catalogue_detail::note, "holds a comment", "SELECT 1 -- one"},
    FindingKind{"lint.semicolon", catalogue_detail::note, "ends with a semicolon", "SELECT 1;"},
    FindingKind{"lint.dashes_in_literal", catalogue_detail::note,
                "holds -- inside a literal, which some drivers take for a comment", "SELECT '--'"},
    FindingKind{"lint.unparsed_dialect", catalogue_detail::note,
                "no parser for this dialect: checked word by word, by stricter rules",
                "any statement for mysql"},
    FindingKind{"lint.unknown_value", catalogue_detail::warning,
                "compares with a value that the column is not known to hold",
                "SELECT count(*) FROM orders WHERE status = 'complete'"},
    FindingKind{"lint.missing_group_by", catalogue_detail::warning,
                "a column beside an aggregate that is neither aggregated nor grouped by",
                "SELECT status, count(*) FROM orders"},
    FindingKind{"lint.select_star", catalogue_detail::warning, "shows every column, also those added later",
                "SELECT * FROM orders"},
    FindingKind{"lint.avg_nullable", catalogue_detail::note,
                "an average that leaves out nulls without saying so", "SELECT avg(amount) FROM orders"},
    FindingKind{"lint.not_in_nullable", catalogue_detail::warning, "NOT IN a subquery that may give a null",
                "SELECT count(*) FROM users WHERE id NOT IN (SELECT user_id FROM orders)"},
    FindingKind{"lint.null_comparison", catalogue_detail::warning, "= NULL, which is never true",
                "SELECT count(*) FROM orders WHERE paid_at = NULL"},
    FindingKind{"lint.count_star_outer", catalogue_detail::warning, "COUNT(*) over an outer join",
                "SELECT u.id, count(*) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id"},
    FindingKind{"lint.outer_join_filter", catalogue_detail::warning, "WHERE drops what the outer join keeps",
                "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.amount > 1"},
    FindingKind{"lint.between_timestamps", catalogue_detail::warning,
                "BETWEEN that ends at midnight before its last day",
                "SELECT count(*) FROM orders WHERE created_at BETWEEN '2024-01-01' AND '2024-01-31'"},
    FindingKind{"lint.timestamp_bound", catalogue_detail::warning,
                "a time compared with a day at the wrong end",
                "SELECT count(*) FROM orders WHERE created_at <= '2024-01-31'"},
    FindingKind{"lint.no_time_window", catalogue_detail::note, "a table that grows, summed up over all time",
                "SELECT sum(amount) FROM orders"},
    FindingKind{"lint.unordered_series", catalogue_detail::warning, "a series over time without ORDER BY",
                "SELECT date_trunc('day', created_at), count(*) FROM orders GROUP BY 1"},
    FindingKind{"lint.integer_division", catalogue_detail::warning, "whole numbers divided to a whole number",
                "SELECT count(DISTINCT user_id) / count(*) FROM orders"},
    FindingKind{"lint.division_by_zero", catalogue_detail::warning, "a divisor that may be 0",
                "SELECT sum(weight) / count(*) FROM orders"},
    FindingKind{"lint.rate_range", catalogue_detail::warning, "a rate that cannot lie in 0..1 or 0..100",
                "SELECT count(*) * 100.0 / NULLIF(count(DISTINCT user_id), 0) * 100 FROM orders"},
    FindingKind{"lint.code_aggregated", catalogue_detail::warning,
                "a key or a code summed up or averaged, as if it were a quantity",
                "SELECT avg(user_id) FROM orders"},
    FindingKind{"lint.date_arithmetic", catalogue_detail::warning,
                "SQLite keeps dates as text: one less another is the difference of their years",
                "SELECT avg(paid_at - created_at) FROM orders, for sqlite"},
    FindingKind{"lint.fan_out", catalogue_detail::warning, "a sum over rows that a join repeats",
                "SELECT sum(o.amount) FROM orders o JOIN order_items i ON i.order_id = o.id"},
    FindingKind{"lint.limit_without_order", catalogue_detail::warning, "LIMIT without ORDER BY",
                "SELECT status FROM orders LIMIT 10"},
    FindingKind{"lint.always_true", catalogue_detail::warning, "a condition that is always true",
                "SELECT count(*) FROM orders WHERE 1 = 1"},
    FindingKind{"lint.deleted_rows", catalogue_detail::warning, "deleted rows are counted",
                "SELECT count(*) FROM orders"},
    FindingKind{"lint.test_rows", catalogue_detail::warning, "test rows are counted",
                "SELECT count(*) FROM users"},
    FindingKind{"lint.minor_units", catalogue_detail::note, "money in hundredths, shown as it is",
                "SELECT sum(price_cents) FROM order_items"},
    // What the stages after this one find.
    FindingKind{"run.error", catalogue_detail::error, "the database refused it",
                "a query that the database answers with an error"},
    FindingKind{"run.timeout", catalogue_detail::error, "did not end in time",
                "a query of more than --timeout seconds"},
    FindingKind{"run.truncated", catalogue_detail::warning, "more rows than were asked for",
                "a query of more than --max-rows rows"},
    FindingKind{"run.cost", catalogue_detail::error,
                "dearer by the database's own plan than the limits allow",
                "a join whose plan expects 10 billion rows"},
    FindingKind{"run.slow", catalogue_detail::warning, "slower than a dashboard can wait for",
                "a query of more than validate.slow_s seconds"},
    FindingKind{"run.skipped", catalogue_detail::error, "could not be asked: the server was lost",
                "a query after Metabase has gone"},
    FindingKind{"result.empty", catalogue_detail::warning, "no rows", "SELECT id FROM orders WHERE false"},
    FindingKind{"result.all_null", catalogue_detail::warning, "nothing but nulls",
                "SELECT max(amount) FROM orders WHERE amount < 0"},
    FindingKind{"result.constant", catalogue_detail::warning, "the same value in every group or period",
                "a breakdown whose groups all have 1"},
    FindingKind{"result.out_of_range", catalogue_detail::warning,
                "a rate outside 0..1 or 0..100, or a count below 0", "a conversion rate of 13"},
    FindingKind{"result.not_a_rate", catalogue_detail::warning,
                "called a rate, and divides, averages and reads none",
                "a churn rate that is SELECT count(*) FROM users WHERE left_at IS NOT NULL"},
    FindingKind{"result.multiplied_rows", catalogue_detail::warning,
                "a sum over rows that a join was found to repeat",
                "SELECT sum(o.amount) FROM orders o JOIN order_items i ON i.order_ref = o.ref"},
    FindingKind{"result.gaps", catalogue_detail::note, "a series that leaves out periods",
                "orders a day, without the days that had none"},
    FindingKind{"result.raw_moments", catalogue_detail::warning,
                "a series by the very second, where a period is meant",
                "SELECT created_at, sum(amount) FROM orders GROUP BY created_at"},
    FindingKind{"result.unordered", catalogue_detail::warning,
                "a series that runs neither up nor down in time",
                "SELECT to_char(created_at, 'Mon'), count(*) FROM orders GROUP BY 1 ORDER BY 1"},
    FindingKind{"result.future", catalogue_detail::warning,
                "a series of what has happened that ends in the future", "orders a month, up to 2099"},
    FindingKind{"result.too_many_rows", catalogue_detail::warning, "more rows than anybody reads",
                "a breakdown of 5,000 rows"},
    FindingKind{"dup.id", catalogue_detail::warning, "a KPI with this id is in the report already",
                "two KPIs of one table and one name"},
    FindingKind{"dup.fingerprint", catalogue_detail::warning, "the same statement as another KPI",
                "two names for SELECT count(*) FROM orders"},
    FindingKind{"dup.result", catalogue_detail::warning, "the same result as another KPI of the same tables",
                "orders by country, counted by their key and by their rows"},
    FindingKind{"dup.name", catalogue_detail::warning, "the same name as another KPI of its table",
                "Total Orders, and total orders"},
};

/// Where in the catalogue the row called `code` stands; its size if there is none.
constexpr std::size_t row_of(std::string_view code) {
  std::size_t row = 0;
  while (row < catalogue.size() && catalogue[row].code != code) ++row;
  return row;
}

/// A code of the catalogue. Writing one that the catalogue lacks is an error of compilation.
class Code {
public:
  consteval Code(const char* name)
      : row_(row_of(name)) {  // NOLINT(google-explicit-constructor): reads as text
    if (row_ == catalogue.size()) throw "not in the catalogue of finding codes";
  }
  [[nodiscard]] const FindingKind& kind() const { return catalogue[row_]; }

private:
  std::size_t row_;
};

/// A finding of the catalogue's severity. `position` in bytes from 0; negative: none.
[[nodiscard]] model::Finding finding(Code code, std::string message, std::int64_t position = -1);

}  // namespace kpi::sql
