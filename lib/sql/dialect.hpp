#pragma once

#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>
#include <vector>

// SQL text in a database's own dialect, for who writes statements: the rules that make KPIs without a model.
// Text in, text out; no IO, nothing here fails.
namespace kpi::sql {

/// Where a time window ends: today, or the latest value where the data has stopped.
struct Anchor {
  bool today = true;
  std::string time = {};  ///< the time expression, for the latest value
  std::string from = {};  ///< "FROM orders WHERE ...", for the latest value
};

/// One SELECT in the making; text() puts a clause a line.
struct Select {
  std::string with = {};  ///< common table expressions, without the word WITH
  std::string select = {};
  std::string from = {};
  std::vector<std::string> where = {};
  std::string group = {};
  std::string having = {};
  std::string order = {};
  int limit = 0;

  [[nodiscard]] std::string text() const;
};

/// Writes the parts of a statement that dialects disagree on. Expressions come in and go out as SQL text;
/// identifiers and literals go through name() and literal().
class DialectWriter {
public:
  explicit DialectWriter(model::Dialect dialect) : dialect_(dialect) {}
  [[nodiscard]] model::Dialect dialect() const { return dialect_; }

  /// `identifier`, quoted where the dialect needs it.
  [[nodiscard]] std::string name(std::string_view identifier) const;
  /// The table as a FROM item: schema-qualified outside the default schema.
  [[nodiscard]] std::string table(const model::Table& table) const;
  /// The column, of `alias` where given; a JSON-unfolded one by way of its parent, cast to its type.
  [[nodiscard]] std::string column(const model::Field& field, std::string_view alias = {}) const;
  [[nodiscard]] static std::string literal(std::string_view text);
  [[nodiscard]] std::string as_text(std::string_view value) const;

  [[nodiscard]] std::string day(std::string_view time) const;
  /// The first day of the month as a date; 202601 where a dialect is not known.
  [[nodiscard]] std::string month(std::string_view time) const;
  [[nodiscard]] std::string year(std::string_view time) const;     ///< 2026
  [[nodiscard]] std::string weekday(std::string_view time) const;  ///< 1 Monday .. 7 Sunday
  [[nodiscard]] std::string weekday_name(std::string_view time) const;
  [[nodiscard]] std::string hour(std::string_view time) const;
  /// Days from `from` to `to`, fractions included.
  [[nodiscard]] std::string days_between(std::string_view from, std::string_view to) const;
  /// Whole months between two month() values.
  [[nodiscard]] std::string months_between(std::string_view from, std::string_view to) const;
  /// A month() value moved back by `months`, of month()'s own type.
  [[nodiscard]] std::string month_before(std::string_view month, int months) const;

  /// The `number` column of `monthly`, which has a `month` a row, as `alias`, and as `change` by how many
  /// percent it differs from the month before by the calendar: where that has no row, the row before is
  /// another month.
  [[nodiscard]] Select against_month_before(const Select& monthly, const std::string& number,
                                            const std::string& alias, const std::string& change) const;

  /// The moment `days` before the anchor, for comparisons with a time column.
  [[nodiscard]] std::string days_before(const Anchor& anchor, int days) const;
  /// The first day of the anchor's month, `months` earlier, as a date or time in every dialect.
  [[nodiscard]] std::string months_before(const Anchor& anchor, int months) const;
  [[nodiscard]] std::string today() const;
  /// The day that windows end on: today, or the day of the latest value.
  [[nodiscard]] std::string last_day(const Anchor& anchor) const;

  /// `value` rounded; any number type comes out right.
  [[nodiscard]] std::string rounded(std::string_view value, int digits) const;
  /// 100 * part / whole, rounded to one digit; NULL where `whole` is 0.
  [[nodiscard]] std::string percent(std::string_view part, std::string_view whole) const;
  /// part / whole, rounded to two digits; NULL where `whole` is 0.
  [[nodiscard]] std::string ratio(std::string_view part, std::string_view whole) const;
  /// True where the dialect has percentile_cont.
  [[nodiscard]] bool has_percentiles() const { return dialect_ == model::Dialect::postgres; }

private:
  [[nodiscard]] std::string whole(std::string_view value) const;

  model::Dialect dialect_;
};

}  // namespace kpi::sql
