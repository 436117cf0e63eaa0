#include "sqlite_copies.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <unordered_set>

namespace kpi::sql {
namespace {

bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted ||
         token.kind == TokenKind::backtick || token.kind == TokenKind::bracketed;
}

// Thirty WITH queries that each name the one before twice take 2^30 copies.
double copies_of_queries(std::string_view statement, const std::vector<Token>& tokens) {
  const auto name_of = [&](const Token& token) { return lower(without_quotes(statement, token)); };
  std::map<std::string, double> uses;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!is_word(statement, tokens[i + 1], "as") && !is_mark(statement, tokens[i + 1], "(")) continue;
    if (is_name(tokens[i])) uses.emplace(name_of(tokens[i]), -1);
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!is_name(tokens[i]) || (i + 1 < tokens.size() && is_mark(statement, tokens[i + 1], "."))) continue;
    const bool after =
        i > 0 && (is_word(statement, tokens[i - 1], "from") || is_word(statement, tokens[i - 1], "join") ||
                  is_mark(statement, tokens[i - 1], ",") || is_mark(statement, tokens[i - 1], "(") ||
                  is_mark(statement, tokens[i - 1], "."));
    const auto use = uses.find(name_of(tokens[i]));
    if (use != uses.end() && after) use->second += 1;
  }
  double all = 1;
  for (const auto& [name, count] : uses) all *= std::max(1.0, count + 1);
  return all;
}

/// Reads queries in queries for how often each names what the inner ones give.
class ColumnCopies {
public:
  ColumnCopies(std::string_view statement, const std::vector<Token>& tokens) : text_(statement) {
    for (const Token& token : tokens) {
      if (token.kind != TokenKind::comment) tokens_.push_back(token);
    }
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      // Unnamed columns are called by their text, which takes quotes to write.
      if (is_alias(i) || (is_name(tokens_[i]) && tokens_[i].kind != TokenKind::word))
        aliases_.insert(name_of(i));
    }
  }

  double most() {
    std::size_t at = 0;
    (void)query(at);
    return most_;
  }

private:
  /// What one SELECT has been seen to name, so far.
  struct Seen {
    bool in_list = false;
    double item = 0;         ///< uses of output columns in this item of its SELECT list
    double widest_item = 1;  ///< and in the item with most
    double all = 1;          ///< and in all of the query
    double outside = 1;      ///< and outside the list, places such as ORDER BY 1 too
    double in_from = 1;      ///< copies that the subqueries of its FROM make
    double in_items = 0;     ///< copies that those in its SELECT list make
    double in_with = 1;      ///< copies that its WITH queries make, one of the other

    [[nodiscard]] double copies_outside() const { return in_items > 0 ? outside * in_items : 1; }
  };

  [[nodiscard]] bool word(std::size_t i, std::string_view wanted) const {
    return i < tokens_.size() && is_word(text_, tokens_[i], wanted);
  }
  [[nodiscard]] bool mark(std::size_t i, std::string_view wanted) const {
    return i < tokens_.size() && is_mark(text_, tokens_[i], wanted);
  }
  [[nodiscard]] std::string name_of(std::size_t i) const { return lower(without_quotes(text_, tokens_[i])); }

  // x AS name, or x name: a comma or what ends the list follows.
  [[nodiscard]] bool is_alias(std::size_t i) const {
    if (i == 0 || !is_name(tokens_[i]) || mark(i - 1, ",") || mark(i - 1, ".") || mark(i - 1, "(") ||
        tokens_[i - 1].kind == TokenKind::op || word(i - 1, "select"))
      return false;
    return word(i - 1, "as") || i + 1 == tokens_.size() || mark(i + 1, ",") || mark(i + 1, ")") ||
           word(i + 1, "from");
  }

  [[nodiscard]] bool ends_list(std::size_t i) const {
    static constexpr std::array<std::string_view, 7> clauses{"from",  "where", "group", "having",
                                                             "order", "limit", "window"};
    return std::any_of(clauses.begin(), clauses.end(),
                       [&](std::string_view clause) { return word(i, clause); });
  }

  static void end_item(Seen& seen) {
    seen.widest_item = std::max(seen.widest_item, seen.item);
    seen.item = 0;
  }

  // The query from token `at` to the bracket that ends it, or to the end; the copies of its widest column.
  double query(std::size_t& at) {
    Seen seen;
    std::size_t depth = 0;  // of brackets that hold no query
    for (; at < tokens_.size(); ++at) {
      if (mark(at, "(")) {
        if (word(at + 1, "select") || word(at + 1, "with") || word(at + 1, "values")) {
          inner_query(at, seen);
        } else {
          ++depth;
        }
      } else if (mark(at, ")")) {
        if (depth == 0) break;
        --depth;
      } else {
        look(at, depth, seen);
      }
    }
    end_item(seen);
    const double inside = seen.in_with * seen.in_from * seen.copies_outside();
    most_ = std::max(most_, inside * seen.all);
    return inside * seen.widest_item;
  }

  void inner_query(std::size_t& at, Seen& seen) {
    const bool with = word(at - 1, "as") || word(at - 1, "materialized");
    const double copies = query(++at);
    if (with && !seen.in_list) {
      seen.in_with *= copies;
    } else {
      auto& most = seen.in_list ? seen.in_items : seen.in_from;
      most = std::max(most, copies);
    }
  }

  void look(std::size_t i, std::size_t depth, Seen& seen) const {
    if (word(i, "select")) {
      end_item(seen);
      seen.in_list = true;
    } else if (depth == 0 && seen.in_list && (ends_list(i) || mark(i, ","))) {
      end_item(seen);
      seen.in_list = mark(i, ",");
    } else if (tokens_[i].kind == TokenKind::number) {
      if (!seen.in_list) ++seen.outside;
    } else if (is_name(tokens_[i]) && aliases_.contains(name_of(i)) && !(i > 0 && word(i - 1, "as"))) {
      ++seen.all;
      ++(seen.in_list ? seen.item : seen.outside);
    }
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::unordered_set<std::string> aliases_;
  double most_ = 1;
};

}  // namespace

double copies_made(std::string_view statement, const std::vector<Token>& tokens) {
  const auto has = [&](std::string_view word, std::ptrdiff_t times) {
    return std::count_if(tokens.begin(), tokens.end(),
                         [&](const Token& token) { return is_word(statement, token, word); }) >= times;
  };
  const double queries = has("with", 1) ? copies_of_queries(statement, tokens) : 1;
  return has("select", 2) ? std::max(queries, ColumnCopies(statement, tokens).most()) : queries;
}

}  // namespace kpi::sql
