#pragma once

#include <kpi/base/result.hpp>

#include <filesystem>
#include <string>

namespace kpi::sandbox {

/// Where the server's own password is kept: `directory`/password.
[[nodiscard]] std::filesystem::path password_file(const std::filesystem::path& directory);

/// The password kept in `directory`, made at random on first use and readable by its owner only (mode 0600).
/// Any number of processes may ask at once: all get the same one. Fails (machine, "sandbox.password").
Result<std::string> kept_password(const std::filesystem::path& directory);

}  // namespace kpi::sandbox
