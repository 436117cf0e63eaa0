#include "same_meaning.hpp"

#include "outline.hpp"

#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

namespace kpi::sql {
namespace {

/// One output column: its given name in lower case, or "" where it has none.
using Outputs = std::vector<std::string>;

Outputs outputs_of(std::string_view text, const Outline& outline) {
  Outputs outputs;
  const auto end = std::min(outline.from, outline.body_end);
  if (outline.select >= outline.tokens.size()) return outputs;
  std::size_t begin = outline.select + 1;
  if (begin < end && is_word(text, outline.tokens[begin], "distinct")) ++begin;
  for (std::size_t at = begin; at <= end && begin < end; ++at) {
    const bool stop = at == end || (outline.depth[at] == 0 && is_mark(text, outline.tokens[at], ","));
    if (!stop) continue;
    std::string name;
    if (at >= begin + 2 && is_word(text, outline.tokens[at - 2], "as")) {
      name = lower(name_in(text, outline.tokens[at - 1]));
    }
    outputs.push_back(std::move(name));
    begin = at + 1;
  }
  return outputs;
}

/// "count", "count distinct", "sum": which aggregates are called.
std::set<std::string> aggregates_of(std::string_view text, const Outline& outline) {
  static const std::set<std::string, std::less<>> known{"count",
                                                        "sum",
                                                        "avg",
                                                        "min",
                                                        "max",
                                                        "median",
                                                        "percentile_cont",
                                                        "percentile_disc",
                                                        "stddev",
                                                        "stddev_pop",
                                                        "stddev_samp",
                                                        "variance",
                                                        "var_pop",
                                                        "var_samp",
                                                        "total",
                                                        "mode",
                                                        "corr",
                                                        "string_agg",
                                                        "array_agg",
                                                        "group_concat",
                                                        "bool_and",
                                                        "bool_or"};
  std::set<std::string> found;
  const auto& tokens = outline.tokens;
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    if (tokens[at].kind != TokenKind::word || !is_mark(text, tokens[at + 1], "(")) continue;
    auto name = lower(text_of(text, tokens[at]));
    if (known.count(name) == 0) continue;
    if (at + 2 < tokens.size() && is_word(text, tokens[at + 2], "distinct")) name += " distinct";
    found.insert(std::move(name));
  }
  return found;
}

bool has_word_of(std::string_view text, const Outline& outline, std::string_view word) {
  return std::any_of(outline.tokens.begin(), outline.tokens.end(),
                     [&](const Token& token) { return is_word(text, token, word); });
}

bool filters(std::string_view text, const Outline& outline) {
  return has_word_of(text, outline, "where") || has_word_of(text, outline, "having") ||
         has_word_of(text, outline, "case");
}

std::string list(const std::set<std::string>& names) {
  return join(std::vector<std::string>(names.begin(), names.end()), ", ");
}

std::optional<std::string> other_outputs(const Outputs& before, const Outputs& after) {
  if (before.empty()) return std::nullopt;
  if (before.size() != after.size())
    return fmt::format("gives {} columns instead of {}", after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    // A column may be given a name; a given name stays.
    if (!before[i].empty() && before[i] != after[i])
      return fmt::format("gives another column in place of {}", before[i]);
  }
  return std::nullopt;
}

/// What dates are cut by: words of functions, and no names.
constexpr std::array<std::string_view, 9> time_parts{"second", "minute",  "hour", "day",  "week",
                                                     "month",  "quarter", "year", "epoch"};

/// The literals that say which rows and what amounts are meant: not the words and formats of date functions,
/// and not what a rate is multiplied by.
std::set<std::string> literals_of(std::string_view text, const Outline& outline) {
  std::set<std::string> found;
  for (const auto& token : outline.tokens) {
    const auto part = text_of(text, token);
    if (token.kind == TokenKind::text && part.size() >= 2) {
      auto inside = lower(part.substr(1, part.size() - 2));
      const bool format = inside.find('%') != std::string::npos || inside.find("yy") != std::string::npos;
      const bool of_time = std::any_of(time_parts.begin(), time_parts.end(),
                                       [&](auto word) { return inside.find(word) != std::string::npos; });
      if (!format && !of_time && !inside.empty()) found.insert("'" + inside + "'");
    } else if (token.kind == TokenKind::number) {
      const double value = std::strtod(std::string(part).c_str(), nullptr);
      if (value != 0 && value != 1 && value != 100) found.insert(fmt::format("{}", value));
    }
  }
  return found;
}

/// What a name is about: its words that mean something, in the singular.
std::set<std::string> topic_of(std::string_view name) {
  std::set<std::string> topic;
  for (const auto& word : identifier_words(name)) {
    if (word.size() >= 3 && word != "the") topic.insert(singular(word));
  }
  return topic;
}

constexpr std::size_t shortest_misspelt = 5;  // letters; a letter makes another word of a shorter one

/// True if `given` may be what was meant by `wanted`: the one misspelt, or a name that has a word of it,
/// misspelt or not.
bool is_alike(std::string_view wanted, std::string_view given) {
  const auto words = topic_of(wanted);
  const auto others = topic_of(given);
  const std::vector<std::string> known(others.begin(), others.end());
  return nearest(wanted, {std::string(given)}).has_value() ||
         std::any_of(words.begin(), words.end(), [&](const auto& word) {
           return others.count(word) > 0 || (word.size() >= shortest_misspelt && nearest(word, known));
         });
}

/// A name of a statement that the database does not have.
struct Missing {
  std::string qualifier;
  std::string name;
};

/// The name a finding is about: at its position, else the last word of its message.
Missing missing_at(std::string_view text, const Outline& outline, const model::Finding& finding) {
  const auto& tokens = outline.tokens;
  if (finding.position) {
    auto at = static_cast<std::size_t>(std::find_if(tokens.begin(), tokens.end(),
                                                    [&](const Token& token) {
                                                      return token.begin ==
                                                             static_cast<std::size_t>(*finding.position);
                                                    }) -
                                       tokens.begin());
    Missing missing;
    if (at < tokens.size()) missing.name = name_in(text, tokens[at]);
    while (at + 2 < tokens.size() && is_mark(text, tokens[at + 1], ".")) {
      missing.qualifier = std::exchange(missing.name, name_in(text, tokens[at + 2]));
      at += 2;
    }
    if (!missing.name.empty()) return missing;
  }
  const auto message = finding.message.substr(0, finding.message.find(';'));
  const auto parts = split(message.substr(message.rfind(' ') + 1), '.');
  return {parts.size() > 1 ? parts[parts.size() - 2] : "", parts.back()};
}

/// One statement as it is and as it is bound.
struct Reading {
  Reading(const Analyzer& analyzer, std::string_view statement, model::Dialect dialect,
          const model::Database& schema)
      : text(statement),
        outline(outline_of(statement, dialect, &schema)),
        analysis(analyzer.analyze(statement, dialect, &schema)) {}

  [[nodiscard]] std::vector<Missing> missing(std::string_view code) const {
    std::vector<Missing> names;
    for (const auto& finding : analysis.findings) {
      if (finding.code == code) names.push_back(missing_at(text, outline, finding));
    }
    return names;
  }
  [[nodiscard]] bool reads(const std::string& table) const {
    return std::find(analysis.tables.begin(), analysis.tables.end(), table) != analysis.tables.end();
  }
  [[nodiscard]] bool uses(const model::FieldReference& field) const {
    return std::find(analysis.references.begin(), analysis.references.end(), field) !=
           analysis.references.end();
  }
  /// True if a word of the statement is the name of a column of `table` that `other` tables do not have.
  [[nodiscard]] bool speaks_of(const model::Table& table, const model::Database& schema) const {
    return std::any_of(outline.tokens.begin(), outline.tokens.end(), [&](const Token& token) {
      const auto name = name_in(text, token);
      if (name.empty() || table.field(name) == nullptr) return false;
      return std::none_of(analysis.tables.begin(), analysis.tables.end(), [&](const auto& other) {
        const auto* known = schema.table(other);
        return known != nullptr && known->field(name) != nullptr;
      });
    });
  }

  std::string_view text;
  Outline outline;
  Analysis analysis;
};

std::optional<std::string> other_tables(const Reading& before, const Reading& after,
                                        const model::Database& schema) {
  for (const auto& table : before.analysis.tables) {
    if (!after.reads(table)) return "no longer reads " + table;
  }
  const auto unknown = before.missing("schema.unknown_table");
  if (before.analysis.tables.empty() && unknown.empty()) return std::nullopt;  // nothing was understood
  // A column that is not there may be that of a table one join away.
  std::size_t allowed = unknown.size() + (before.missing("schema.unknown_column").empty() ? 0 : 1);
  for (const auto& name : after.analysis.tables) {
    if (before.reads(name)) continue;
    if (allowed-- == 0) return "reads " + name + ", which it did not";
    const auto* table = schema.table(name);
    if (unknown.empty() || table == nullptr) continue;
    const bool alike = std::any_of(unknown.begin(), unknown.end(),
                                   [&](const auto& missing) { return is_alike(missing.name, table->name); });
    if (!alike && !before.speaks_of(*table, schema)) return "takes " + name + " for another table";
  }
  return std::nullopt;
}

/// A column stands in for one that is not there only if it is called alike, and stands where that one was
/// said to be.
std::optional<std::string> other_columns(const Reading& before, const Reading& after,
                                         const model::Database& schema) {
  for (const auto& reference : before.analysis.references) {
    if (reference.field != "*" && !after.uses(reference))
      return fmt::format("no longer uses {}.{}", reference.table, reference.field);
  }
  for (const auto& missing : before.missing("schema.unknown_column")) {
    if (std::find(time_parts.begin(), time_parts.end(), lower(missing.name)) != time_parts.end()) continue;
    const model::Table* home = nullptr;
    for (const auto& item : before.outline.tables) {
      if (!missing.qualifier.empty() && lower(item.name) == lower(missing.qualifier)) home = item.table;
    }
    const auto stands_in = [&](const model::FieldReference& given) {
      const bool at_home = home == nullptr || schema.table(given.table) == home || !before.reads(given.table);
      return given.field != "*" && !before.uses(given) && at_home && is_alike(missing.name, given.field);
    };
    const auto& given = after.analysis.references;
    if (std::none_of(given.begin(), given.end(), stands_in))
      return "uses nothing that is called like " + missing.name;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> changed_meaning(const Analyzer& analyzer, std::string_view before,
                                           std::string_view after, model::Dialect dialect,
                                           const model::Database& schema) {
  const Reading was(analyzer, before, dialect, schema);
  const Reading is(analyzer, after, dialect, schema);
  if (auto why = other_outputs(outputs_of(before, was.outline), outputs_of(after, is.outline))) return why;
  const auto old_aggregates = aggregates_of(before, was.outline);
  const auto new_aggregates = aggregates_of(after, is.outline);
  if (old_aggregates != new_aggregates) {
    return fmt::format("aggregates by {} instead of {}",
                       new_aggregates.empty() ? "nothing" : list(new_aggregates),
                       old_aggregates.empty() ? "nothing" : list(old_aggregates));
  }
  if (filters(before, was.outline) && !filters(after, is.outline))
    return std::string("drops the conditions on its rows");
  if (has_word_of(before, was.outline, "group") && !has_word_of(after, is.outline, "group"))
    return std::string("no longer groups");
  const auto literals = literals_of(after, is.outline);
  for (const auto& literal : literals_of(before, was.outline)) {
    if (literals.count(literal) == 0) return "drops the value " + literal;
  }
  if (auto why = other_tables(was, is, schema)) return why;
  return other_columns(was, is, schema);
}

}  // namespace kpi::sql
