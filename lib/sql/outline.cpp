#include "outline.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>

namespace kpi::sql {
namespace {

bool is_any_word(std::string_view text, const Token& token, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return is_word(text, token, word); });
}

bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted ||
         token.kind == TokenKind::backtick || token.kind == TokenKind::bracketed;
}

/// Words that may follow a table and are no alias of it.
bool ends_item(std::string_view text, const Token& token) {
  return is_any_word(text, token,
                     {"on",      "using",   "where", "join",   "inner",     "left",       "right", "full",
                      "cross",   "natural", "group", "having", "order",     "limit",      "union", "window",
                      "lateral", "offset",  "fetch", "except", "intersect", "tablesample"});
}

/// Reads `[schema.]table [AS] alias` at `at`, and moves past it.
OutlineTable read_table(std::string_view text, const Outline& outline, std::size_t& at,
                        const model::Database* schema) {
  const auto& tokens = outline.tokens;
  std::string written = name_in(text, tokens[at]);
  std::string last = written;
  ++at;
  while (at + 1 < tokens.size() && is_mark(text, tokens[at], ".") && is_name(tokens[at + 1])) {
    last = name_in(text, tokens[at + 1]);
    written += "." + last;
    at += 2;
  }
  OutlineTable item{schema == nullptr ? nullptr : schema->table(written), last};
  if (item.table == nullptr && schema != nullptr) item.table = schema->table(last);
  if (at < tokens.size() && is_word(text, tokens[at], "as")) ++at;
  if (at < tokens.size() && is_name(tokens[at]) &&
      !(tokens[at].kind == TokenKind::word && ends_item(text, tokens[at]))) {
    item.name = name_in(text, tokens[at]);
    ++at;
  }
  return item;
}

void read_from(std::string_view text, Outline& outline, const model::Database* schema) {
  const auto& tokens = outline.tokens;
  const auto level = outline.select < tokens.size() ? outline.depth[outline.select] : 0;
  bool expects = true;
  for (std::size_t at = outline.from + 1; at < outline.body_end;) {
    if (outline.depth[at] != level) {
      ++at;
      continue;
    }
    if (is_word(text, tokens[at], "where")) return;
    if (is_word(text, tokens[at], "join") || is_mark(text, tokens[at], ",")) {
      ++outline.joins;
      expects = true;
      ++at;
    } else if (expects && is_name(tokens[at]) && !is_any_word(text, tokens[at], {"lateral", "only"})) {
      outline.tables.push_back(read_table(text, outline, at, schema));
      expects = false;
    } else {
      if (is_mark(text, tokens[at], "(")) expects = false;  // a subquery
      ++at;
    }
  }
}

}  // namespace

const LexRules& lex_rules(model::Dialect dialect) {
  switch (dialect) {
    case model::Dialect::postgres:
      return postgres_rules;
    case model::Dialect::mysql:
      return mysql_rules;
    default:
      return sqlite_rules;
  }
}

std::string name_in(std::string_view statement, const Token& token) {
  const auto text = text_of(statement, token);
  if (token.kind == TokenKind::word) return std::string(text);
  const bool quotes = token.kind == TokenKind::quoted || token.kind == TokenKind::backtick ||
                      token.kind == TokenKind::bracketed;
  if (!quotes || text.size() < 2) return {};
  const std::string mark(1, text.front() == '[' ? ']' : text.front());
  return replace_all(text.substr(1, text.size() - 2), mark + mark, mark);
}

std::size_t closing(const Outline& outline, std::string_view statement, std::size_t open) {
  for (auto at = open + 1; at < outline.tokens.size(); ++at) {
    if (outline.depth[at] == outline.depth[open] && is_mark(statement, outline.tokens[at], ")")) return at;
  }
  return outline.tokens.size();
}

Outline outline_of(std::string_view statement, model::Dialect dialect, const model::Database* schema) {
  Outline outline;
  outline.tokens = lex(statement, lex_rules(dialect));
  auto& tokens = outline.tokens;
  tokens.erase(std::remove_if(tokens.begin(), tokens.end(),
                              [](const Token& token) { return token.kind == TokenKind::comment; }),
               tokens.end());
  std::uint32_t level = 0;
  for (const auto& token : tokens) {
    if (is_mark(statement, token, ")") && level > 0) --level;
    outline.depth.push_back(level);
    if (is_mark(statement, token, "(")) ++level;
  }
  outline.select = outline.from = outline.body_end = tokens.size();
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (outline.depth[at] != 0) continue;
    if (is_word(statement, tokens[at], "select")) {
      outline.select = at;
      outline.from = outline.body_end = tokens.size();
    } else if (is_word(statement, tokens[at], "from") && outline.from == tokens.size()) {
      outline.from = at;
    } else if (is_any_word(statement, tokens[at], {"union", "intersect", "except"})) {
      outline.united = true;
    } else if (outline.body_end == tokens.size() && outline.from < at &&
               (is_any_word(statement, tokens[at],
                            {"group", "having", "order", "limit", "window", "offset", "fetch"}) ||
                is_mark(statement, tokens[at], ";"))) {
      outline.body_end = at;
    }
  }
  if (outline.from < tokens.size()) read_from(statement, outline, schema);
  return outline;
}

}  // namespace kpi::sql
