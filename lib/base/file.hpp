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

/// Makes `path` and its parents; fine if it is there. Fails (machine, "file.unwritable").
Result<Done> make_directories(const std::filesystem::path& path);

/// The value of `name`, or "" where it is not set.
[[nodiscard]] std::string environment(const char* name);

/// Where state is kept: $XDG_STATE_HOME/kpi, else $HOME/.local/state/kpi, else ./.kpi.
[[nodiscard]] std::filesystem::path state_directory();

}  // namespace kpi
