#include "tables_read.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <set>

namespace kpi::sql {
namespace {

bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted ||
         token.kind == TokenKind::backtick || token.kind == TokenKind::bracketed;
}

/// Reads a statement's tokens for the places where a table can stand.
class Reader {
public:
  Reader(std::string_view text, const LexRules& rules) : text_(text), tokens_(lex(text, rules)) {
    std::erase_if(tokens_, [](const Token& token) { return token.kind == TokenKind::comment; });
    for (std::size_t i = 0; i + 2 < tokens_.size(); ++i) {
      // name AS (SELECT ..) or name AS [NOT] MATERIALIZED (..): a WITH clause defines it.
      if (!is_name(tokens_[i]) || !is_word(text_, tokens_[i + 1], "as")) continue;
      std::size_t next = i + 2;
      while (next < tokens_.size() && (word(next, "not") || word(next, "materialized"))) ++next;
      if (next < tokens_.size() && is_mark(text_, tokens_[next], "("))
        defined_.insert(lower(without_quotes(text_, tokens_[i])));
    }
  }

  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!word(i, "from") && !word(i, "join")) continue;
      for (std::size_t at = i + 1; at < tokens_.size() && is_name(tokens_[at]);) {
        std::string name = without_quotes(text_, tokens_[at++]);
        while (at + 1 < tokens_.size() && is_mark(text_, tokens_[at], ".") && is_name(tokens_[at + 1])) {
          name += "." + without_quotes(text_, tokens_[at + 1]);
          at += 2;
        }
        const bool is_call = at < tokens_.size() && is_mark(text_, tokens_[at], "(");
        if (!is_call && !defined_.contains(lower(name))) found.push_back(std::move(name));
        at = after_alias(at);
        if (at >= tokens_.size() || !is_mark(text_, tokens_[at], ",")) break;
        ++at;  // FROM a, b
      }
    }
    return found;
  }

private:
  [[nodiscard]] bool word(std::size_t i, std::string_view wanted) const {
    return is_word(text_, tokens_[i], wanted);
  }

  [[nodiscard]] std::size_t after_alias(std::size_t at) const {
    if (at < tokens_.size() && word(at, "as")) ++at;
    if (at < tokens_.size() && is_name(tokens_[at])) ++at;
    return at;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::set<std::string> defined_;
};

}  // namespace

std::vector<std::string> tables_read(std::string_view statement, const LexRules& rules,
                                     const model::Database* schema) {
  std::vector<std::string> tables;
  for (auto& name : Reader(statement, rules).names()) {
    const auto* known = schema == nullptr ? nullptr : schema->table(name);
    if (schema != nullptr && known == nullptr) continue;
    std::string shown = known != nullptr ? known->qualified_name() : std::move(name);
    if (std::find(tables.begin(), tables.end(), shown) == tables.end()) tables.push_back(std::move(shown));
  }
  return tables;
}

}  // namespace kpi::sql
