#include <kpi/base/words.hpp>
#include <kpi/model/measures.hpp>
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
  std::set<std::string> targets;  ///< those tables, itself left out
  std::size_t besides = 0;        ///< columns that are no key at all
};

Keys keys_of(const model::Table& table) {
  Keys keys;
  for (const auto& field : table.fields) {
    if (field.references) {
      ++keys.references;
      // A key to another row of the same table (a manager, a parent) is no parent to a fact.
      if (field.references->table != table.qualified_name()) keys.targets.insert(field.references->table);
    } else if (std::find(table.primary_key.begin(), table.primary_key.end(), field.name) ==
               table.primary_key.end()) {
      ++keys.besides;
    }
  }
  return keys;
}

/// The primary key is made of keys to other tables, or there is hardly anything beside them.
bool is_junction(const model::Table& table, const Keys& keys, std::size_t referring) {
  if (referring > 0 || keys.targets.size() < 2 || !table.measures.empty()) return false;
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

/// Something of its parent that is kept for later (a user's addresses), not something that happened.
bool keeps_details(const model::Table& table, const std::vector<std::string>& words, const Keys& keys) {
  if (keys.targets.size() > 1 || !table.measures.empty()) return false;
  const bool is_named = !words.empty() && has_word({singular(words.back())},
                                                   {"address", "profile", "setting", "preference", "info"});
  return is_named || std::any_of(table.fields.begin(), table.fields.end(), [](const model::Field& field) {
           return model::is_boolean(field) && has_word(identifier_words(field.name), {"default"});
         });
}

/// Figures that rows add to: money more than counts; what merely stands at some level (stock, staff) not at
/// all.
int points_of_figures(const model::Table& table) {
  constexpr int money = 2, count = 1;
  int points = 0;
  for (const auto& measure : table.measures) {
    const bool adds = std::find(measure.aggregations.begin(), measure.aggregations.end(), "sum") !=
                      measure.aggregations.end();
    const bool level =
        has_word(identifier_words(measure.field),
                 {"stock", "inventory", "employee", "employees", "capacity", "area", "balance"});
    if (adds && !level)
      points = std::max(points, model::stored_unit(measure.unit).unit == "currency" ? money : count);
  }
  return points;
}

/// A time at which something was done, and not only noted, begun or ended for good.
bool tells_of_an_event(const model::Table& table) {
  return std::any_of(table.time_columns.begin(), table.time_columns.end(), [](const std::string& name) {
    return has_word(identifier_words(name),
                    {"paid",      "ordered",   "order",     "purchase",  "completed", "delivered",
                     "shipped",   "requested", "submitted", "confirmed", "cancelled", "canceled",
                     "due",       "resolved",  "responded", "accepted",  "refunded",  "issued",
                     "quotation", "started",   "occurred",  "booked"});
  });
}

/// What people call a row: 2 where the name is that of the table's own thing, 1 for any other's.
int points_of_name(const model::Table& table, const std::vector<std::string>& table_words) {
  int points = 0;
  for (const auto& field : table.fields) {
    if (!model::is_text(field) || field.references || !field.path.empty()) continue;
    const auto words = identifier_words(field.name);
    if (words.empty() || !has_word({words.back()}, {"name", "nm"})) continue;
    const bool own = words.size() == 1 || std::find(table_words.begin(), table_words.end(),
                                                    words[words.size() - 2]) != table_words.end();
    points = std::max(points, own ? 2 : field.pii ? 0 : 1);
  }
  return points;
}

}  // namespace

model::Role role_of(const model::Table& table, std::size_t referring) {
  const auto words = identifier_words(table.name);
  const auto keys = keys_of(table);
  if (has_word(words,
               {"statistics", "statistic", "stats", "snapshot", "snapshots", "summary", "daily", "monthly"}))
    return model::Role::snapshot;
  if (is_junction(table, keys, referring)) return model::Role::junction;
  const bool timed = !table.time_columns.empty();
  const bool named_log =
      has_word(words, {"log", "logs", "event", "events", "history", "audit", "visit", "visits", "click",
                       "clicks", "session", "sessions", "view", "views"});
  if (timed && named_log) return model::Role::event_log;
  const int told = (timed ? 1 : 0) + (keys.references > 0 ? 1 : 0) + (!table.measures.empty() ? 1 : 0);
  if (told < 2 || keeps_details(table, words, keys)) return model::Role::dimension;

  constexpr std::size_t most_parents = 2;
  constexpr std::size_t most_referring = 3;
  const int as_fact = static_cast<int>(std::min(keys.targets.size(), most_parents)) +
                      points_of_figures(table) + (tells_of_an_event(table) ? 1 : 0);
  const int as_dimension =
      static_cast<int>(std::min(referring, most_referring)) + points_of_name(table, words);
  if (as_dimension > as_fact) return model::Role::dimension;
  const bool untouched = timed && referring == 0 && table.measures.empty() && !is_touched_again(table);
  return untouched ? model::Role::event_log : model::Role::fact;
}

}  // namespace kpi::stages
