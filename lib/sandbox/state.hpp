#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace kpi::sandbox {

/// What the server remembers in DIR/sandbox.db: sessions, ids, cards, collections, dashboards, profiles. Any
/// number of servers may have the same DIR open at once. Any thread may call; one works at a time.
class State {
public:
  /// Opens or makes `directory`/sandbox.db. Fails (machine): "sandbox.locked", "sandbox.damaged",
  /// "sandbox.state".
  static Result<std::unique_ptr<State>> open(const std::filesystem::path& directory);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// The rows of `sql` as objects by column name. `values` fill the question marks. Fails like open().
  Result<std::vector<Json>> query(std::string_view sql, const std::vector<Json>& values = {});
  /// Runs `sql`; the id of the row it inserted last.
  Result<std::int64_t> execute(std::string_view sql, const std::vector<Json>& values = {});

  /// Runs `work` (Result<T>()) as one transaction that no other process writes beside; a failure takes it
  /// back.
  template <class Work>
  auto transact(const Work& work) -> decltype(work()) {
    const std::lock_guard lock(mutex_);
    if (auto begun = execute("BEGIN IMMEDIATE"); !begun) return std::move(begun).error();
    Rollback rollback{*this};
    auto result = work();
    if (!result) return result;
    if (auto done = execute("COMMIT"); !done) return std::move(done).error();
    rollback.needed = false;
    return result;
  }

private:
  struct Rollback {  // also when `work` throws
    State& state;
    bool needed = true;
    ~Rollback() {
      if (needed) (void)state.execute("ROLLBACK");
    }
  };
  State(std::filesystem::path file, sqlite3* db);
  Result<Done> prepare_file();
  [[nodiscard]] Error failure(int code) const;
  struct Statements;

  std::filesystem::path file_;
  std::recursive_mutex mutex_;
  sqlite3* db_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace kpi::sandbox
