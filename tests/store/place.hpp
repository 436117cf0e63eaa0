#pragma once

#include <kpi/store/state.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <support/fake_clock.hpp>

namespace kpi::test {

/// A folder for state files, gone when it goes out of scope, and a clock that stands still.
class Place {
public:
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "kpi-store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
  }
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] std::filesystem::path file() const { return folder / "state.db"; }

  /// The state file opened for `tenant`, which must work.
  [[nodiscard]] std::unique_ptr<store::State> open(const std::string& tenant = "default") {
    auto state = store::State::open(file(), tenant, clock);
    if (!state) FAIL(state.error().line());
    return *std::move(state);
  }

  /// Why `path` does not open, which must be so.
  [[nodiscard]] Error failure(const std::filesystem::path& path) {
    auto state = store::State::open(path, "default", clock, std::chrono::milliseconds(50));
    REQUIRE_FALSE(state.has_value());
    CHECK(state.error().fault == Fault::machine);
    return std::move(state).error();
  }

  std::filesystem::path folder;
  FakeClock clock;
};

inline store::ModelCall call_named(const std::string& key, const std::string& outcome = "ok") {
  store::ModelCall call;
  call.key = key;
  call.provider = "openai";
  call.model = "gpt-4.1-mini";
  call.prompt_sha256 = std::string(64, 'a');
  call.http_status = 200;
  call.body = "{\"answer\":\"" + key + "\"}";
  call.prompt_tokens = 100;
  call.completion_tokens = 20;
  call.cost_usd = 0.5;
  call.latency_ms = 1234;
  call.outcome = outcome;
  return call;
}

}  // namespace kpi::test
