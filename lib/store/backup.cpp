#include <kpi/store/backup.hpp>
#include <kpi/store/database.hpp>
#include <kpi/store/migrations.hpp>

#include <fmt/format.h>

#include <memory>
#include <system_error>
#include <utility>

namespace kpi::store {
namespace {

constexpr std::chrono::seconds patience{5};

Result<Done> must_exist(const std::filesystem::path& file) {
  std::error_code failure;
  if (std::filesystem::is_regular_file(file, failure)) return Done{};
  return Error{Fault::input, "state.no_backup", "state", file.string() + " is not a file",
               "name a file that kpi state backup wrote"};
}

/// A database of ours that passes its own check.
Result<std::unique_ptr<Database>> open_whole(const std::filesystem::path& file) {
  auto database = Database::open(file, patience);
  if (!database) return std::move(database).error();
  const auto current = is_current(**database);
  if (!current) return current.error();
  auto check = (*database)->prepare("PRAGMA integrity_check(1)");
  if (!check) return std::move(check).error();
  const auto row = check->step();
  if (!row) return row.error();
  const auto verdict = *row ? check->text_at(0) : "no answer";
  if (verdict == "ok") return std::move(*database);
  return Error{Fault::machine, "state.damaged", "state",
               fmt::format("{} is damaged: {}", file.string(), verdict), "use another backup"};
}

/// Moves a damaged state file and what belongs to it out of the way.
Result<std::filesystem::path> set_aside(const std::filesystem::path& state, Clock& clock) {
  const auto aside = std::filesystem::path(state.string() + ".damaged-" + iso_time(clock.now()));
  for (const char* part : {"", "-wal", "-shm"}) {
    const std::filesystem::path from(state.string() + part);
    std::error_code failure;
    if (!std::filesystem::exists(from, failure)) continue;
    std::filesystem::rename(from, aside.string() + part, failure);
    if (failure) {
      return Error{Fault::machine, "state.unwritable", "state",
                   fmt::format("cannot set {} aside: {}", from.string(), failure.message()),
                   "check the folder"};
    }
  }
  return aside;
}

}  // namespace

Result<Done> check_state(const std::filesystem::path& file) {
  if (auto there = must_exist(file); !there) return there;
  auto database = open_whole(file);
  if (!database) return std::move(database).error();
  return Done{};
}

Result<std::optional<std::filesystem::path>> restore_state(const std::filesystem::path& backup,
                                                           const std::filesystem::path& state, Clock& clock) {
  if (auto there = must_exist(backup); !there) return std::move(there).error();
  auto source = open_whole(backup);
  if (!source) return std::move(source).error();
  std::optional<std::filesystem::path> aside;
  auto target = Database::open(state, patience);
  if (target) {
    if (const auto usable = is_current(**target); !usable && usable.error().code == "state.damaged") {
      target = usable.error();
    } else if (!usable && usable.error().code == "state.foreign") {
      return usable.error();
    }
  }
  if (!target && target.error().code == "state.damaged") {
    auto moved = set_aside(state, clock);
    if (!moved) return std::move(moved).error();
    aside = std::move(*moved);
    target = Database::open(state, patience);
  }
  if (!target) return std::move(target).error();
  if (auto copied = (*target)->copy_from(**source); !copied) return std::move(copied).error();
  return aside;
}

}  // namespace kpi::store
