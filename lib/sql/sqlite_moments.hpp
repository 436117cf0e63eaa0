#pragma once

#include "mend.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Moments in SQLite, which keeps them as text ('2024-01-31 12:00:00') and moves them by modifiers. What the
// rules for PostgreSQL's dates ask of the operands of a Draft. Source: SQLite's "Date and time functions".
namespace kpi::sql {

/// Tokens [first, last) of an operand.
struct Span {
  std::size_t first = 0;
  std::size_t last = 0;
};

[[nodiscard]] std::string text_in(const Draft& draft, Span span);
/// True if the operand has no time of day: a date and not a moment.
[[nodiscard]] bool is_day(const Draft& draft, Span span);
/// True if the operand is a number: what is counted in some unit since some moment is not read as a date.
[[nodiscard]] bool is_count(const Draft& draft, Span span);
/// function(operand, modifiers), with the modifiers joined to those that the operand has itself.
[[nodiscard]] std::string moved(const Draft& draft, Span span, std::string_view function,
                                const std::string& modifiers);

/// The quoted moment as SQLite reads it: '2024-01-31', '2024-01-31 12:00:00' and 'now' as they stand,
/// '2024-1-31' and '20240131' in full. Empty for any other ('Jan 31, 2024', a zone of hours alone), of which
/// SQLite makes NULL. A zone is taken only where `zoned`: without, PostgreSQL leaves it out and SQLite
/// reckons with it.
[[nodiscard]] std::string plain_moment(std::string_view quoted, bool zoned);

/// How far an interval moves a moment: by months first, then by the rest, as PostgreSQL does.
struct Shift {
  long months = 0;
  std::string rest;  ///< modifiers for SQLite: '+2 days', '-3 hours'; empty where there are months alone
  bool whole_days = true;
};

/// The quoted interval '1 month 2 days', added (+) or taken away (-); none for what is no such list.
[[nodiscard]] std::optional<Shift> shift_by(std::string_view quoted, char sign);
/// The modifier that moves by whole months: '-2 months'. Right from the first days of a month only, since
/// SQLite takes February 30 for March 1 or 2.
[[nodiscard]] std::string by_months(long months);
/// The operand moved by `shift`, a day where `day`; in a shorter month the last day stands for those after
/// it.
[[nodiscard]] std::string moved(const Draft& draft, Span span, const Shift& shift, bool day);

}  // namespace kpi::sql
