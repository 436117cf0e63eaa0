#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>

#include <filesystem>
#include <stop_token>

namespace kpi::app {

/// An advisory lock between processes: a file, made where it is missing, held while this lives. A killed
/// process lets go of it.
class FileLock {
public:
  /// Waits for it. Fails (machine, "lock.unwritable"), or (interrupted) on `stop`.
  static Result<FileLock> take(const std::filesystem::path& file, Clock& clock, const std::stop_token& stop);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace kpi::app
