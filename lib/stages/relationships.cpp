#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/stages/relationships.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace kpi::stages {
namespace {

constexpr double weakest = 0.6;  ///< below it a guess does more harm than good: a wrong join multiplies rows

/// A table that can be pointed at: it has one primary key column.
struct Target {
  const model::Table* table;
  const model::Field* key;
  std::vector<std::string> key_words;
  std::vector<std::string>
      entity;  ///< the table's words in the singular, without a leading "tb", "tbl" or "t"
};

/// What the tables are about, each as its words.
using Entities = std::set<std::vector<std::string>>;

struct Guess {
  const Target* target;
  double confidence;
  std::string reason;
};

std::vector<std::string> entity_words(std::string_view table) {
  auto words = identifier_words(table);
  if (words.size() > 1 && (words.front() == "tb" || words.front() == "tbl" || words.front() == "t")) {
    words.erase(words.begin());
  }
  if (!words.empty()) words.back() = singular(words.back());
  return words;
}

bool is_key_word(const std::string& word) {
  return word == "id" || word == "no" || word == "key" || word == "code" || word == "uuid";
}

bool same_kind(const model::Field& a, const model::Field& b) {
  return (model::is_integer(a) && model::is_integer(b)) || (model::is_text(a) && model::is_text(b));
}

bool ends_with(const std::vector<std::string>& words, const std::vector<std::string>& end) {
  return words.size() >= end.size() && std::equal(end.rbegin(), end.rend(), words.rbegin());
}

/// How well statistics bear the guess out: a factor of 1, less where values would not fit.
double fit(const model::Field& from, const model::Field& key) {
  if (!from.stats || !key.stats) return 1.0;
  double factor = 1.0;
  if (from.stats->distinct && key.stats->distinct && *from.stats->distinct > *key.stats->distinct + 1)
    factor *= 0.7;
  if (from.stats->min && key.stats->min && *from.stats->min < *key.stats->min) factor *= 0.8;
  return factor;
}

/// What the name of `field` says about `target`, if it says anything.
std::optional<Guess> judge(const model::Table& table, const model::Field& field,
                           const std::vector<std::string>& words, const Target& target,
                           const Entities& entities) {
  const bool own_key = &field == target.key;
  if (own_key || words.size() < 2 || !is_key_word(words.back()) || !same_kind(field, *target.key))
    return std::nullopt;
  const std::vector<std::string> stem(words.begin(), words.end() - 1);
  double confidence = 0;
  std::string reason;
  if (words == target.key_words && target.table != &table) {
    confidence = 0.9;
    reason = "named like the primary key of " + target.table->name;
  } else if (stem == target.entity) {
    confidence = 0.85;
    reason = "named after " + target.table->name;
  } else if (entities.contains(stem)) {
    return std::nullopt;  // purchase_order_id is about TB_PURCHASE_ORDER, keyed or not, and not about
                          // TB_ORDER
  } else if (target.key_words.size() > 1 && ends_with(words, target.key_words)) {
    confidence = 0.7;
    reason = "ends in the primary key of " + target.table->name;
  } else if (ends_with(stem, target.entity)) {
    confidence = 0.65;
    reason = "ends in the name of " + target.table->name;
  } else {
    return std::nullopt;
  }
  const double factor = fit(field, *target.key);
  if (factor < 1.0) reason += ", though its values do not all fit";
  return Guess{&target, confidence * factor, std::move(reason)};
}

std::vector<Target> targets_of(const model::Database& database) {
  std::vector<Target> targets;
  for (const auto& table : database.tables) {
    if (table.primary_key.size() != 1) continue;
    const auto* key = table.field(table.primary_key.front());
    if (key != nullptr)
      targets.push_back({&table, key, identifier_words(key->name), entity_words(table.name)});
  }
  return targets;
}

/// Two tables of one key (a table and its 1:1 extension) are told apart by their names: the shorter is the
/// entity.
std::optional<Guess> best_guess(std::vector<Guess> guesses) {
  if (guesses.empty()) return std::nullopt;
  const auto better = [](const Guess& a, const Guess& b) {
    if (a.confidence != b.confidence) return a.confidence > b.confidence;
    return a.target->entity.size() < b.target->entity.size();
  };
  std::stable_sort(guesses.begin(), guesses.end(), better);
  const bool tie = guesses.size() > 1 && !better(guesses[0], guesses[1]);
  if (tie || guesses.front().confidence < weakest) return std::nullopt;
  return guesses.front();
}

}  // namespace

void infer_relationships(model::Database& database) {
  const auto targets = targets_of(database);
  Entities entities;
  for (const auto& table : database.tables) entities.insert(entity_words(table.name));
  std::vector<model::Relationship> found;
  std::vector<std::pair<model::Field*, model::FieldReference>> references;
  for (auto& table : database.tables) {
    for (auto& field : table.fields) {
      if (field.references || !field.path.empty()) continue;
      const bool only_key = table.primary_key.size() == 1 && table.primary_key.front() == field.name;
      const auto words = identifier_words(field.name);
      std::vector<Guess> guesses;
      for (const auto& target : targets) {
        // A table's own key points elsewhere only as a 1:1 extension of a table whose name its own begins
        // with.
        if (only_key && !(target.table != &table && words == target.key_words &&
                          target.entity.size() < entity_words(table.name).size())) {
          continue;
        }
        if (auto guess = judge(table, field, words, target, entities)) guesses.push_back(std::move(*guess));
      }
      const auto guess = best_guess(std::move(guesses));
      if (!guess) continue;
      const model::FieldReference to{guess->target->table->qualified_name(), guess->target->key->name};
      found.push_back(
          {{table.qualified_name(), field.name}, to, "inferred", guess->confidence, guess->reason});
      references.emplace_back(&field, to);
    }
  }
  for (auto& [field, to] : references) field->references = to;
  database.relationships.insert(database.relationships.end(), std::make_move_iterator(found.begin()),
                                std::make_move_iterator(found.end()));
}

}  // namespace kpi::stages
