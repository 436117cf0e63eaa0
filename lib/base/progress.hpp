#pragma once

#include <cstddef>
#include <string_view>

namespace kpi {

/// How a stage tells what it is doing, handed down so that no stage knows of terminals. Any thread may call.
class Progress {
public:
  virtual ~Progress() = default;
  /// A stage begins work on `total` items ("generate", 28 of "tables").
  virtual void begin(std::string_view stage, std::string_view items, std::size_t total) = 0;
  /// One item ended, well or not.
  virtual void step(bool ok) = 0;
  /// The stage is through.
  virtual void end() = 0;
  /// Something a person should know now; one line, shown above the bar. Never a secret.
  virtual void note(std::string_view line) = 0;
};

/// Says nothing.
class SilentProgress final : public Progress {
public:
  void begin(std::string_view, std::string_view, std::size_t) override {}
  void step(bool) override {}
  void end() override {}
  void note(std::string_view) override {}
};

}  // namespace kpi
