#include "token_names.hpp"

#include "catalogue.hpp"
#include "sqlite_replica.hpp"
#include "token_bounds.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>

namespace kpi::sql {
namespace {

constexpr std::size_t max_name_bytes = 80;

bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted ||
         token.kind == TokenKind::backtick || token.kind == TokenKind::bracketed;
}

/// Which part of a SELECT a token stands in.
enum class Clause : std::uint8_t { other, list, from, group };

/// Inside one pair of brackets.
struct Level {
  Clause clause = Clause::other;
  bool query = false;    ///< a SELECT stands in them
  bool counted = false;  ///< or in brackets around them: count( .. )
  bool wanted = false;   ///< of a FROM: a table comes next
};

/// Walks the tokens and tells `visit(i, level)` of each that is no bracket where it stands.
template <class Visit>
void walk_clauses(std::string_view statement, const std::vector<Token>& tokens, const Visit& visit) {
  const auto word = [&](std::size_t i, std::string_view wanted) {
    return i < tokens.size() && is_word(statement, tokens[i], wanted);
  };
  std::vector<Level> levels(1);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Level& level = levels.back();
    if (is_mark(statement, tokens[i], "(")) {
      const bool query = word(i + 1, "select") || word(i + 1, "with") || word(i + 1, "values");
      const bool counts = i > 0 && word(i - 1, "count");
      // FROM (a JOIN b) holds tables; what a call is given does not.
      const bool group = level.wanted && !query;
      Level inner{query ? Clause::other : level.clause, query, !query && (counts || level.counted), group};
      if (level.clause == Clause::from && !query && !group) inner.clause = Clause::other;
      level.wanted = false;
      levels.push_back(inner);
      continue;
    }
    if (is_mark(statement, tokens[i], ")")) {
      if (levels.size() > 1) levels.pop_back();
      continue;
    }
    const bool outermost = levels.size() == 1;
    if (i > 0 && is_mark(statement, tokens[i - 1], ".")) {  // a name, whatever word it is
      visit(i, level);
    } else if (word(i, "select")) {
      level = {Clause::list, true, false, false};
    } else if (word(i, "from") && (level.query || outermost) && !(i > 0 && word(i - 1, "distinct"))) {
      level.clause = Clause::from;
      level.wanted = true;
    } else if (level.clause == Clause::from && (word(i, "join") || word(i, "straight_join") ||
                                                word(i, "apply") || is_mark(statement, tokens[i], ","))) {
      level.wanted = true;
    } else if (word(i, "group") && word(i + 1, "by")) {
      level.clause = Clause::group;
      level.wanted = false;
    } else if (level.clause != Clause::list && (level.query || outermost) &&
               ends_from(statement, tokens, i)) {
      // In a list such a word is a name: SELECT offset, email FROM ..
      level.clause = Clause::other;
      level.wanted = false;
    } else {
      visit(i, level);
    }
  }
}

std::vector<Token> without_comments(const std::vector<Token>& tokens) {
  std::vector<Token> rest = tokens;
  std::erase_if(rest, [](const Token& token) { return token.kind == TokenKind::comment; });
  return rest;
}

/// A WITH query: known between the brackets that its WITH stands in.
struct Scoped {
  std::string name;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// name [(columns)] AS [[NOT] MATERIALIZED] ( SELECT ..
std::vector<Scoped> queries_of(std::string_view statement, const std::vector<Token>& tokens) {
  const auto word = [&](std::size_t i, std::string_view wanted) {
    return i < tokens.size() && is_word(statement, tokens[i], wanted);
  };
  const auto opens = [&](std::size_t i) { return i < tokens.size() && is_mark(statement, tokens[i], "("); };
  std::vector<Scoped> queries;
  std::vector<std::size_t> open{0};
  std::vector<std::vector<std::size_t>> waiting(1);  // for the end of their brackets
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (opens(i)) {
      open.push_back(i);
      waiting.emplace_back();
    } else if (is_mark(statement, tokens[i], ")") && open.size() > 1) {
      for (const std::size_t query : waiting.back()) queries[query].end = i;
      open.pop_back();
      waiting.pop_back();
    }
    if (i == 0 || !word(i, "as")) continue;
    std::size_t at = i + 1;
    while (word(at, "not") || word(at, "materialized")) ++at;
    if (!opens(at)) continue;
    if (!word(at + 1, "select") && !word(at + 1, "with") && !word(at + 1, "values") && !opens(at + 1))
      continue;
    std::size_t name = i - 1;
    if (is_mark(statement, tokens[name], ")")) {
      while (name > 0 && !opens(name)) --name;
      if (name-- == 0) continue;
    }
    if (!is_name(tokens[name])) continue;
    waiting.back().push_back(queries.size());
    queries.push_back({lower(without_quotes(statement, tokens[name])), open.back(), tokens.size()});
  }
  return queries;
}

model::Finding unknown_table(const std::string& name, bool qualified, const Token& token,
                             const model::Database& schema) {
  const auto at = static_cast<std::int64_t>(token.begin);
  const std::string shown = shorten(single_line(name), max_name_bytes);
  if (qualified) {
    return finding(
        "guard.catalog",
        fmt::format("{} is not among this database's tables; write the name as the schema has it", shown),
        at);
  }
  std::vector<std::string> names;
  for (const auto& table : schema.tables) names.push_back(table.name);
  const auto meant = nearest(name, names);
  return finding("schema.unknown_table",
                 fmt::format("no table {}{}", shown, meant ? fmt::format("; did you mean {}?", *meant) : ""),
                 at);
}

}  // namespace

std::vector<model::Finding> check_token_tables(std::string_view statement, const std::vector<Token>& all,
                                               const model::Database& schema) {
  std::vector<model::Finding> findings;
  const std::vector<Token> tokens = without_comments(all);
  const auto queries = queries_of(statement, tokens);
  const auto is_query = [&](const std::string& name, std::size_t i) {
    return std::any_of(queries.begin(), queries.end(), [&](const Scoped& query) {
      return query.name == name && query.begin <= i && i < query.end;
    });
  };
  walk_clauses(statement, tokens, [&](std::size_t i, Level& level) {
    if (level.clause != Clause::from || !level.wanted) return;
    if (is_word(statement, tokens[i], "lateral") || is_word(statement, tokens[i], "only")) return;
    level.wanted = false;
    if (!is_name(tokens[i])) {
      findings.push_back(finding("guard.catalog", "reads something that is no table of this database",
                                 static_cast<std::int64_t>(tokens[i].begin)));
      return;
    }
    std::string name = without_quotes(statement, tokens[i]);
    std::size_t at = i + 1;
    bool qualified = name.find_first_of("./\\") != std::string::npos;
    while (at < tokens.size() && is_mark(statement, tokens[at], ".")) {
      qualified = true;
      name += '.';
      if (++at < tokens.size() && is_name(tokens[at])) name += without_quotes(statement, tokens[at++]);
    }
    const bool called = at < tokens.size() && is_mark(statement, tokens[at], "(");
    if (called || (!qualified && (is_query(lower(name), i) || lower(name) == "dual"))) return;
    if (schema.table(name) == nullptr) findings.push_back(unknown_table(name, qualified, tokens[i], schema));
  });
  return findings;
}

std::vector<model::Finding> check_token_personal(std::string_view statement, const std::vector<Token>& all,
                                                 const model::Database& schema, const Policy& policy) {
  std::set<std::string> personal;
  for (const model::Table* table : named_tables(schema, statement, all)) {
    for (const auto& field : table->fields) {
      if (field.pii) personal.insert(lower(field.path.empty() ? field.name : field.path.front()));
    }
  }
  std::vector<model::Finding> findings;
  if (personal.empty()) return findings;
  const std::vector<Token> tokens = without_comments(all);
  const auto say = [&](std::string_view name, const Token& token) {
    findings.push_back(finding("lint.personal_column",
                               fmt::format("{} is personal: count it, or leave it out", name),
                               static_cast<std::int64_t>(token.begin)));
    if (policy.allow_personal_columns) findings.back().severity = model::Severity::warning;
  };
  walk_clauses(statement, tokens, [&](std::size_t i, const Level& level) {
    if ((level.clause != Clause::list && level.clause != Clause::group) || level.counted) return;
    const auto next = [&](std::string_view mark) {
      return i + 1 < tokens.size() && is_mark(statement, tokens[i + 1], mark);
    };
    if (is_mark(statement, tokens[i], "*")) {
      const bool ends =
          i + 1 == tokens.size() || next(",") || next(")") || is_word(statement, tokens[i + 1], "from");
      const bool counted = i > 0 && is_mark(statement, tokens[i - 1], "(");
      if (ends && !counted) say("a column of *", tokens[i]);
      return;
    }
    const bool quoted = tokens[i].kind == TokenKind::text && statement[tokens[i].begin] == '"';
    if ((!is_name(tokens[i]) && !quoted) || next("(") || next(".") ||
        (i > 0 && is_word(statement, tokens[i - 1], "as")))
      return;
    if (const std::string name = without_quotes(statement, tokens[i]); personal.contains(lower(name)))
      say(name, tokens[i]);
  });
  return findings;
}

}  // namespace kpi::sql
