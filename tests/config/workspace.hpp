#pragma once

#include <kpi/config/settings.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace kpi::test {

/// A folder of its own to load settings from, gone when it goes out of scope; nothing of the machine's own
/// environment gets in.
class Workspace {
public:
  Workspace() {
    std::string name = (std::filesystem::temp_directory_path() / "kpi-config-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    sources.working_directory = folder_;
    sources.environment["HOME"] = (folder_ / "home").string();
  }
  ~Workspace() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// Writes `text` to `name` in the folder.
  void write(const std::filesystem::path& name, std::string_view text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  /// What loads, which must.
  [[nodiscard]] config::Loaded load() const {
    auto loaded = config::load(sources);
    if (!loaded) FAIL(loaded.error().line());
    return *std::move(loaded);
  }

  /// Why nothing loads, which must be so.
  [[nodiscard]] Error failure() const {
    auto loaded = config::load(sources);
    REQUIRE_FALSE(loaded.has_value());
    return std::move(loaded).error();
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  config::Sources sources;

private:
  std::filesystem::path folder_;
};

/// The row of `kpi config show` for `key`.
inline config::Shown row(const config::Loaded& loaded, std::string_view key) {
  const auto at = std::find_if(loaded.shown.begin(), loaded.shown.end(),
                               [&](const config::Shown& shown) { return shown.key == key; });
  REQUIRE(at != loaded.shown.end());
  return *at;
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace kpi::test
