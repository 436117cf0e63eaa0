#include "format.hpp"

#include "lexer.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace kpi::sql {
namespace {

constexpr std::size_t indent = 2;

// Words that open a clause, and so a line.
constexpr std::array<std::string_view, 15> clauses{"select", "from",   "where",     "group",  "having",
                                                   "window", "order",  "limit",     "offset", "fetch",
                                                   "union",  "except", "intersect", "values", "with"};
constexpr std::array<std::string_view, 7> joins{"join", "left", "right", "full", "inner", "cross", "natural"};
// Words that belong to the clause word before them.
constexpr std::array<std::string_view, 10> followers{"by", "all", "distinct", "outer", "join",
                                                     "as", "on",  "and",      "or",    "asc"};

template <std::size_t size>
bool has(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct Level {
  bool query = false;    ///< a subquery's bracket, and no other
  std::string clause;    ///< the clause that is being written
  bool between = false;  ///< the next AND belongs to BETWEEN
};

class Formatter {
public:
  Formatter(std::string_view text, const std::vector<Token>& tokens) : text_(text), tokens_(tokens) {
    levels_.push_back({true, "", false});
  }

  std::string run() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) write();
    return std::move(out_);
  }

private:
  [[nodiscard]] std::string word(std::size_t i) const {
    if (i >= tokens_.size() || tokens_[i].kind != TokenKind::word) return {};
    return lower(text_of(text_, tokens_[i]));
  }
  [[nodiscard]] bool mark(std::size_t i, std::string_view sign) const {
    return i < tokens_.size() && is_mark(text_, tokens_[i], sign);
  }
  [[nodiscard]] bool touches() const { return at_ > 0 && tokens_[at_ - 1].end == tokens_[at_].begin; }

  // True if the word at `i` is a clause's, and not a function's, a field's or part of another phrase.
  [[nodiscard]] bool opens_clause(std::size_t i) const {
    const std::string name = word(i);
    if (i > 0 && mark(i - 1, ".")) return false;
    if (mark(i + 1, ".")) return false;
    if (has(joins, name))
      return !mark(i + 1, "(") && !(i > 0 && has(joins, word(i - 1))) && word(i - 1) != "outer";
    if (!has(clauses, name)) return false;
    if (name == "from") return word(i - 1) != "distinct";
    if (name == "group" || name == "order") return word(i + 1) == "by";
    if (name == "with") return levels_.back().clause.empty();
    if (name == "values" || name == "fetch" || name == "window" || name == "offset")
      return word(i - 1) != "as" && !mark(i + 1, ",") && i > 0;
    return true;
  }

  void line(std::size_t extra) {
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    if (out_.empty()) return;
    std::size_t depth = 0;
    for (std::size_t i = 1; i < levels_.size(); ++i) depth += levels_[i].query ? 1 : 0;
    if (out_.back() != '\n') out_ += '\n';
    out_.append(depth * indent + extra * indent, ' ');
  }

  void space() {
    if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n' && !tight_) out_ += ' ';
    tight_ = false;
  }

  void write() {
    const Token& token = tokens_[at_];
    const std::string_view text = text_of(text_, token);
    const std::string name = word(at_);
    Level& level = levels_.back();
    const bool outer = level.query;
    if (mark(at_, ",")) {
      out_ += ',';
      if (outer && level.clause == "select") line(1);
      if (outer && level.clause == "with") line(0);
      return;
    }
    if (mark(at_, "(") || mark(at_, "[")) return open(text);
    if (mark(at_, ")") || mark(at_, "]")) return close(text);
    if (mark(at_, ".") || mark(at_, "::") || mark(at_, ":")) {
      out_ += text;
      tight_ = true;
      return;
    }
    if (mark(at_, ";")) {
      out_ += ';';
      return;
    }
    if (outer && opens_clause(at_)) {
      line(0);
      tight_ = false;
      if (!has(joins, name)) level.clause = name;
      if (has(joins, name)) level.clause = "from";
      level.between = false;
      out_ += upper(text);
      return;
    }
    if (outer && (name == "and" || name == "or") && (level.clause == "where" || level.clause == "having")) {
      if (name == "and" && level.between) {
        level.between = false;
      } else {
        line(1);
        tight_ = false;
      }
    }
    if (name == "between") level.between = true;
    space();
    // The words that go with a clause's are written like it.
    const bool goes_with = at_ > 0 && (has(followers, name) || has(joins, name)) &&
                           (name != "by" || word(at_ - 1) == "group" || word(at_ - 1) == "order");
    out_ += goes_with ? upper(text) : std::string(text);
    const bool sign = (text == "-" || text == "+") && (at_ == 0 || mark(at_ - 1, "(") || mark(at_ - 1, ",") ||
                                                       tokens_[at_ - 1].kind == TokenKind::op);
    if (sign && at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind != TokenKind::op) tight_ = true;
  }

  void open(std::string_view text) {
    const std::string next = word(at_ + 1);
    const bool query = text == "(" && (next == "select" || next == "with" || next == "values");
    if (!touches() || (at_ > 0 && tokens_[at_ - 1].kind == TokenKind::op && !mark(at_ - 1, "::"))) space();
    out_ += text;
    levels_.push_back({query, "", false});
    if (query) line(0);
    tight_ = !query;
  }

  void close(std::string_view text) {
    const bool query = levels_.size() > 1 && levels_.back().query;
    if (levels_.size() > 1) levels_.pop_back();
    if (query) line(0);
    out_ += text;
    tight_ = false;
  }

  static std::string upper(std::string_view text) {
    std::string all(text);
    for (char& c : all) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    }
    return all;
  }

  std::string_view text_;
  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  std::string out_;
  bool tight_ = false;  ///< nothing between the last token and the next
  std::vector<Level> levels_;
};

const LexRules& rules_of(model::Dialect dialect) {
  if (dialect == model::Dialect::postgres) return postgres_rules;
  return dialect == model::Dialect::mysql ? mysql_rules : sqlite_rules;
}

// The same tokens in the same order, letter case of bare words apart.
bool same_tokens(std::string_view left, const std::vector<Token>& one, std::string_view right,
                 const std::vector<Token>& two) {
  return std::equal(one.begin(), one.end(), two.begin(), two.end(), [&](const Token& a, const Token& b) {
    if (a.kind != b.kind) return false;
    const std::string_view x = text_of(left, a);
    const std::string_view y = text_of(right, b);
    return x == y || (a.kind == TokenKind::word && lower(x) == lower(y));
  });
}

}  // namespace

std::string format(std::string_view statement, model::Dialect dialect) {
  const LexRules& rules = rules_of(dialect);
  const std::vector<Token> tokens = lex(statement, rules);
  // A space would make of Metabase's marks, which the guard refuses, something else.
  if (statement.find("{{") != std::string_view::npos || statement.find("[[") != std::string_view::npos)
    return std::string(statement);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    // Two literals are one only with a line between them, and a prefix belongs to what it touches.
    const bool touches = i > 0 && tokens[i - 1].end == tokens[i].begin;
    const bool halves = i > 0 && tokens[i].kind == TokenKind::text && tokens[i - 1].kind == TokenKind::text;
    // [a][b] is hard to read for people and programs alike; a space between them would be a guess.
    const auto quoted = [](const Token& token) {
      return token.kind == TokenKind::bracketed || token.kind == TokenKind::backtick ||
             token.kind == TokenKind::quoted;
    };
    const bool joined = i > 0 && touches && quoted(tokens[i]) && quoted(tokens[i - 1]);
    // 1x is an error, and 1 x a column called x; #x, @x and :x are variables.
    const bool junk = touches && tokens[i - 1].kind == TokenKind::number && tokens[i].kind == TokenKind::word;
    const bool variable =
        touches && dialect != model::Dialect::postgres && tokens[i - 1].kind == TokenKind::op &&
        std::string_view("#@:?").find(statement[tokens[i].begin - 1]) != std::string_view::npos &&
        !is_mark(statement, tokens[i - 1], "::");
    if (tokens[i].kind == TokenKind::comment || !tokens[i].closed || halves || joined || junk || variable)
      return std::string(statement);
  }
  const std::string formatted = Formatter(statement, tokens).run();
  return same_tokens(statement, tokens, formatted, lex(formatted, rules)) ? formatted
                                                                          : std::string(statement);
}

}  // namespace kpi::sql
