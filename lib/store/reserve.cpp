#include <kpi/store/reserve.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace kpi::store {
namespace {

std::string megabytes(std::int64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

Error no_room(std::string what, std::string advice) {
  return {Fault::machine, "state.full", "state", std::move(what),
          std::move(advice) + " and run the same command again; what was finished is kept"};
}

Error too_little(const std::filesystem::path& state, std::int64_t bytes) {
  return no_room(fmt::format("no room left beside {} for the answers of model calls: {} must be free, or a "
                             "paid answer could be lost; the next call was not made",
                             state.string(), megabytes(bytes)),
                 "make room");
}

bool is_full(int reason) { return reason == ENOSPC || reason == EDQUOT || reason == EFBIG; }

}  // namespace

Reserve::~Reserve() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Done> Reserve::hold(std::int64_t bytes) {
  if (given_up_)
    return no_room(fmt::format("the disk of {} got full: the answers that were under way are in the {} set "
                               "aside for them, and no other call is made",
                               state_.string(), megabytes(held_)),
                   "make room");
  if (auto fits = within_file_limit(bytes); !fits) return fits;
  if (bytes <= held_) return Done{};
  return grow(bytes);
}

/// Whether the log beside the state file may grow by `bytes`.
Result<Done> Reserve::within_file_limit(std::int64_t bytes) const {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return Done{};
  std::error_code none_yet;
  const auto size = std::filesystem::file_size(state_.string() + "-wal", none_yet);
  const auto written = none_yet ? std::uintmax_t{0} : size;
  if (written + static_cast<std::uintmax_t>(bytes) <= limit.rlim_cur) return Done{};
  return no_room(
      fmt::format("no room left in {}-wal for the answers of model calls: no file may grow beyond "
                  "{} here (ulimit -f), and {} more are wanted; the next call was not made",
                  state_.string(), megabytes(static_cast<std::int64_t>(limit.rlim_cur)), megabytes(bytes)),
      "raise that limit");
}

Result<Done> Reserve::grow(std::int64_t bytes) {
  if (fd_ < 0) {
    std::string name = state_.string() + "-room-XXXXXX";
    fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0 && is_full(errno)) return too_little(state_, bytes);
    if (fd_ < 0) return Done{};
    ::unlink(name.c_str());
  }
  int reason = 0;
  do {
    reason = ::posix_fallocate(fd_, 0, static_cast<off_t>(bytes));
  } while (reason == EINTR);
  if (reason == 0) held_ = bytes;
  if (!is_full(reason)) return Done{};
  // What it got of the blocks goes back: whoever fills the disk may be another kpi with an answer in hand.
  const int cut = ::ftruncate(fd_, static_cast<off_t>(held_));
  static_cast<void>(cut);
  return too_little(state_, bytes);
}

bool Reserve::give_up() {
  if (given_up_ || held_ == 0) return false;
  ::close(fd_);
  fd_ = -1;
  given_up_ = true;
  return true;
}

}  // namespace kpi::store
