#include <kpi/base/words.hpp>
#include <kpi/stages/roles.hpp>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>

namespace kpi::stages {
namespace {

constexpr std::size_t most_besides_keys =
    3;  ///< columns that a junction may hold beside its keys: a date, a position

struct Keys {
  std::size_t references = 0;     ///< columns that point at other tables
  std::set<std::string> targets;  ///< those tables
  std::size_t besides = 0;        ///< columns that are no key at all
};

Keys keys_of(const model::Table& table) {
  Keys keys;
  for (const auto& field : table.fields) {
    if (field.references) {
      ++keys.references;
      keys.targets.insert(field.references->table);
    } else if (std::find(table.primary_key.begin(), table.primary_key.end(), field.name) ==
               table.primary_key.end()) {
      ++keys.besides;
    }
  }
  return keys;
}

/// The primary key is made of keys to other tables, or there is hardly anything beside them.
bool is_junction(const model::Table& table, const Keys& keys, bool referred_to) {
  if (referred_to || keys.targets.size() < 2 || !table.measures.empty()) return false;
  const bool key_of_keys =
      table.primary_key.size() >= 2 &&
      std::all_of(table.primary_key.begin(), table.primary_key.end(), [&](const std::string& name) {
        const auto* field = table.field(name);
        return field != nullptr && field->references.has_value();
      });
  return key_of_keys || (keys.besides <= most_besides_keys && keys.besides <= keys.references);
}

bool is_touched_again(const model::Table& table) {
  return std::any_of(table.fields.begin(), table.fields.end(), [](const model::Field& field) {
    return has_word(identifier_words(field.name), {"status", "updated", "modified", "update"});
  });
}

}  // namespace

model::Role role_of(const model::Table& table, bool referred_to) {
  const auto words = identifier_words(table.name);
  const auto keys = keys_of(table);
  if (has_word(words,
               {"statistics", "statistic", "stats", "snapshot", "snapshots", "summary", "daily", "monthly"}))
    return model::Role::snapshot;
  if (is_junction(table, keys, referred_to)) return model::Role::junction;
  const bool timed = !table.time_columns.empty();
  const bool named_log =
      has_word(words, {"log", "logs", "event", "events", "history", "audit", "visit", "visits", "click",
                       "clicks", "session", "sessions", "view", "views"});
  if (timed && named_log) return model::Role::event_log;
  if (timed && keys.references > 0) {
    const bool untouched = !referred_to && table.measures.empty() && !is_touched_again(table);
    return untouched ? model::Role::event_log : model::Role::fact;
  }
  if (timed && !table.measures.empty() && !referred_to) return model::Role::fact;
  if (!timed && keys.references > 0 && !table.measures.empty() && !referred_to) return model::Role::fact;
  return model::Role::dimension;
}

}  // namespace kpi::stages
