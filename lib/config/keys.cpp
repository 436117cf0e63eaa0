#include <kpi/config/key_setters.hpp>
#include <kpi/config/keys.hpp>

#include <algorithm>
#include <utility>

namespace kpi::config {

std::string_view Key::section() const {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

std::string_view Key::leaf() const {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::vector<std::string> Key::environment_names() const {
  std::vector<std::string> names(environment.begin(), environment.end());
  std::string own = "KPI_";
  for (const char c : name) {
    own += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  names.push_back(std::move(own));
  return names;
}

const std::vector<Key>& keys() {
  static const std::vector<Key> table = [] {
    std::vector<Key> rows;
    add_connection_keys(rows);
    add_stage_keys(rows);
    return rows;
  }();
  return table;
}

const Key* key_named(std::string_view name) {
  const auto& table = keys();
  const auto at = std::find_if(table.begin(), table.end(), [&](const Key& key) { return key.name == name; });
  return at == table.end() ? nullptr : &*at;
}

}  // namespace kpi::config
