#include "file_lock.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace kpi::app {

Result<FileLock> FileLock::take(const std::filesystem::path& file, Clock& clock,
                                const std::stop_token& stop) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return Error{Fault::machine, "lock.unwritable", "file",
                 fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
                 "check the folder and its permissions"};
  }
  FileLock lock(fd);
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    constexpr std::chrono::milliseconds look_every{100};
    if (!clock.sleep(look_every, stop)) {
      return Error{Fault::interrupted, "interrupted", "file",
                   "interrupted while another kpi held " + file.string(), ""};
    }
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace kpi::app
