#include "file_lock.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace kpi::app {

Result<std::optional<FileLock>> FileLock::try_take(const std::filesystem::path& file, Clock& clock) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) {
    return Error{Fault::machine, "lock.unwritable", "file",
                 fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
                 "check the folder and its permissions"};
  }
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return std::optional<FileLock>();
  // Best effort: who holds it is for people only, and a full disk is no reason not to work.
  const auto text = fmt::format("process {} since {}\n", ::getpid(), iso_time(clock.now()));
  [[maybe_unused]] const auto cut = ::ftruncate(fd, 0);
  [[maybe_unused]] const auto written = ::pwrite(fd, text.data(), text.size(), 0);
  return std::optional<FileLock>(std::move(lock));
}

Result<FileLock> FileLock::take(const std::filesystem::path& file, Clock& clock, const std::stop_token& stop,
                                const std::function<void(const std::string& holder)>& waiting) {
  for (bool told = false;; told = true) {
    auto lock = try_take(file, clock);
    if (!lock) return std::move(lock).error();
    if (*lock) return std::move(**lock);
    if (!told && waiting) waiting(holder(file));
    constexpr std::chrono::milliseconds look_every{100};
    if (!clock.sleep(look_every, stop)) {
      return Error{Fault::interrupted, "interrupted", "file",
                   "interrupted while another kpi held " + file.string(), ""};
    }
  }
}

std::string FileLock::holder(const std::filesystem::path& file) {
  constexpr std::size_t longest = 200;
  auto text = read_file(file, longest);
  return text ? single_line(*text) : "";
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace kpi::app
