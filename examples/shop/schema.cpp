#include <kpi/shop/schema.hpp>

#include <algorithm>

namespace kpi::shop {

std::string_view key_of(std::span<const Table> tables, std::string_view table) {
  const auto found = std::ranges::find(tables, table, &Table::name);
  if (found == tables.end() || std::ranges::count(found->columns, true, &Column::key) != 1) return {};
  return std::ranges::find(found->columns, true, &Column::key)->name;
}

}  // namespace kpi::shop
