#include "lexer.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>

namespace kpi::sql {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// PostgreSQL takes any byte above ASCII as a letter.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80U;
}
bool is_operator(char c) { return std::string_view("+-*/<>=~!@#%^&|?:").find(c) != std::string_view::npos; }

class Lexer {
public:
  Lexer(std::string_view text, const LexRules& rules) : text_(text), rules_(rules) {}

  std::vector<Token> run() {
    tokens_.reserve(text_.size() / 4 + 4);
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
        continue;
      }
      Token token;
      token.begin = at_;
      read(token);
      token.end = at_;
      tokens_.push_back(token);
    }
    return std::move(tokens_);
  }

private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void read(Token& token) {
    const char c = peek();
    if ((c == '-' && peek(1) == '-') || (c == '#' && rules_.hash_comments)) return line_comment(token);
    if (c == '/' && peek(1) == '*') return block_comment(token);
    if (c == '\'') return literal(token, rules_.backslash_escapes);
    if (c == '"') {
      quoted(token, '"');
      if (rules_.double_quoted_text) token.kind = TokenKind::text;
      return;
    }
    if (c == '`') return quoted(token, '`');
    if (c == '[' && rules_.bracketed_names) return bracketed(token);
    if (c == '$' && rules_.dollar_quotes && dollar_literal(token)) return;
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(token);
    if (is_letter(c) || c == '$') return word(token);
    if (is_operator(c)) return operators(token);
    ++at_;
  }

  void line_comment(Token& token) {
    token.kind = TokenKind::comment;
    while (at_ < text_.size() && text_[at_] != '\n' && !(text_[at_] == '\r' && rules_.return_ends_comment))
      ++at_;
  }

  void block_comment(Token& token) {
    token.kind = TokenKind::comment;
    std::uint16_t depth = 0;
    while (at_ < text_.size()) {
      if (peek() == '/' && peek(1) == '*' && (depth == 0 || rules_.nested_comments)) {
        if (depth < UINT16_MAX) ++depth;
        token.nesting = std::max(token.nesting, depth);
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
    token.closed = false;
  }

  void literal(Token& token, bool backslash) {
    token.kind = TokenKind::text;
    ++at_;
    while (at_ < text_.size()) {
      if (backslash && peek() == '\\') {
        at_ = std::min(at_ + 2, text_.size());
      } else if (peek() == '\'') {
        ++at_;
        if (peek() != '\'') return;
        ++at_;
      } else {
        ++at_;
      }
    }
    token.closed = false;
  }

  void quoted(Token& token, char mark) {
    token.kind = mark == '"' ? TokenKind::quoted : TokenKind::backtick;
    ++at_;
    while (at_ < text_.size()) {
      if (mark == '"' && rules_.double_quoted_text && peek() == '\\') {
        at_ = std::min(at_ + 2, text_.size());
        continue;
      }
      if (text_[at_++] != mark) continue;
      if (peek() != mark) return;
      ++at_;
    }
    token.closed = false;
  }

  void bracketed(Token& token) {
    token.kind = TokenKind::bracketed;
    const std::size_t close = text_.find(']', at_);
    token.closed = close != std::string_view::npos;
    at_ = token.closed ? close + 1 : text_.size();
  }

  bool dollar_literal(Token& token) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && (is_letter(text_[end]) || (end > at_ + 1 && is_digit(text_[end])))) ++end;
    if (end >= text_.size() || text_[end] != '$') return false;
    const std::string_view mark = text_.substr(at_, end + 1 - at_);
    token.kind = TokenKind::text;
    const std::size_t close = text_.find(mark, end + 1);
    token.closed = close != std::string_view::npos;
    at_ = token.closed ? close + mark.size() : text_.size();
    return true;
  }

  void number(Token& token) {
    token.kind = TokenKind::number;
    while (is_digit(peek()) || peek() == '.') {
      if (peek() == '.' && peek(1) == '.') break;
      ++at_;
    }
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(sign))) {
      at_ += sign;
      while (is_digit(peek())) ++at_;
    }
  }

  void word(Token& token) {
    token.kind = TokenKind::word;
    const std::size_t begin = at_;
    while (is_letter(peek()) || is_digit(peek()) || peek() == '$') {
      ++at_;
      if (at_ == text_.size()) return;
    }
    const std::string_view prefix = text_.substr(begin, at_ - begin);
    const bool escapes = rules_.escape_texts && (prefix == "e" || prefix == "E");
    if (peek() == '\'' && prefix.size() == 1 &&
        (escapes || std::string_view("bBxXnN").find(prefix[0]) != std::string_view::npos)) {
      return literal(token, escapes || rules_.backslash_escapes);
    }
    if (peek() == '&' && (prefix == "u" || prefix == "U") && rules_.escape_texts) {
      if (peek(1) == '\'' || peek(1) == '"') {
        ++at_;
        if (peek() == '\'') return literal(token, false);
        quoted(token, '"');
      }
    }
  }

  void operators(Token& token) {
    token.kind = TokenKind::op;
    const std::size_t begin = at_;
    while (is_operator(peek())) {
      // A comment begins inside a run of operator characters, too.
      if (at_ > begin && ((peek() == '-' && peek(1) == '-') || (peek() == '/' && peek(1) == '*'))) return;
      if (at_ > begin && rules_.hash_comments && peek() == '#') return;
      ++at_;
    }
  }

  std::string_view text_;
  LexRules rules_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex(std::string_view text, const LexRules& rules) { return Lexer(text, rules).run(); }

std::string without_quotes(std::string_view text, const Token& token) {
  const std::string_view raw = text_of(text, token);
  if (token.kind == TokenKind::word || raw.size() < 2) return std::string(raw);
  const std::string mark(1, raw.back());
  return replace_all(raw.substr(1, raw.size() - 2), mark + mark, mark);
}

bool is_word(std::string_view text, const Token& token, std::string_view word) {
  if (token.kind != TokenKind::word || token.end - token.begin != word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = text[token.begin + i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != word[i]) return false;
  }
  return true;
}

bool is_mark(std::string_view text, const Token& token, std::string_view mark) {
  return (token.kind == TokenKind::op || token.kind == TokenKind::punctuation) &&
         text_of(text, token) == mark;
}

}  // namespace kpi::sql
