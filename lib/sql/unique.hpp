#pragma once

#include "bind.hpp"

#include <cstdint>
#include <set>
#include <vector>

// How many rows of what is joined can meet one row of what it is joined to.
namespace kpi::sql {

using Columns = std::set<const Column*>;

/// Whether at most one row of a source has given values in given columns.
enum class Unique : std::uint8_t { no, yes, unknown };

/// By primary key, by statistics that show each value once, by GROUP BY, DISTINCT or the form of a subquery.
/// `unknown` for what has no known key: functions, unions, tables without one.
[[nodiscard]] Unique unique_by(const Binding& binding, const Source& source, const Columns& fixed);

/// An equality that the joins of a query demand: of two columns, or of one with a value.
struct Equality {
  Use one;
  Use other;  ///< no source where it is a value
};

/// The equalities in ON, USING and the WHERE of `query`, each way round.
[[nodiscard]] std::vector<Equality> equalities(const Binding& binding, const Query& query);

/// True if `source` is joined by what is unique in it: it gives columns to rows, and no rows.
[[nodiscard]] bool is_looked_up(const Binding& binding, const Query& query, const Source& source);

}  // namespace kpi::sql
