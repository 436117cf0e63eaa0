#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace kpi::app {

/// An advisory lock between processes: a file, made where it is missing, held while this lives. A killed
/// process lets go of it. The file names its holder.
class FileLock {
public:
  /// Takes it, or none where another process holds it. Fails (machine, "lock.unwritable").
  static Result<std::optional<FileLock>> try_take(const std::filesystem::path& file, Clock& clock);
  /// Waits for it; `waiting` is told once who holds it. Fails (machine, "lock.unwritable"), or (interrupted)
  /// on `stop`.
  static Result<FileLock> take(const std::filesystem::path& file, Clock& clock, const std::stop_token& stop,
                               const std::function<void(const std::string& holder)>& waiting = {});
  /// Who holds the lock, "process 123 since 2026-11-21T12:00:00Z", as the file says; "" where it does not.
  [[nodiscard]] static std::string holder(const std::filesystem::path& file);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace kpi::app
