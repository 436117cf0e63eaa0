#pragma once

#include <kpi/model/domain.hpp>
#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>
#include <vector>

// Which columns are figures, and of what. One place says so, for the schema report and for who writes KPIs.
namespace kpi::model {

/// What a stored figure is of, and how many parts of one unit it counts.
struct StoredUnit {
  std::string_view unit;  ///< "currency", "percent", "ratio", "duration", "count", "number"
  int scale = 1;          ///< 100 for money in minor units and for basis points
};
/// Reads Measure::unit: "currency_minor" is currency in hundredths, "basis_points" percent in hundredths, any
/// other unit itself.
[[nodiscard]] StoredUnit stored_unit(std::string_view unit);

/// A key by reference, primary key or Metabase's semantic type.
[[nodiscard]] bool is_key(const Table& table, const Field& field);

/// A whole number that stands for something: a status, a type, a code.
[[nodiscard]] bool is_code(const Field& field);

/// Of two units, by the row: "10" is percent in one and cents in the next. Its kind stands in a column beside
/// it (discount_value and discount_type), or its comment says so.
[[nodiscard]] bool mixes_units(const Table& table, const Field& field);

/// The figures of `table`, in the order of its columns, each with its unit and what may be done with it.
/// Personal columns, keys, codes and figures of two units are none. `domain` names the columns that hold
/// money in minor units.
[[nodiscard]] std::vector<Measure> find_measures(const Table& table, const Domain& domain);

}  // namespace kpi::model
