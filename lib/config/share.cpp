#include <kpi/base/file.hpp>
#include <kpi/config/settings.hpp>

#include <fmt/format.h>

#include <system_error>

namespace kpi::config {
namespace {

bool is_share(const std::filesystem::path& folder) {
  std::error_code ignored;  // what cannot be looked at is not it
  return std::filesystem::is_directory(folder / "prompts", ignored) &&
         std::filesystem::is_directory(folder / "config" / "domains", ignored);
}

}  // namespace

Result<std::filesystem::path> share_directory(const std::filesystem::path& executable) {
  if (const auto named = environment("KPI_SHARE"); !named.empty()) {
    if (is_share(named)) return std::filesystem::path(named);
    return Error{Fault::input, "config.no_share", "config",
                 fmt::format("KPI_SHARE: {} does not hold prompts/ and config/domains/", named),
                 "correct it, or unset it to use the installed files"};
  }
  std::error_code failure;
  auto real =
      std::filesystem::canonical(executable, failure);  // a link to the binary leaves its files behind
  if (failure) real = std::filesystem::absolute(executable, failure);
  const auto bin = real.parent_path();
  // An installed binary has its own files beside it, even when its prefix lies inside a source tree.
  const auto installed = (bin / ".." / "share" / "kpismith").lexically_normal();
  if (is_share(installed)) return installed;
  auto folder = bin;
  for (int level = 0; level <= 4; ++level) {  // build/PRESET/bin/kpi lies three below the source tree
    if (is_share(folder)) return folder;
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return Error{Fault::input, "config.no_share", "config",
               fmt::format("the folder with prompts/ and config/domains/ is neither {} nor above {}",
                           installed.string(), bin.string()),
               "install kpi with cmake --install, or set KPI_SHARE"};
}

}  // namespace kpi::config
