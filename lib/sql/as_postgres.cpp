#include "as_postgres.hpp"

#include "walk.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace kpi::sql {
namespace {

bool is_quoted_name(const Token& token) {
  return token.kind == TokenKind::backtick || token.kind == TokenKind::bracketed;
}

// E'' and U&"" are one thing to PostgreSQL, with escapes in them, and a name and a text to SQLite.
bool is_prefixed(std::string_view statement, const std::vector<Token>& tokens, std::size_t i) {
  static constexpr std::array<std::string_view, 4> prefixes{"e", "b", "x", "n"};
  if (tokens[i].kind != TokenKind::text && tokens[i].kind != TokenKind::quoted) return false;
  if (is_mark(statement, tokens[i - 1], "&")) return i > 1 && is_word(statement, tokens[i - 2], "u");
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return is_word(statement, tokens[i - 1], prefix); });
}

// [a][b] and `a``b` are two names, and "a""b" is one with a quote in it.
bool are_joined(const Token& left, const Token& right) {
  const auto quoted = [](const Token& token) {
    return is_quoted_name(token) || token.kind == TokenKind::quoted;
  };
  return left.end == right.begin && quoted(left) && quoted(right);
}

// Words that as_postgres() puts others for, and text that the two divide otherwise.
bool is_divided_alike(std::string_view statement, const std::vector<Token>& tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const std::string_view text = text_of(statement, token);
    if (!token.closed) return false;
    if (i > 0 && (is_prefixed(statement, tokens, i) || are_joined(tokens[i - 1], token))) return false;
    if (token.kind == TokenKind::comment && text.find("/*", 1) != std::string_view::npos) return false;
    if (is_quoted_name(token) && text.find('"') != std::string_view::npos) return false;
    if (token.kind == TokenKind::text && text.find('"') != std::string_view::npos && i > 0 &&
        is_word(statement, tokens[i - 1], "as"))
      return false;
    // 'a' 'b' is a text and its name, or with a line between them one text.
    if (token.kind == TokenKind::text && i > 0 && tokens[i - 1].kind == TokenKind::text) return false;
    if (is_word(statement, token, "glob") || is_word(statement, token, "match") ||
        is_word(statement, token, "regexp"))
      return false;
    if (is_word(statement, token, "limit") && i + 2 < tokens.size() && is_mark(statement, tokens[i + 2], ","))
      return false;
  }
  return true;
}

// || and -> bind most tightly to SQLite, and hardly to PostgreSQL; LIKE, IN and BETWEEN bind as = does to the
// one and more tightly to the other.
enum class Binds : std::uint8_t { as_comparison, as_arithmetic, as_concatenation, otherwise };

Binds binds(const Node& operation) {
  const std::string op = operator_of(operation);
  if (op == "+" || op == "-" || op == "*" || op == "/" || op == "%") return Binds::as_arithmetic;
  if (op == "||" || op == "->" || op == "->>") return Binds::as_concatenation;
  if (op == "=" || op == "<>" || op == "<" || op == ">" || op == "<=" || op == ">=" || op.empty())
    return Binds::as_comparison;
  return Binds::otherwise;
}

/// How many brackets stand open at each token.
std::vector<std::uint32_t> brackets(std::string_view statement, const std::vector<Token>& tokens) {
  std::vector<std::uint32_t> open;
  std::uint32_t depth = 0;
  for (const Token& token : tokens) {
    if (is_mark(statement, token, ")") && depth > 0) --depth;
    open.push_back(depth);
    if (is_mark(statement, token, "(")) ++depth;
  }
  return open;
}

}  // namespace

bool reads_as_sqlite(const Tree& tree, std::string_view statement, const std::vector<Token>& tokens) {
  if (!is_divided_alike(statement, tokens)) return false;
  const std::vector<std::uint32_t> open = brackets(statement, tokens);
  const auto brackets_at = [&](const Node& node) {
    const auto token = std::lower_bound(
        tokens.begin(), tokens.end(), node.location,
        [](const Token& one, std::int32_t at) { return static_cast<std::int64_t>(one.begin) < at; });
    return token == tokens.end() ? 0 : open[static_cast<std::size_t>(token - tokens.begin())];
  };
  for (const Node& node : tree.nodes()) {
    if (node.tag != Tag::A_Expr || node.parent == nullptr || node.parent->tag != Tag::A_Expr) continue;
    const Binds outer = binds(*node.parent);
    const Binds inner = binds(node);
    const bool alike = outer == Binds::as_comparison      ? inner != Binds::as_comparison
                       : outer == Binds::as_concatenation ? inner == Binds::as_concatenation
                                                          : outer == Binds::as_arithmetic;
    if (!alike && brackets_at(node) == brackets_at(*node.parent)) return false;
  }
  return true;
}

std::string as_postgres(std::string_view statement, const std::vector<Token>& tokens) {
  std::string text(statement);
  const auto put = [&](std::size_t at, std::size_t length, std::string_view word) {
    for (std::size_t i = 0; i < length; ++i) text[at + i] = i < word.size() ? word[i] : ' ';
  };
  // A vertical tab after a space is one more to SQLite, and nothing that PostgreSQL knows.
  std::size_t gap = 0;
  for (const Token& token : tokens) {
    std::replace(text.begin() + static_cast<std::ptrdiff_t>(gap),
                 text.begin() + static_cast<std::ptrdiff_t>(token.begin), '\v', ' ');
    gap = token.end;
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (!token.closed) continue;
    const std::size_t length = token.end - token.begin;
    if (token.kind == TokenKind::comment) {  // which may end elsewhere to PostgreSQL
      put(token.begin, length, "");
      continue;
    }
    // e'\' is a name and a text, and to PostgreSQL an escape that goes on. Of a name always, so that it is
    // the same whatever it touches.
    const bool prefixed = i > 0 && tokens[i - 1].end == token.begin && token.kind == TokenKind::text &&
                          (tokens[i - 1].kind == TokenKind::word || is_prefixed(statement, tokens, i));
    if (prefixed || token.kind == TokenKind::quoted) {
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(token.begin),
                   text.begin() + static_cast<std::ptrdiff_t>(token.end), '\\', '_');
    }
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
