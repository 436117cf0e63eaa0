#include <kpi/base/hash.hpp>
#include <kpi/store/claim.hpp>

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace kpi::store {
namespace {

/// One of 2^60 places for `name`; two names that meet in one only wait for each other.
off_t place_of(std::string_view name) {
  constexpr int hex = 16;
  return static_cast<off_t>(std::stoll(sha256_hex(name).substr(0, 15), nullptr, hex));
}

}  // namespace

std::optional<Claim> Claim::try_take(const std::filesystem::path& file, std::string_view name) {
  // A descriptor of its own each time: locks of one description do not keep its own process out.
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Claim();
  Claim claim(fd);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = place_of(name);
  lock.l_len = 1;
  if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return std::optional<Claim>(std::move(claim));
  if (errno == EAGAIN || errno == EACCES) return std::nullopt;
  return Claim();
}

Claim::~Claim() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace kpi::store
