#include <kpi/base/file.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace kpi {
namespace {

Error unreadable(const std::filesystem::path& path, int reason) {
  return {Fault::input, "file.unreadable", "file",
          "cannot read " + path.string() + ": " + std::strerror(reason),
          reason == ENOENT   ? "check the path"
          : reason == EISDIR ? "name a file"
                             : "check its permissions"};
}

Error unwritable(const std::filesystem::path& path, int reason) {
  return {Fault::machine, "file.unwritable", "file",
          "cannot write " + path.string() + ": " + std::strerror(reason),
          reason == ENOSPC || reason == EDQUOT || reason == EFBIG ? "make room and run the same command again"
                                                                  : "check the folder and its permissions"};
}

/// A descriptor that closes itself.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return unreadable(path, errno);
  std::string bytes;
  std::string chunk(std::size_t{1} << 16U, '\0');
  for (;;) {
    const auto got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, errno);
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(got) > max_bytes) {
      return Error{Fault::input, "file.too_large", "file",
                   path.string() + " is larger than " + std::to_string(max_bytes) + " bytes",
                   "give a smaller file"};
    }
    bytes.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

Result<Done> write_file(const std::filesystem::path& path, std::string_view bytes, FileMode mode) {
  auto file = FileWriter::open(path, mode);
  if (!file) return std::move(file).error();
  file->write(bytes);
  return file->commit();
}

Result<FileWriter> FileWriter::open(const std::filesystem::path& path, FileMode mode) {
  // A device or pipe (/dev/stdout, /dev/full) cannot be replaced by a rename: it is written in place.
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
      !std::filesystem::is_directory(status)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return unwritable(path, errno);
    return FileWriter(path, "", fd);
  }
  std::string temporary = path.string() + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return unwritable(path, errno);
  FileWriter file(path, std::move(temporary), fd);
  if (mode == FileMode::shared) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(fd, 0666U & ~mask) != 0) return unwritable(path, errno);
  }
  return file;
}

FileWriter::FileWriter(std::filesystem::path path, std::string temporary, int fd)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      fd_(fd) {}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)),
      failure_(other.failure_) {}

FileWriter::~FileWriter() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

bool FileWriter::write(std::string_view bytes) {
  if (failure_ == 0 && !write_all(fd_, bytes)) failure_ = errno;
  return failure_ == 0;
}

Result<Done> FileWriter::commit() {
  if (failure_ == 0 && !temporary_.empty() && ::fsync(fd_) != 0) failure_ = errno;
  if (::close(std::exchange(fd_, -1)) != 0 && failure_ == 0) failure_ = errno;
  if (failure_ == 0 && !temporary_.empty()) {
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      failure_ = errno;
    } else {
      temporary_.clear();
    }
  }
  if (failure_ != 0) return unwritable(path_, failure_);
  return Done{};
}

Result<Done> make_directories(const std::filesystem::path& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return unwritable(path, failure.value());
  return Done{};
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets the environment
  return value == nullptr ? std::string() : std::string(value);
}

std::filesystem::path state_directory() {
  if (const auto state = environment("XDG_STATE_HOME"); !state.empty())
    return std::filesystem::path(state) / "kpi";
  if (const auto home = environment("HOME"); !home.empty()) {
    return std::filesystem::path(home) / ".local" / "state" / "kpi";
  }
  return ".kpi";
}

}  // namespace kpi
