#include "as_postgres.hpp"

#include <algorithm>

namespace kpi::sql {
namespace {

bool is_quoted_name(const Token& token) {
  return token.kind == TokenKind::backtick || token.kind == TokenKind::bracketed;
}

}  // namespace

std::string as_postgres(std::string_view statement, const std::vector<Token>& tokens) {
  std::string text(statement);
  const auto put = [&](std::size_t at, std::size_t length, std::string_view word) {
    for (std::size_t i = 0; i < length; ++i) text[at + i] = i < word.size() ? word[i] : ' ';
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (!token.closed) continue;
    const std::size_t length = token.end - token.begin;
    const bool after_as = i > 0 && is_word(statement, tokens[i - 1], "as");
    if (is_quoted_name(token) || (token.kind == TokenKind::text && after_as)) {
      // A quote inside would end the name early.
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(token.begin),
                   text.begin() + static_cast<std::ptrdiff_t>(token.end), '"', '_');
      text[token.begin] = '"';
      text[token.end - 1] = '"';
    } else if (token.kind == TokenKind::text && statement[token.begin] == '"') {
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(token.begin),
                   text.begin() + static_cast<std::ptrdiff_t>(token.end), '\'', '_');
      text[token.begin] = '\'';
      text[token.end - 1] = '\'';
    } else if (is_mark(statement, token, "==")) {
      put(token.begin, length, "=");
    } else if (is_word(statement, token, "glob") || is_word(statement, token, "match") ||
               is_word(statement, token, "regexp")) {
      const bool compares = i > 0 && i + 1 < tokens.size() && !is_mark(statement, tokens[i + 1], "(") &&
                            !is_mark(statement, tokens[i - 1], ",") &&
                            !is_mark(statement, tokens[i - 1], ".");
      if (compares) put(token.begin, length, "like");
    } else if (is_word(statement, token, "limit") && i + 3 < tokens.size() &&
               tokens[i + 1].kind == TokenKind::number && is_mark(statement, tokens[i + 2], ",") &&
               tokens[i + 3].kind == TokenKind::number) {
      put(tokens[i + 1].begin, tokens[i + 3].begin - tokens[i + 1].begin, "");
    }
  }
  return text;
}

}  // namespace kpi::sql
