#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/sandbox/password.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kpi::sandbox {
namespace {

Error cannot(const std::filesystem::path& path, std::string_view what, int error) {
  return {Fault::machine, "sandbox.password", "sandbox",
          std::string(what) + " " + path.string() + ": " + std::strerror(error),
          "check the folder's owner and rights, or choose another with --data"};
}

/// 24 letters and digits: 142 bits of chance.
std::string random_password() {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string password;
  while (password.size() < 24) {
    std::array<std::uint8_t, 32> bytes{};
    if (getentropy(bytes.data(), bytes.size()) != 0) return {};
    for (const auto byte : bytes) {
      if (byte < letters.size() * 4 && password.size() < 24) password += letters[byte % letters.size()];
    }
  }
  return password;
}

/// Writes a whole file of its own name beside `path`, then links it to `path`: whoever links first wins, and
/// nobody ever sees half a password.
Result<Done> propose(const std::filesystem::path& path) {
  const auto password = random_password();
  if (password.empty()) return cannot(path, "no random bytes for", errno);
  std::string own = path.string() + ".XXXXXX";
  const int file = mkstemp(own.data());  // mode 0600
  if (file < 0) return cannot(path, "cannot write", errno);
  const auto line = password + "\n";
  const bool written =
      write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(file) == 0;
  const int reason = errno;
  close(file);
  const bool linked = written && link(own.c_str(), path.c_str()) == 0;
  const int link_reason = errno;
  unlink(own.c_str());
  if (!written) return cannot(path, "cannot write", reason);
  if (!linked && link_reason != EEXIST) return cannot(path, "cannot make", link_reason);
  return Done{};
}

}  // namespace

std::filesystem::path password_file(const std::filesystem::path& directory) { return directory / "password"; }

Result<std::string> kept_password(const std::filesystem::path& directory) {
  const auto path = password_file(directory);
  if (auto made = make_directories(directory); !made) return std::move(made).error();
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return cannot(path, "cannot read", errno);
    if (auto proposed = propose(path); !proposed) return std::move(proposed).error();
  } else if ((status.st_mode & 077U) != 0 && chmod(path.c_str(), 0600) != 0) {
    return cannot(path, "others may read", errno);
  }
  auto bytes = read_file(path, 4096);
  if (!bytes) return cannot(path, "cannot read", EACCES);
  std::string password(trim(*bytes));
  if (password.empty()) {
    return Error{Fault::machine, "sandbox.password", "sandbox", path.string() + " is empty",
                 "delete it: a new password is made"};
  }
  return password;
}

}  // namespace kpi::sandbox
