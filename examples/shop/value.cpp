#include <kpi/shop/value.hpp>

namespace kpi::shop {
namespace {

void append_digits(std::string& text, unsigned number, unsigned digits) {
  const auto end = text.size() + digits;
  text.resize(end);
  for (auto at = end; digits > 0; --digits, number /= 10) text[--at] = static_cast<char>('0' + number % 10);
}

}  // namespace

void append(std::string& text, Day day) {
  const std::chrono::year_month_day date(day);
  append_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.day()), 2);
}

void append(std::string& text, Moment moment) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  append(text, day);
  const auto second = static_cast<unsigned>((moment - day).count());
  text += ' ';
  append_digits(text, second / 3600, 2);
  text += ':';
  append_digits(text, second / 60 % 60, 2);
  text += ':';
  append_digits(text, second % 60, 2);
}

}  // namespace kpi::shop
