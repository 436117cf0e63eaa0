#include "tenant_lock.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>

namespace kpi::app {
namespace {

/// The lock's file: in the user's state folder, or beside the state file where that cannot be written.
Result<std::filesystem::path> lock_file(const Session& session, const std::string& purpose) {
  const auto& settings = session.settings();
  std::string place = lower(settings.metabase.url);
  while (place.ends_with('/')) place.pop_back();
  if (session.common().sandbox) {
    std::error_code ignored;
    place = "sandbox " + std::filesystem::weakly_canonical(settings.sandbox.data, ignored).string();
  }
  const auto name =
      fmt::format("{}-{}.lock", purpose, sha256_hex(settings.tenant + "\n" + place).substr(0, 16));
  const auto folder = state_directory() / "locks";
  if (make_directories(folder) && ::access(folder.c_str(), W_OK) == 0) return folder / name;
  if (auto made = make_directories(settings.state.parent_path()); !made) {
    auto error = std::move(made).error();
    error.advice = "check the folder, or choose another with --state and XDG_STATE_HOME";
    return error;
  }
  return settings.state.parent_path() / name;
}

std::string by(const std::string& holder) { return holder.empty() ? "" : " (" + holder + ")"; }

}  // namespace

Result<FileLock> lock_registration(Session& session) {
  auto file = lock_file(session, "register");
  if (!file) return std::move(file).error();
  return FileLock::take(*file, session.clock(), session.stop(), [&](const std::string& holder) {
    session.console().line(
        fmt::format("register: waiting for another kpi that registers cards of tenant {}{}",
                    session.settings().tenant, by(holder)));
  });
}

Result<FileLock> lock_run(Session& session) {
  auto file = lock_file(session, "run");
  if (!file) return std::move(file).error();
  auto lock = FileLock::try_take(*file, session.clock());
  if (!lock) return std::move(lock).error();
  if (*lock) return std::move(**lock);
  return Error{Fault::machine, "run.busy", "run",
               fmt::format("another kpi run of tenant {} is under way{}", session.settings().tenant,
                           by(FileLock::holder(*file))),
               "wait for it to end; what it has finished is kept"};
}

}  // namespace kpi::app
