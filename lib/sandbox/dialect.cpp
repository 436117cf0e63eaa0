#include <kpi/sandbox/dialect.hpp>

#include <charconv>
#include <string_view>

namespace kpi::sandbox {
namespace {

constexpr int newest = 63;

/// 50 for "v0.50.3" and "v1.50".
int release_of(std::string_view version) {
  if (!version.starts_with("v0.") && !version.starts_with("v1.")) return newest;
  version.remove_prefix(3);
  int release = newest;
  std::from_chars(version.data(), version.data() + version.size(), release);
  return release;
}

}  // namespace

Dialect Dialect::of(const std::string& version) {
  const int release = release_of(version);
  Dialect dialect;
  dialect.version = version;
  dialect.specific_errors = release >= 47;
  dialect.color_required = release <= 46;
  dialect.boards = release <= 46 ? Boards::one_by_one : release == 47 ? Boards::apart : Boards::whole;
  dialect.api_keys = dialect.card_types = release >= 49;
  dialect.trash = release >= 50;
  dialect.closes_streams = release >= 52;
  dialect.staged_queries = release >= 57;
  dialect.real_statuses = dialect.json_not_found = release >= 59;
  dialect.listed_tags = release >= 63;
  return dialect;
}

}  // namespace kpi::sandbox
