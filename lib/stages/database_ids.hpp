#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/schema.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kpi::stages {

/// For each database of a report its id in the Metabase in use. Ids are Metabase's own, so a report of
/// another server is matched by database name: fails (input, "report.unknown_database") where a name is
/// missing there. On the same server a database that is gone has no entry, and one that was renamed keeps its
/// id.
Result<std::map<std::int64_t, std::int64_t>> match_database_ids(
    const std::vector<model::Database>& databases, const std::string& report_url,
    const std::string& url_in_use, const std::vector<metabase::DatabaseInfo>& in_use);

}  // namespace kpi::stages
