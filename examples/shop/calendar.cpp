#include <kpi/shop/calendar.hpp>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

// Thousandths of a plain day.
constexpr std::array<std::int64_t, 12> month_permille{880, 900, 1060, 1040, 1020, 980,
                                                      900, 820, 1060, 1120, 1180, 940};
constexpr std::array<std::int64_t, 7> weekday_permille{240,  1150, 1200, 1180,
                                                       1120, 980,  280};  // Sunday first
constexpr std::int64_t growth_permille = 1300;                            // added over the whole period

constexpr std::array<int, 24> hour_weights{14, 12, 10,  10,  10,  14, 22, 40, 75, 105, 118, 110,
                                           72, 90, 110, 112, 104, 84, 54, 40, 34, 30,  24,  18};

Day first_day(std::chrono::year_month_day until) {
  const auto start = until - std::chrono::months{24};
  return start.ok() ? Day{start} + std::chrono::days{1}
                    : Day{start.year() / start.month() / std::chrono::last} + std::chrono::days{1};
}

}  // namespace

Calendar::Calendar(std::chrono::year_month_day until)
    : first_(first_day(until)),
      last_(until),
      end_(last_ + 4h) {}

std::optional<Moment> Calendar::past(Moment moment) const {
  if (moment >= end_) return std::nullopt;
  return moment;
}

Moment Calendar::moment_of(Day day, Random& random) {
  const auto hour = std::chrono::hours(random.weighted(hour_weights));
  return day + hour + random.span(0s, 3599s);
}

Day Calendar::month_of(Day day) {
  const std::chrono::year_month_day date(day);
  return date.year() / date.month() / 1;
}

Day Calendar::next_month(Day day) {
  return std::chrono::year_month_day(month_of(day)) + std::chrono::months{1};
}

std::vector<Moment> Calendar::events(Day day, std::int64_t per_day_milli, std::int64_t& carry,
                                     Random& random) const {
  const auto month = static_cast<unsigned>(std::chrono::year_month_day(day).month());
  const auto weekday = std::chrono::weekday(day).c_encoding();
  const auto growth = 1000 + growth_permille * (day - first_).count() / (last_ - first_).count();
  const auto noise = random.between(850, 1150);
  carry += per_day_milli * month_permille[month - 1] / 1000 * weekday_permille[weekday] / 1000 * growth /
           1000 * noise / 1000;
  if (day == last_) carry /= 6;  // only its first hours count
  std::vector<Moment> moments;
  for (; carry >= 1000; carry -= 1000)
    moments.push_back(day == last_ ? day + random.span(0s, end_ - last_ - 1s) : moment_of(day, random));
  std::ranges::sort(moments);
  return moments;
}

}  // namespace kpi::shop
