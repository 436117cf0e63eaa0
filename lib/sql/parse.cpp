#include "parse.hpp"

#include <kpi/base/text.hpp>

#include <pg_query.h>

#include <algorithm>
#include <string>

namespace kpi::sql {
namespace {

constexpr std::size_t max_message_bytes = 200;  // the library echoes the rest of the input in some messages

// The library counts characters from 1; everything else here counts bytes from 0.
std::int64_t byte_position(std::string_view statement, int character) {
  std::size_t at = 0;
  for (int i = 1; i < character && at < statement.size(); ++i) {
    ++at;
    while (at < statement.size() && (static_cast<unsigned char>(statement[at]) & 0xC0U) == 0x80U) ++at;
  }
  return static_cast<std::int64_t>(at);
}

}  // namespace

Parsed parse_postgres(std::string_view statement, Names names) {
  const std::string text(statement);
  PgQueryParseResult result = pg_query_parse(text.c_str());
  Parsed parsed;
  if (result.error != nullptr) {
    parsed.finding = model::Finding{"syntax.error", model::Severity::error,
                                    shorten(single_line(result.error->message), max_message_bytes),
                                    byte_position(statement, result.error->cursorpos)};
  } else {
    auto tree = Tree::read(result.parse_tree, statement, names);
    if (tree) {
      parsed.tree = *std::move(tree);
    } else {
      parsed.finding =
          model::Finding{"syntax.error", model::Severity::error, tree.error().what, std::nullopt};
    }
  }
  pg_query_free_parse_result(result);
  return parsed;
}

std::string read_with_escapes(std::string_view statement, const std::vector<Token>& tokens) {
  const bool differs = std::any_of(tokens.begin(), tokens.end(), [&](const Token& token) {
    const std::string_view text = text_of(statement, token);
    return token.kind == TokenKind::text && text.front() == '\'' &&
           text.find("\\'") != std::string_view::npos;
  });
  if (!differs) return {};
  LexRules rules = postgres_rules;
  rules.backslash_escapes = true;
  std::string read;
  std::size_t at = 0;
  for (const Token& token : lex(statement, rules)) {
    if (token.kind != TokenKind::text || statement[token.begin] != '\'') continue;
    read += statement.substr(at, token.begin - at);
    read += 'E';
    at = token.begin;
  }
  return read.append(statement.substr(at));
}

}  // namespace kpi::sql
