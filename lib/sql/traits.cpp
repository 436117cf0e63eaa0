#include "traits.hpp"

#include "chosen_rows.hpp"
#include "outline.hpp"

#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace kpi::sql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// 100, 100.0
bool is_hundred(std::string_view number) {
  return number.starts_with("100") &&
         (number.size() == 3 ||
          (number[3] == '.' && number.find_first_not_of('0', 4) == std::string_view::npos));
}

class Reader {
public:
  Reader(std::string_view statement, model::Dialect dialect)
      : text_(statement),
        outline_(outline_of(statement, dialect, nullptr)) {}

  Traits read() {
    Traits traits;
    bool every_divisor = true;
    for (std::size_t at = 0; at < outline_.tokens.size(); ++at) {
      look(at, traits);
      if (!is_mark(text_, outline_.tokens[at], "/") || is_unit(at + 1) || in_condition(at)) continue;
      traits.divides = true;
      every_divisor = every_divisor && safe_divisor(at + 1);
      if (selects_before(at) || selects_after(at)) traits.split_population = true;
    }
    traits.guarded_divisor = traits.divides && every_divisor;
    traits.filtered = chooses_rows(text_, outline_);
    traits.reads_rate = reads_rate();
    traits.joins = outline_.joins;
    traits.bare_count = is_bare_count(traits);
    return traits;
  }

private:
  [[nodiscard]] bool word(std::size_t at, std::initializer_list<std::string_view> words) const {
    return at < outline_.tokens.size() && std::any_of(words.begin(), words.end(), [&](auto one) {
             return is_word(text_, outline_.tokens[at], one);
           });
  }
  [[nodiscard]] bool mark(std::size_t at, std::string_view wanted) const {
    return at < outline_.tokens.size() && is_mark(text_, outline_.tokens[at], wanted);
  }

  void look(std::size_t at, Traits& traits) const {
    const auto& token = outline_.tokens[at];
    const auto part = text_of(text_, token);
    if (token.kind == TokenKind::number && part.find('.') != std::string_view::npos) traits.decimal = true;
    if (is_hundred(part) && (mark(at + 1, "*") || (at > 0 && mark(at - 1, "*")))) traits.percent = true;
    if (word(at, {"numeric", "decimal", "real", "float", "double", "float8"})) traits.decimal = true;
    if (word(at, {"coalesce", "ifnull", "nullif"})) traits.null_policy = true;
    if (word(at, {"is"}) && (word(at + 1, {"null"}) || (word(at + 1, {"not"}) && word(at + 2, {"null"}))))
      traits.null_policy = true;
    if (word(at, {"avg", "median", "percentile_cont", "percentile_disc", "percent_rank", "cume_dist"}))
      traits.averages = true;
    if (word(at, {"group"}) && word(at + 1, {"by"})) traits.grouped = true;
    if (word(at, {"date_trunc", "strftime", "to_char", "extract", "date_part", "date_format"}))
      traits.time_grain = true;
    if (word(at, {"interval", "current_date", "current_timestamp", "now"})) traits.windowed = true;
    if (token.kind == TokenKind::text) {
      const auto inside = part.substr(1, part.size() > 1 ? part.size() - 2 : 0);
      const bool dated = inside.size() >= 7 && is_digit(inside[0]) && is_digit(inside[3]) && inside[4] == '-';
      // SQLite's modifier of a date: '-29 days'.
      const bool shifted = inside.size() > 5 && (inside[0] == '-' || inside[0] == '+') && is_digit(inside[1]);
      if (inside == "now" || (dated && !is_before_all(inside)) || shifted) traits.windowed = true;
    }
  }

  /// A column or a key that is called a rate, beside the names that the statement itself gives.
  [[nodiscard]] bool reads_rate() const {
    std::set<std::string> given;
    std::set<std::string> called;
    for (std::size_t at = 0; at < outline_.tokens.size(); ++at) {
      const auto& token = outline_.tokens[at];
      const bool text = token.kind == TokenKind::text;
      const auto name = text ? without_quotes(text_, token) : name_in(text_, token);
      const bool rate = has_word(identifier_words(name), {"rate", "ratio", "percent", "percentage", "pct"});
      if (!rate) continue;
      const bool alias = at > 0 && !text && (word(at - 1, {"as"}) || mark(at - 1, ")"));
      (alias ? given : called).insert(lower(name));
    }
    return std::any_of(called.begin(), called.end(), [&](const auto& name) { return !given.contains(name); });
  }

  /// Where a divisor begins: past opening brackets and casts.
  [[nodiscard]] std::size_t inside(std::size_t at) const {
    while (mark(at, "(") || word(at, {"cast", "round", "sqrt"})) ++at;
    return at;
  }

  /// A number that is not 0: cents to units or seconds to days, and no ratio of two figures.
  [[nodiscard]] bool is_unit(std::size_t at) const {
    at = inside(at);
    if (at >= outline_.tokens.size() || outline_.tokens[at].kind != TokenKind::number) return false;
    return text_of(text_, outline_.tokens[at]).find_first_of("123456789") != std::string_view::npos;
  }

  /// It chooses rows or groups, there or in a subquery there, and is not what is measured.
  [[nodiscard]] bool in_condition(std::size_t at) const {
    auto depth = outline_.depth[at];
    while (at-- > 0) {
      if (outline_.depth[at] > depth) continue;
      depth = outline_.depth[at];
      if (word(at, {"where", "having"})) return true;
      // What stands before these is of another clause: only what is around them counts.
      if (!word(at, {"select", "group", "order"})) continue;
      if (depth == 0) return false;
      --depth;
    }
    return false;
  }

  [[nodiscard]] bool safe_divisor(std::size_t at) const {
    return word(inside(at), {"nullif", "greatest", "case"});
  }

  [[nodiscard]] bool selects_after(std::size_t at) const {
    for (++at; mark(at, "(") || word(at, {"nullif", "cast", "greatest", "coalesce"});) ++at;
    return word(at, {"select"});
  }

  [[nodiscard]] bool selects_before(std::size_t at) const {
    if (at == 0 || !mark(at - 1, ")")) return false;
    for (std::size_t open = at - 1; open-- > 0;) {
      if (outline_.depth[open] == outline_.depth[at - 1] && mark(open, "("))
        return word(open + 1, {"select"});
    }
    return false;
  }

  [[nodiscard]] bool is_bare_count(const Traits& traits) const {
    const auto at = outline_.select;
    return word(at + 1, {"count"}) && mark(at + 2, "(") && mark(at + 3, "*") && mark(at + 4, ")") &&
           !traits.filtered && !traits.grouped && traits.joins == 0 && !traits.divides;
  }

  std::string_view text_;
  Outline outline_;
};

}  // namespace

Traits traits_of(std::string_view statement, model::Dialect dialect) {
  return Reader(statement, dialect).read();
}

}  // namespace kpi::sql
