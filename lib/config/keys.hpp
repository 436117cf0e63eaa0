#pragma once

#include <kpi/config/settings.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The table of settings. Everything that knows keys (loading, `config show`, the files that `kpi init`
// writes) reads this table, so a new setting is a member in settings.hpp and one row in keys_stages.cpp or
// keys_connections.cpp.
namespace kpi::config {

enum class KeyKind {
  text,
  number,
  path,    ///< a file or folder; in a configuration file relative to that file's folder
  list,    ///< comma separated in the environment
  secret,  ///< from the environment or .env only; never shown
};

struct Key {
  std::string_view name;  ///< "metabase.url", "jobs"
  KeyKind kind = KeyKind::text;
  std::vector<std::string_view> environment;  ///< well-known names beside KPI_<SECTION>_<KEY>
  std::string_view help;                      ///< one line
  std::string_view shown_default;             ///< where the default is made when running: "the sample shop"
  /// The value as text; a list has one element an item.
  std::vector<std::string> (*get)(const Settings&);
  /// Stores the value. Returns what would be right ("must be a whole number from 1 to 64"), "" when all is
  /// well.
  std::string (*set)(Settings&, const std::vector<std::string>&);

  [[nodiscard]] std::string_view section() const;  ///< "metabase", "" for a top-level key
  [[nodiscard]] std::string_view leaf() const;     ///< "url"
  /// Every environment name it is read from, the one to recommend first: METABASE_URL, KPI_METABASE_URL.
  [[nodiscard]] std::vector<std::string> environment_names() const;
};

/// Every key, in the order of the documentation, a section's keys together.
[[nodiscard]] const std::vector<Key>& keys();

/// The key called `name`; nullptr where there is none.
[[nodiscard]] const Key* key_named(std::string_view name);

}  // namespace kpi::config
