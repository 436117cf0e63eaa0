#pragma once

#include <kpi/base/result.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace kpi {

/// The bytes of `path`. Fails (input, "file.unreadable") with the system's reason, or (input,
/// "file.too_large") over `max_bytes`.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t max_bytes = std::size_t{1} << 30U);

enum class FileMode { shared, secret };  ///< 0644 less the umask, or 0600

/// Writes `bytes` to a temporary file beside `path`, flushes it to disk and renames it, so that `path` holds
/// the old bytes or the new, never half. Fails (machine, "file.unwritable"), and leaves no temporary file
/// behind.
Result<Done> write_file(const std::filesystem::path& path, std::string_view bytes,
                        FileMode mode = FileMode::shared);

/// write_file() piece by piece: nothing stands at `path` before commit(), and nothing is left behind without
/// it.
class FileWriter {
public:
  /// Fails (machine, "file.unwritable").
  static Result<FileWriter> open(const std::filesystem::path& path, FileMode mode = FileMode::shared);
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;
  ~FileWriter();

  /// False once the system refuses; commit() says why.
  bool write(std::string_view bytes);
  /// Flushes to disk and puts the file in its place. Fails (machine, "file.unwritable"), also for a write
  /// that failed before.
  Result<Done> commit();

private:
  FileWriter(std::filesystem::path path, std::string temporary, int fd);
  std::filesystem::path path_;
  std::string temporary_;  ///< empty: a device or pipe, written in place
  int fd_ = -1;
  int failure_ = 0;  ///< errno of the first write that failed
};

/// Makes `path` and its parents; fine if it is there. Fails (machine, "file.unwritable").
Result<Done> make_directories(const std::filesystem::path& path);

/// The value of `name`, or "" where it is not set.
[[nodiscard]] std::string environment(const char* name);

/// Where state is kept: $XDG_STATE_HOME/kpi, else $HOME/.local/state/kpi, else ./.kpi.
[[nodiscard]] std::filesystem::path state_directory();

}  // namespace kpi
