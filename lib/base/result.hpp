#pragma once

#include <string>
#include <utility>
#include <variant>

namespace kpi {

/// Whose trouble a failure is. apps/kpi alone turns it into an exit code.
enum class Fault {
  input,        ///< a flag, the configuration or an input report is wrong (exit 2)
  unreachable,  ///< a server cannot be reached, or refuses us, after retries (exit 3)
  item,         ///< one item failed: the stage files it under errors[] and goes on (exit 4)
  machine,      ///< disk or state file failed after work began (exit 5)
  interrupted,  ///< the user stopped us (exit 130)
};

/// One failure, said once: a line for people, a code for scripts. Holds no secret.
struct Error {
  Fault fault = Fault::item;
  std::string code;    ///< stable, "http.refused"; becomes errors[].code
  std::string where;   ///< who speaks: "metabase", "config"
  std::string what;    ///< on what, and why: "http://h:3000 refused the credentials (401)"
  std::string advice;  ///< what to do; may be empty

  /// "where: what; advice", one line, control characters removed.
  [[nodiscard]] std::string line() const;
};

/// What a function that may fail hands back: the value, or why there is none. Read by the names of
/// std::expected, which C++20 lacks. Taking the value of a failure throws std::bad_variant_access: a defect.
template <class T>
class [[nodiscard]] Result {
public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : held_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & { return std::get<0>(held_); }
  const T& operator*() const& { return std::get<0>(held_); }
  T&& operator*() && { return std::get<0>(std::move(held_)); }
  T* operator->() { return &std::get<0>(held_); }
  const T* operator->() const { return &std::get<0>(held_); }

  const Error& error() const& { return std::get<1>(held_); }
  Error&& error() && { return std::get<1>(std::move(held_)); }

private:
  std::variant<T, Error> held_;
};

/// The value of a Result that hands nothing back.
struct Done {};

}  // namespace kpi
