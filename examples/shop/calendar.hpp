#pragma once

#include <kpi/shop/random.hpp>
#include <kpi/shop/value.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace kpi::shop {

/// The 24 months that end on a given day, and how busy each of their days is: more in spring and autumn,
/// little at weekends, more than twice as much at the end as at the beginning. No clock: same day, same
/// answers.
class Calendar {
public:
  explicit Calendar(std::chrono::year_month_day until);

  [[nodiscard]] Day first() const { return first_; }
  [[nodiscard]] Day last() const { return last_; }
  /// The moment at which the data stops, in the early morning of the last day: little of it lies ahead of
  /// the clock of whoever builds it that day.
  [[nodiscard]] Moment end() const { return end_; }

  /// `moment`, or nothing if it is not past yet.
  [[nodiscard]] std::optional<Moment> past(Moment moment) const;

  /// A moment of `day`, mostly in office hours.
  [[nodiscard]] static Moment moment_of(Day day, Random& random);

  /// Calls `happen(moment)` for every event of the 24 months in order of time: about `per_day_milli`
  /// thousandths on a plain day at the beginning.
  template <class Happen>
  void each(Random& random, std::int64_t per_day_milli, const Happen& happen) const {
    std::int64_t carry = 0;
    for (Day day = first_; day <= last_; day += std::chrono::days{1}) {
      for (const Moment moment : events(day, per_day_milli, carry, random)) happen(moment);
    }
  }

  /// Calls `call(first_of_month)` for every month that the data touches.
  template <class Call>
  void each_month(const Call& call) const {
    for (Day month = month_of(first_); month <= last_; month = next_month(month)) call(month);
  }

  /// The first day of `day`'s month, and of the month after it.
  [[nodiscard]] static Day month_of(Day day);
  [[nodiscard]] static Day next_month(Day day);

private:
  [[nodiscard]] std::vector<Moment> events(Day day, std::int64_t per_day_milli, std::int64_t& carry,
                                           Random& random) const;

  Day first_;
  Day last_;
  Moment end_;
};

/// The day that `moment` falls on.
[[nodiscard]] constexpr Day day_of(Moment moment) { return std::chrono::floor<std::chrono::days>(moment); }

}  // namespace kpi::shop
