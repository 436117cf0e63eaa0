#pragma once

#include <optional>
#include <string_view>

// Enumerations and what reports call them: a table is an array of pairs of value and name.
namespace kpi::model {

/// What `table` calls `value`; "" where it does not have it.
template <class Table, class Enum>
[[nodiscard]] std::string_view name_of(const Table& table, Enum value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "";
}

/// What `table` calls by `name`; none where nothing is called so.
template <class Table>
[[nodiscard]] auto value_of(const Table& table, std::string_view name)
    -> std::optional<decltype(table[0].first)> {
  for (const auto& [value, known] : table) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace kpi::model
