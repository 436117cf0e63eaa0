#include "small_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <dlfcn.h>
#include <fcntl.h>
#include <map>
#include <string>
#include <sys/stat.h>

namespace {

kpi::test::SmallDisk* disk = nullptr;
sqlite3_vfs* real = nullptr;
sqlite3_vfs limited = {};

/// SQLite's methods for one kind of file, with its writing in between.
struct Methods {
  const sqlite3_io_methods* given = nullptr;
  sqlite3_io_methods ours = {};
};
std::map<const sqlite3_io_methods*, Methods> kinds;          // by what SQLite gave
std::map<const sqlite3_file*, std::filesystem::path> paths;  // of open files

int write_limited(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  const auto* ours = file->pMethods;
  const auto kind =
      std::find_if(kinds.begin(), kinds.end(), [ours](const auto& one) { return &one.second.ours == ours; });
  sqlite3_int64 size = 0;
  kind->second.given->xFileSize(file, &size);
  const auto growth = std::max<sqlite3_int64>(0, at + count - size);
  if (disk != nullptr && !disk->bears(paths[file], growth)) return SQLITE_FULL;
  return kind->second.given->xWrite(file, bytes, count, at);
}

int open_limited(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  const int code = real->xOpen(real, name, file, flags, flags_out);
  if (code != SQLITE_OK || name == nullptr || file->pMethods == nullptr) return code;
  auto& kind = kinds[file->pMethods];
  if (kind.given == nullptr) {
    kind.given = file->pMethods;
    kind.ours = *kind.given;
    kind.ours.xWrite = write_limited;
  }
  paths[file] = name;
  file->pMethods = &kind.ours;
  return code;
}

std::filesystem::path path_of(int fd) {
  std::error_code gone;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), gone);
}

}  // namespace

namespace kpi::test {

SmallDisk::SmallDisk(std::filesystem::path folder) : folder_(std::move(folder)) {
  real = sqlite3_vfs_find(nullptr);
  limited = *real;
  limited.zName = "limited";
  limited.xOpen = open_limited;
  sqlite3_vfs_register(&limited, 1);
  disk = this;
}

SmallDisk::~SmallDisk() {
  disk = nullptr;
  sqlite3_vfs_unregister(&limited);
  sqlite3_vfs_register(real, 1);
}

bool SmallDisk::bears(const std::filesystem::path& file, std::int64_t bytes) const {
  return bytes == 0 || file.string().rfind(folder_.string(), 0) != 0 || used() + bytes <= capacity_;
}

std::int64_t SmallDisk::used() const {
  std::int64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    // The index of the log is written as memory, past all this.
    if (entry.is_regular_file() && entry.path().extension() != ".db-shm")
      bytes += static_cast<std::int64_t>(entry.file_size());
  }
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    struct stat status = {};
    const bool ours = target.rfind(folder_.string(), 0) == 0;
    if (ours && ::stat(entry.path().c_str(), &status) == 0 && status.st_nlink == 0) bytes += status.st_size;
  }
  return bytes;
}

}  // namespace kpi::test

/// In the place of the system's, for what is linked into this program.
extern "C" int posix_fallocate(int fd, off_t offset, off_t length) {
  struct stat status = {};
  const off_t size = ::fstat(fd, &status) == 0 ? status.st_size : 0;
  const auto growth = std::max<off_t>(0, offset + length - size);
  if (disk != nullptr && !disk->bears(path_of(fd), growth)) return ENOSPC;
  static const auto of_system =
      reinterpret_cast<int (*)(int, off_t, off_t)>(::dlsym(RTLD_NEXT, "posix_fallocate"));
  return of_system(fd, offset, length);
}
