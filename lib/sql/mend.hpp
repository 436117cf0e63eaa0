#pragma once

#include "analyzer.hpp"
#include "bind.hpp"
#include "lexer.hpp"

#include <kpi/model/schema.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Deterministic repair: named rules that edit text in place, so that all they do not touch stays as it was.
namespace kpi::sql {

/// Bytes [begin, end) become `text`.
struct Edit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
};

/// A call as it stands in the text: name(arguments).
struct Call {
  std::size_t name = 0;                                        ///< token of the name
  std::size_t open = 0;                                        ///< token of the bracket
  std::size_t close = 0;                                       ///< token of the closing bracket
  std::vector<std::pair<std::size_t, std::size_t>> arguments;  ///< tokens [first, last)
};

/// A statement with its tokens (comments left out), as rules look at it.
class Draft {
public:
  /// Looks no deeper than `max_depth` into a parse tree: what walks one recurses.
  Draft(std::string_view text, model::Dialect dialect, const model::Database* schema, std::size_t max_depth);

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] model::Dialect dialect() const { return dialect_; }
  [[nodiscard]] const model::Database* schema() const { return schema_; }
  [[nodiscard]] const std::vector<Token>& tokens() const { return tokens_; }
  [[nodiscard]] const std::vector<Token>& comments() const { return comments_; }
  [[nodiscard]] std::size_t size() const { return tokens_.size(); }

  [[nodiscard]] std::string_view word(std::size_t i) const {
    return i < size() ? text_of(text_, tokens_[i]) : std::string_view();
  }
  [[nodiscard]] bool is(std::size_t i, std::string_view keyword) const {
    return i < size() && is_word(text_, tokens_[i], keyword);
  }
  [[nodiscard]] bool mark(std::size_t i, std::string_view sign) const {
    return i < size() && is_mark(text_, tokens_[i], sign);
  }
  [[nodiscard]] TokenKind kind(std::size_t i) const {
    return i < size() ? tokens_[i].kind : TokenKind::punctuation;
  }
  /// The text of tokens [first, last).
  [[nodiscard]] std::string span(std::size_t first, std::size_t last) const;
  /// The bracket that closes the one at `open`; size() if none does.
  [[nodiscard]] std::size_t closing(std::size_t open) const;
  /// The call whose name is token `i`; none if it is no call. A name after a '.' is none.
  [[nodiscard]] std::optional<Call> call(std::size_t i) const;
  /// The text of argument `i` of `call`.
  [[nodiscard]] std::string argument(const Call& call, std::size_t i) const;
  /// The same, bracketed unless it is one name, number, literal or call: safe before :: and in arithmetic.
  [[nodiscard]] std::string operand(const Call& call, std::size_t i) const {
    return bracketed(call.arguments[i].first, call.arguments[i].second);
  }
  [[nodiscard]] std::string bracketed(std::size_t first, std::size_t last) const;
  /// The text of tokens [first, last), without the bracket that is all of it.
  [[nodiscard]] std::string unbracketed(std::size_t first, std::size_t last) const;
  /// The edit that puts `text` for all of `call`.
  [[nodiscard]] Edit instead(const Call& call, std::string text) const;
  [[nodiscard]] Edit replace(std::size_t first, std::size_t last, std::string text) const;
  /// The token that begins at byte `at`; size() if none does.
  [[nodiscard]] std::size_t token_at(std::int64_t at) const;

  /// The parse tree, by PostgreSQL's grammar also for other dialects, and what its names mean; nullptr where
  /// the text does not parse or there is no schema.
  [[nodiscard]] const Binding* binding() const;
  [[nodiscard]] const Tree* tree() const;

private:
  void parse() const;

  std::string_view text_;
  model::Dialect dialect_;
  const model::Database* schema_;
  std::size_t max_depth_;
  std::vector<Token> tokens_;
  std::vector<Token> comments_;
  mutable bool parsed_ = false;
  mutable model::Database folded_;  ///< what names are bound against in a dialect without letter cases
  mutable std::unique_ptr<const Tree> tree_;
  mutable std::unique_ptr<Binding> binding_;
};

/// The dialects whose statements a rule mends.
enum class MendFor : std::uint8_t {
  postgres,
  sqlite,
  both,
  /// PostgreSQL; also a statement for SQLite that is written for neither: it becomes PostgreSQL's first.
  postgres_first,
};

/// One rule. `find` gives edits that do not overlap, or none; one that may apply again to its own result must
/// come to an end.
struct MendRule {
  std::string_view code;
  MendFor dialects;
  std::function<std::vector<Edit>(const Draft&)> find;
};

/// All rules in the order they are tried. Each file of rules gives its own part.
[[nodiscard]] const std::vector<MendRule>& mend_rules();
[[nodiscard]] std::vector<MendRule> text_rules();     ///< comments, quoting, LIMIT, TOP
[[nodiscard]] std::vector<MendRule> call_rules();     ///< other databases' functions
[[nodiscard]] std::vector<MendRule> date_rules();     ///< other databases' date functions
[[nodiscard]] std::vector<MendRule> json_rules();     ///< fields unfolded out of JSON columns
[[nodiscard]] std::vector<MendRule> name_rules();     ///< letter case, output names, GROUP BY
[[nodiscard]] std::vector<MendRule> number_rules();   ///< division, rounding
[[nodiscard]] std::vector<MendRule> nesting_rules();  ///< aggregates of aggregates and of windows
[[nodiscard]] std::vector<MendRule> having_rules();   ///< conditions on aggregates
[[nodiscard]] std::vector<MendRule> type_rules();     ///< operations that the types lack
[[nodiscard]] std::vector<MendRule>
sqlite_rules_of_syntax();  ///< PostgreSQL's syntax and functions for SQLite
[[nodiscard]] std::vector<MendRule> sqlite_rules_of_dates();      ///< PostgreSQL's dates for SQLite
[[nodiscard]] std::vector<MendRule> sqlite_rules_of_intervals();  ///< and what is reckoned with them

/// `edits` done to `text`; edits that overlap an earlier one are left out.
[[nodiscard]] std::string apply_edits(std::string_view text, std::vector<Edit> edits);

/// Mends `statement`: every rule that finds something is applied if `look` then has no more to object to than
/// before. `max_depth` as for a Draft.
[[nodiscard]] Mended mend_statement(std::string_view statement, model::Dialect dialect,
                                    const model::Database* schema, std::size_t max_depth,
                                    const std::function<Analysis(std::string_view)>& look);

}  // namespace kpi::sql
