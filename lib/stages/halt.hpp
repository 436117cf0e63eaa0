#pragma once

#include <kpi/base/result.hpp>

#include <stop_token>

namespace kpi::stages {

/// Ends work on many things once the server is lost: each of thousands would wait out its own retries. Stops
/// with `stop` too. Any thread may call.
class Halt {
public:
  explicit Halt(const std::stop_token& stop) : forward_(stop, Stop{source_}) {}
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

  /// Stops the others where `result` failed for more than its own item.
  template <class T>
  void look_at(const Result<T>& result) const {
    if (!result && result.error().fault != Fault::item) source_.request_stop();
  }

private:
  struct Stop {
    std::stop_source source;
    void operator()() const { source.request_stop(); }
  };
  mutable std::stop_source source_;
  std::stop_callback<Stop> forward_;
};

}  // namespace kpi::stages
