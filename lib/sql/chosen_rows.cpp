#include "chosen_rows.hpp"

#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>

namespace kpi::sql {
namespace {

/// Tokens from `begin` to before `end`.
struct Part {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Conditions {
public:
  Conditions(std::string_view statement, const Outline& outline) : text_(statement), outline_(outline) {}

  [[nodiscard]] bool any_chooses() const {
    for (std::size_t at = 0; at < outline_.tokens.size(); ++at) {
      if (word(at, {"where", "having", "when"}) && chooses(clause(at + 1))) return true;
    }
    return false;
  }

private:
  [[nodiscard]] bool word(std::size_t at, std::initializer_list<std::string_view> words) const {
    return at < outline_.tokens.size() && std::any_of(words.begin(), words.end(), [&](auto one) {
             return is_word(text_, outline_.tokens[at], one);
           });
  }
  [[nodiscard]] bool is_name(std::size_t at) const {
    return outline_.tokens[at].kind != TokenKind::text && !name_in(text_, outline_.tokens[at]).empty();
  }

  /// The condition that begins at `begin`.
  [[nodiscard]] Part clause(std::size_t begin) const {
    auto end = begin;
    const auto depth = outline_.depth[begin - 1];
    while (end < outline_.tokens.size() && outline_.depth[end] >= depth) {
      if (outline_.depth[end] == depth && word(end, {"group", "having", "order", "limit", "offset", "fetch",
                                                     "union", "intersect", "except", "window", "then"}))
        break;
      ++end;
    }
    return {begin, end};
  }

  /// One of the parts between AND and OR does.
  [[nodiscard]] bool chooses(Part whole) const {
    auto begin = whole.begin;
    for (auto at = whole.begin; at <= whole.end; ++at) {
      const bool ends =
          at == whole.end || (outline_.depth[at] == outline_.depth[whole.begin] && word(at, {"and", "or"}));
      if (!ends) continue;
      if (part_chooses({begin, at})) return true;
      begin = at + 1;
    }
    return false;
  }

  [[nodiscard]] bool part_chooses(Part part) const {
    if (part.begin >= part.end) return false;
    if (is_mark(text_, outline_.tokens[part.begin], "(") &&
        closing(outline_, text_, part.begin) == part.end - 1)
      return chooses({part.begin + 1, part.end - 1});
    if (is_not_null(part)) return !is_of_the_figure({part.begin, part.end - 3});
    return has_name(part) && !leaves_out_noise(part) && !begins_before_all(part);
  }

  [[nodiscard]] bool is_not_null(Part part) const {
    return part.end - part.begin > 3 && word(part.end - 3, {"is"}) && word(part.end - 2, {"not"}) &&
           word(part.end - 1, {"null"});
  }

  /// What may not be null is a key, or is named elsewhere too: it is what the statement counts or measures.
  [[nodiscard]] bool is_of_the_figure(Part column) const {
    std::string last;
    for (auto at = column.begin; at < column.end; ++at) {
      const bool cast = at > column.begin && is_mark(text_, outline_.tokens[at - 1], "::");
      if (!cast && (is_name(at) || outline_.tokens[at].kind == TokenKind::text))
        last = lower(without_quotes(text_, outline_.tokens[at]));
    }
    const auto words = identifier_words(last);
    if (words.empty() || has_word({words.back()}, {"id", "uuid", "guid", "key", "no", "seq"})) return true;
    return std::count_if(outline_.tokens.begin(), outline_.tokens.end(),
                         [&](const Token& token) { return lower(without_quotes(text_, token)) == last; }) > 1;
  }

  /// A column: without one it is the value of a CASE that gives codes their names.
  [[nodiscard]] bool has_name(Part part) const {
    for (auto at = part.begin; at < part.end; ++at) {
      if (is_name(at) && !word(at, {"null", "true", "false", "not"})) return true;
    }
    return false;
  }

  /// `is_test IS NOT TRUE`, `deleted_at IS NULL`, `NOT deleted`, `del_yn = 'N'`.
  [[nodiscard]] bool leaves_out_noise(Part part) const {
    bool noise = false;
    bool out = false;
    for (auto at = part.begin; at < part.end; ++at) {
      const auto& token = outline_.tokens[at];
      if (is_name(at))
        noise = noise || has_word(identifier_words(name_in(text_, token)),
                                  {"test", "tests", "dummy", "deleted", "delete", "del", "removed"});
      const auto value = token.kind == TokenKind::text ? lower(without_quotes(text_, token)) : "";
      out = out || word(at, {"not", "null", "false"}) || text_of(text_, token) == "0" || value == "n" ||
            value == "f" || is_mark(text_, token, "<>") || is_mark(text_, token, "!=");
    }
    return noise && out;
  }

  [[nodiscard]] bool begins_before_all(Part part) const {
    for (auto at = part.begin; at < part.end; ++at) {
      const auto& token = outline_.tokens[at];
      if (token.kind == TokenKind::text && is_before_all(without_quotes(text_, token))) return true;
    }
    return false;
  }

  std::string_view text_;
  const Outline& outline_;
};

}  // namespace

bool is_before_all(std::string_view literal) {
  if (literal.size() < 7 || literal[4] != '-') return false;
  const auto year = literal.substr(0, 4);
  return year.find_first_not_of("0123456789") == std::string_view::npos && year <= "1970";
}

bool chooses_rows(std::string_view statement, const Outline& outline) {
  return Conditions(statement, outline).any_chooses();
}

}  // namespace kpi::sql
