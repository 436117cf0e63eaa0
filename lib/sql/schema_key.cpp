#include "schema_key.hpp"

#include <functional>
#include <string>

namespace kpi::sql {

std::size_t schema_key(const model::Database& database) {
  std::size_t key = std::hash<std::string>{}(database.name);
  const auto mix = [&key](std::size_t value) { key = (key ^ value) * 0x9E3779B97F4A7C15ULL + (key >> 29U); };
  mix(reinterpret_cast<std::size_t>(&database));  // NOLINT: an identity, never a pointer again
  mix(static_cast<std::size_t>(database.dialect));
  for (const auto& table : database.tables) {
    mix(std::hash<std::string>{}(table.name));
    mix(std::hash<std::string>{}(table.hash));
    mix(table.fields.size());
    for (const auto& field : table.fields) mix(std::hash<std::string>{}(field.name));
  }
  return key;
}

}  // namespace kpi::sql
