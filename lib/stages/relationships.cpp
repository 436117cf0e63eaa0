#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/model/sample.hpp>
#include <kpi/stages/relationships.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace kpi::stages {
namespace {

constexpr double borne_out = 1.05;          ///< what statistics add to a guess that they fit
constexpr std::size_t most_namesakes = 64;  ///< a name that so many tables share points at none of them
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

/// How well statistics bear the guess out: a factor, and in words. Of a table that is larger than the sample
/// its keys' number and bounds are not known, so nothing can be held against them.
struct Fit {
  double factor = 1.0;
  std::string words;
};

Fit fit(const model::Field& from, const model::Field& key, const model::Table& target) {
  if (!from.stats || !key.stats || model::is_sampled(target)) return {};
  Fit fit;
  const auto& mine = from.stats->distinct;
  const auto& keys = key.stats->distinct;
  if (mine && keys && *mine > *keys + 1) {
    fit.factor *= 0.7;
    fit.words = fmt::format(", though it has {} different values and the key only {}", *mine, *keys);
  } else if (mine && keys && *keys > 1) {
    fit.factor *= borne_out;
    fit.words = fmt::format("; its {} different values fit into {} keys", *mine, *keys);
  }
  const bool below = from.stats->min && key.stats->min && *from.stats->min < *key.stats->min;
  const bool above = from.stats->max && key.stats->max && *from.stats->max > *key.stats->max;
  if (below || above) {
    fit.factor *= 0.8;
    fit.words = ", though its values do not all lie between the lowest and the highest key";
  }
  return fit;
}

/// As it is shown: three digits.
double rounded(double confidence) { return std::round(confidence * 1'000) / 1'000; }

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
  const auto statistics = fit(field, *target.key, *target.table);
  return Guess{&target, rounded(std::min(confidence * statistics.factor, 0.95)), reason + statistics.words};
}

/// A row's parent or superior is a row of the same table, unless its values say otherwise.
std::optional<Guess> judge_own(const model::Field& field, const std::vector<std::string>& words,
                               const Target* own) {
  const bool is_named = words == std::vector<std::string>{"reports", "to"} ||
                        (words.size() == 2 && words.front() == "parent" && is_key_word(words.back()));
  if (!is_named || own == nullptr || &field == own->key || !same_kind(field, *own->key)) return std::nullopt;
  const auto statistics = fit(field, *own->key, *own->table);
  if (statistics.factor < 1) return std::nullopt;
  return Guess{own, rounded(0.7 * statistics.factor),
               "names another row of " + own->table->name + statistics.words};
}

/// The tables that can be pointed at, found by the words of their keys and of their names.
class Targets {
public:
  explicit Targets(const model::Database& database) {
    for (const auto& table : database.tables) {
      entities_.insert(entity_words(table.name));
      if (table.primary_key.size() != 1) continue;
      const auto* key = table.field(table.primary_key.front());
      if (key != nullptr)
        all_.push_back({&table, key, identifier_words(key->name), entity_words(table.name)});
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
      by_table_.emplace(all_[i].table, i);
      by_words_[join(all_[i].key_words, "_")].push_back(i);
      by_words_[join(all_[i].entity, "_")].push_back(i);
    }
  }

  [[nodiscard]] const Entities& entities() const { return entities_; }

  /// `table` itself; nullptr where nothing can point at it.
  [[nodiscard]] const Target* own(const model::Table& table) const {
    const auto at = by_table_.find(&table);
    return at == by_table_.end() ? nullptr : &all_[at->second];
  }

  /// Those whose key or name `words`, of a field, or the words but the last, end in; in the tables' order.
  [[nodiscard]] std::vector<const Target*> near(const std::vector<std::string>& words) const {
    std::set<std::size_t> places;
    if (words.size() < 2 || !is_key_word(words.back())) return {};
    for (std::size_t from = 0; from < words.size(); ++from) {
      const auto start = words.begin() + static_cast<std::ptrdiff_t>(from);
      add({start, words.end()}, places);
      if (from + 1 < words.size()) add({start, words.end() - 1}, places);
    }
    std::vector<const Target*> found;
    for (const auto place : places) found.push_back(&all_[place]);
    return found;
  }

private:
  void add(const std::vector<std::string>& words, std::set<std::size_t>& places) const {
    const auto at = by_words_.find(join(words, "_"));
    if (at != by_words_.end() && at->second.size() <= most_namesakes)
      places.insert(at->second.begin(), at->second.end());
  }

  std::vector<Target> all_;
  Entities entities_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_words_;
  std::unordered_map<const model::Table*, std::size_t> by_table_;
};

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
  const Targets targets(database);
  std::vector<model::Relationship> found;
  std::vector<std::pair<model::Field*, model::FieldReference>> references;
  for (auto& table : database.tables) {
    for (auto& field : table.fields) {
      if (field.references || !field.path.empty()) continue;
      const bool only_key = table.primary_key.size() == 1 && table.primary_key.front() == field.name;
      if (!model::is_integer(field) && !model::is_text(field)) continue;
      const auto words = identifier_words(field.name);
      std::vector<Guess> guesses;
      for (const auto* candidate : targets.near(words)) {
        const Target& target = *candidate;
        // A table's own key points elsewhere only as a 1:1 extension of a table whose name its own begins
        // with.
        if (only_key && !(target.table != &table && words == target.key_words &&
                          target.entity.size() < entity_words(table.name).size())) {
          continue;
        }
        if (auto guess = judge(table, field, words, target, targets.entities()))
          guesses.push_back(std::move(*guess));
      }
      auto guess = best_guess(guesses);
      if (guesses.empty()) guess = judge_own(field, words, targets.own(table));
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
