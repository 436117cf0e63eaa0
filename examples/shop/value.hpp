#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace kpi::shop {

using Day = std::chrono::sys_days;
using Moment = std::chrono::sys_seconds;  ///< UTC

/// One cell of a row. Text is not copied: it must outlive the call that the Value is handed to. Every
/// conversion is implicit, so that a row reads as the list of its cells.
// NOLINTBEGIN(google-explicit-constructor)
class Value {
public:
  using Held = std::variant<std::monostate, bool, std::int64_t, double, std::string_view, Day, Moment>;

  Value(std::nullopt_t) {}
  Value(bool flag) : held_(flag) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T number) : held_(static_cast<std::int64_t>(number)) {}
  Value(double number) : held_(number) {}
  Value(const char* text) : held_(std::string_view(text)) {}
  Value(std::string_view text) : held_(text) {}
  Value(const std::string& text) : held_(std::string_view(text)) {}
  Value(Day day) : held_(day) {}
  Value(Moment moment) : held_(moment) {}
  template <class T>
  Value(const std::optional<T>& maybe) {
    if (maybe) *this = Value(*maybe);
  }

  [[nodiscard]] const Held& held() const { return held_; }

private:
  Held held_;
};
// NOLINTEND(google-explicit-constructor)

/// Appends `day` as "2026-11-21".
void append(std::string& text, Day day);

/// Appends `moment` as "2026-11-21 12:34:56".
void append(std::string& text, Moment moment);

}  // namespace kpi::shop
