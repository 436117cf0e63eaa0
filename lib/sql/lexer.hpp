#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Tokens of SQL text, for what has to look at text that no parser takes, or has to edit it in place.
namespace kpi::sql {

enum class TokenKind : std::uint8_t {
  word,       ///< bare name or keyword
  quoted,     ///< "name"
  backtick,   ///< `name`
  bracketed,  ///< [name], where brackets quote
  text,       ///< 'text', E'text', $$text$$
  number,
  op,           ///< a run of operator characters
  punctuation,  ///< one of ( ) [ ] , ; . and anything else
  comment,
};

struct Token {
  TokenKind kind = TokenKind::punctuation;
  std::size_t begin = 0;      ///< in bytes from 0
  std::size_t end = 0;        ///< one past the last byte
  bool closed = true;         ///< false: a literal or comment that runs to the end of the text
  std::uint16_t nesting = 0;  ///< of a comment: how deep comments nest in it
};

/// How a database reads text; the rest is the same for all.
struct LexRules {
  bool nested_comments = true;      ///< PostgreSQL nests them; SQLite and MySQL do not
  bool backslash_escapes = false;   ///< MySQL: \ escapes in any literal
  bool dollar_quotes = true;        ///< PostgreSQL only
  bool hash_comments = false;       ///< MySQL
  bool return_ends_comment = true;  ///< PostgreSQL: \r ends a -- comment, as \n does
  bool escape_texts = true;         ///< PostgreSQL: E'..' takes \ escapes, U&".." is a name
  bool double_quoted_text = false;  ///< MySQL: "x" is a literal
  bool bracketed_names = false;     ///< SQLite: [x] is a name
};
inline constexpr LexRules postgres_rules{};
inline constexpr LexRules sqlite_rules{.nested_comments = false,
                                       .dollar_quotes = false,
                                       .return_ends_comment = false,
                                       .escape_texts = false,
                                       .bracketed_names = true};
inline constexpr LexRules mysql_rules{.nested_comments = false,
                                      .backslash_escapes = true,
                                      .dollar_quotes = false,
                                      .hash_comments = true,
                                      .return_ends_comment = false,
                                      .escape_texts = false,
                                      .double_quoted_text = true};

/// The tokens of `text`, comments included and white space left out. Takes any bytes, time grows with length.
[[nodiscard]] std::vector<Token> lex(std::string_view text, const LexRules& rules);

/// The bytes of `token`.
[[nodiscard]] inline std::string_view text_of(std::string_view text, const Token& token) {
  return text.substr(token.begin, token.end - token.begin);
}

/// The name or text that a token stands for: without its quotes, and with doubled ones as one. Escapes are
/// not read.
[[nodiscard]] std::string without_quotes(std::string_view text, const Token& token);

/// True if `token` is the bare word `word` (given in lower case), in any case.
[[nodiscard]] bool is_word(std::string_view text, const Token& token, std::string_view word);
/// True if `token` is exactly `mark`, an operator or punctuation.
[[nodiscard]] bool is_mark(std::string_view text, const Token& token, std::string_view mark);

}  // namespace kpi::sql
