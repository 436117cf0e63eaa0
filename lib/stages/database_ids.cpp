#include <kpi/base/text.hpp>
#include <kpi/stages/database_ids.hpp>

#include <algorithm>

namespace kpi::stages {

Result<std::map<std::int64_t, std::int64_t>> match_database_ids(
    const std::vector<model::Database>& databases, const std::string& report_url,
    const std::string& url_in_use, const std::vector<metabase::DatabaseInfo>& in_use) {
  const bool same_server = report_url.empty() || report_url == url_in_use;
  std::map<std::int64_t, std::int64_t> ids;
  for (const auto& database : databases) {
    const auto find = [&](auto member, const auto& wanted) {
      return std::find_if(in_use.begin(), in_use.end(),
                          [&](const auto& info) { return info.*member == wanted; });
    };
    auto match = database.name.empty() ? in_use.end() : find(&metabase::DatabaseInfo::name, database.name);
    if (match == in_use.end() && same_server) match = find(&metabase::DatabaseInfo::id, database.id);
    if (match != in_use.end()) {
      ids.emplace(database.id, match->id);
    } else if (!same_server) {
      return Error{Fault::input, "report.unknown_database", "metabase",
                   url_in_use + " has no database \"" + single_line(database.name) +
                       "\", which the report of " + single_line(report_url) + " is about",
                   "use the Metabase that the report was made from"};
    }
  }
  return ids;
}

}  // namespace kpi::stages
