#include "token_bounds.hpp"

#include "catalogue.hpp"
#include "guard_bounds.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace kpi::sql {
namespace {

class TokenBounds {
public:
  TokenBounds(std::string_view statement, const std::vector<Token>& tokens, const Policy& policy)
      : statement_(statement),
        policy_(policy) {
    for (const Token& token : tokens) {
      if (token.kind != TokenKind::comment) tokens_.push_back(token);
    }
  }

  std::vector<model::Finding> run() {
    levels_.push_back({});
    recursion();
    for (std::size_t i = 0; i < tokens_.size(); ++i) visit(i);
    settle(levels_.front());
    if (joins_ > policy_.max_joins) {
      findings_.push_back(
          finding("guard.joins", fmt::format("{} joins; at most {} are allowed", joins_, policy_.max_joins)));
    }
    return std::move(findings_);
  }

private:
  /// Inside one pair of brackets.
  struct Level {
    bool from = false;     ///< in the FROM of a query
    bool call = false;     ///< the brackets of a call: EXTRACT(YEAR FROM x)
    bool waiting = false;  ///< a JOIN has had no condition yet
    std::size_t join = 0;  ///< that JOIN
  };

  [[nodiscard]] bool word(std::size_t i, std::string_view wanted) const {
    return i < tokens_.size() && is_word(statement_, tokens_[i], wanted);
  }
  [[nodiscard]] bool mark(std::size_t i, std::string_view wanted) const {
    return i < tokens_.size() && is_mark(statement_, tokens_[i], wanted);
  }
  void refuse(Code code, std::string message, std::size_t i) {
    findings_.push_back(finding(code, std::move(message), static_cast<std::int64_t>(tokens_[i].begin)));
  }
  void settle(Level& level) {
    if (std::exchange(level.waiting, false))
      refuse("guard.product", "a JOIN without ON or USING of its own", level.join);
  }

  // name [(columns)] AS ( ... name ... ), with or without the word RECURSIVE.
  void recursion() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!word(i, "as") || i == 0) continue;
      std::size_t name = i - 1;
      if (mark(name, ")")) {
        while (name > 0 && !mark(name, "(")) --name;
        if (name-- == 0) continue;
      }
      std::size_t at = i + 1;
      while (word(at, "not") || word(at, "materialized")) ++at;
      if (!mark(at, "(")) continue;
      const std::string wanted = lower(without_quotes(statement_, tokens_[name]));
      for (std::size_t depth = 0; at < tokens_.size(); ++at) {
        if (mark(at, "(")) ++depth;
        if (mark(at, ")") && --depth == 0) break;
        const bool read =
            word(at - 1, "from") || word(at - 1, "join") || mark(at - 1, ",") || mark(at - 1, "(");
        if (read && lower(without_quotes(statement_, tokens_[at])) == wanted)
          return refuse("guard.recursion", "recursion whose end cannot be told from words", at);
      }
    }
  }

  void visit(std::size_t i) {
    Level& level = levels_.back();
    if (mark(i, "(")) return open(i);
    if (mark(i, ")")) {
      settle(level);
      if (levels_.size() > 1) levels_.pop_back();
      return;
    }
    if (mark(i, ",") && level.from) {
      settle(level);
      return refuse("guard.product", "tables joined by a comma; write JOIN ... ON", i);
    }
    if (tokens_[i].kind != TokenKind::word) return;
    if (word(i, "from") && !level.call && !(i > 0 && word(i - 1, "distinct"))) level.from = true;
    if (level.from && (word(i, "join") || word(i, "straight_join"))) return join(i, level);
    if (word(i, "using") || (word(i, "on") && names_two(i))) level.waiting = false;
    if (ends_from(statement_, tokens_, i)) {
      settle(level);
      level.from = false;
    }
  }

  // True if the condition after ON speaks of two columns: ON 1 = 1 ties nothing.
  [[nodiscard]] bool names_two(std::size_t i) const {
    static constexpr std::array<std::string_view, 9> ends{
        "join", "straight_join", "where", "group", "having", "order", "limit", "union", "window"};
    static constexpr std::array<std::string_view, 13> no_names{
        "and", "or", "not", "is", "null", "true", "false", "in", "like", "between", "left", "right", "inner"};
    std::size_t names = 0;
    std::size_t depth = 0;
    for (++i; i < tokens_.size(); ++i) {
      const auto is = [&](std::string_view one) { return word(i, one); };
      if (mark(i, "(")) ++depth;
      if (mark(i, ")") && depth-- == 0) break;
      if (std::any_of(ends.begin(), ends.end(), is)) break;
      const bool name = tokens_[i].kind == TokenKind::word || tokens_[i].kind == TokenKind::quoted ||
                        tokens_[i].kind == TokenKind::backtick || tokens_[i].kind == TokenKind::bracketed;
      if (name && !mark(i + 1, ".") && !mark(i + 1, "(") &&
          std::none_of(no_names.begin(), no_names.end(), is))
        ++names;
    }
    return names >= 2;
  }

  void open(std::size_t i) {
    const Level& outer = levels_.back();
    const bool query = word(i + 1, "select") || word(i + 1, "with") || word(i + 1, "values");
    const bool group = outer.from && !query && i > 0 &&
                       (word(i - 1, "from") || word(i - 1, "join") || mark(i - 1, "(") || mark(i - 1, ","));
    const bool named =
        i > 0 && (tokens_[i - 1].kind == TokenKind::word || tokens_[i - 1].kind == TokenKind::quoted);
    if (named) call(i - 1);
    levels_.push_back({group, named && !query && !group, false, 0});
  }

  void join(std::size_t i, Level& level) {
    ++joins_;
    settle(level);
    if (i > 0 && word(i - 1, "cross")) return refuse("guard.product", "CROSS JOIN; write JOIN ... ON", i);
    for (std::size_t before = 1; before <= 3 && before <= i; ++before) {
      if (word(i - before, "natural"))
        return refuse("guard.product", "NATURAL JOIN, whose columns words do not show; write JOIN ... USING",
                      i);
    }
    level.waiting = true;
    level.join = i;
  }

  // Tokens [first, last) of argument `wanted` of the call whose name is token `name`; none if it has fewer.
  [[nodiscard]] std::pair<std::size_t, std::size_t> argument(std::size_t name, std::size_t wanted) const {
    std::size_t depth = 0;
    std::size_t number = 0;
    std::size_t first = name + 2;
    for (std::size_t i = name + 1; i < tokens_.size(); ++i) {
      if (mark(i, "(") || mark(i, "[")) ++depth;
      const bool closes = mark(i, ")") || mark(i, "]");
      if (closes && --depth == 0) return number == wanted ? std::pair(first, i) : std::pair(i, i);
      if (!mark(i, ",") || depth != 1) continue;
      if (number++ == wanted) return {first, i};
      first = i + 1;
    }
    return {tokens_.size(), tokens_.size()};
  }

  void call(std::size_t name) {
    const std::string called = lower(without_quotes(statement_, tokens_[name]));
    const double limit = static_cast<double>(policy_.max_generated_rows);
    if (called == "printf" || called == "format") {
      const auto [first, last] = argument(name, 0);
      if (first == last) return;
      const bool plain = last - first == 1 && tokens_[first].kind == TokenKind::text;
      if (plain && has_plain_widths(text_of(statement_, tokens_[first]), limit)) return;
      // FORMAT(number, digits) is MySQL's.
      const auto [digits, end] = argument(name, 1);
      if (end - digits == 1 && tokens_[digits].kind == TokenKind::number && called == "format" && !plain)
        return;
      return refuse("guard.generated_rows",
                    fmt::format("{} takes a plain pattern, without * and without great widths", called),
                    name);
    }
    if (called == "generate_series") return series(name);
    const bool of_length = called == "repeat" || called == "lpad" || called == "rpad" || called == "space";
    if (!of_length) return;
    const auto [first, last] = argument(name, called == "space" ? 0 : 1);
    if (first == last) return;
    const bool plain = last - first == 1 && tokens_[first].kind == TokenKind::number;
    if (plain && std::strtod(std::string(text_of(statement_, tokens_[first])).c_str(), nullptr) <= limit)
      return;
    refuse("guard.generated_rows",
           fmt::format("{} of a length that is no plain number, or too great a one", called), name);
  }

  void series(std::size_t name) {
    const auto plain = [&](std::size_t wanted) -> std::optional<double> {
      const auto [first, last] = argument(name, wanted);
      if (last - first != 1 || tokens_[first].kind != TokenKind::number) return std::nullopt;
      return std::strtod(std::string(text_of(statement_, tokens_[first])).c_str(), nullptr);
    };
    const auto from = plain(0);
    const auto to = plain(1);
    const auto [step, end] = argument(name, 2);
    if (from && to && step == end && std::abs(*to - *from) < static_cast<double>(policy_.max_generated_rows))
      return;
    refuse("guard.generated_rows",
           "generate_series takes two plain numbers in this dialect, not too far apart", name);
  }

  std::string_view statement_;
  const Policy& policy_;
  std::vector<Token> tokens_;
  std::vector<Level> levels_;
  std::size_t joins_ = 0;
  std::vector<model::Finding> findings_;
};

}  // namespace

bool ends_from(std::string_view statement, const std::vector<Token>& tokens, std::size_t i) {
  const auto is_one_of = [&](std::size_t at, std::initializer_list<std::string_view> words) {
    return at < tokens.size() && std::any_of(words.begin(), words.end(), [&](std::string_view one) {
             return is_word(statement, tokens[at], one);
           });
  };
  if (i > 0 && (is_one_of(i - 1, {"as"}) || is_mark(statement, tokens[i - 1], "."))) return false;
  const bool number = i + 1 < tokens.size() && tokens[i + 1].kind == TokenKind::number;
  const bool bracket = i + 1 < tokens.size() && is_mark(statement, tokens[i + 1], "(");
  if (is_one_of(i, {"where", "having"}))
    return i + 1 < tokens.size() && !is_mark(statement, tokens[i + 1], ",") &&
           !is_one_of(i + 1, {"join", "left", "right", "inner", "cross", "full", "natural", "straight_join"});
  if (is_one_of(i, {"group", "order"})) return is_one_of(i + 1, {"by"});
  if (is_one_of(i, {"limit", "offset"})) return number || is_one_of(i + 1, {"all"});
  if (is_one_of(i, {"fetch"})) return is_one_of(i + 1, {"first", "next"});
  if (is_one_of(i, {"union", "intersect", "except", "minus"}))
    return bracket || is_one_of(i + 1, {"all", "distinct", "select"});
  if (is_one_of(i, {"window"})) return is_one_of(i + 2, {"as"});
  return is_one_of(i, {"select", "returning"});
}

std::vector<model::Finding> check_token_bounds(std::string_view statement, const std::vector<Token>& tokens,
                                               const Policy& policy) {
  return TokenBounds(statement, tokens, policy).run();
}

}  // namespace kpi::sql
