#include <kpi/metabase/client.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/session.hpp>

#include <map>
#include <utility>

// Who sees what: the permission groups and the collections' graph of permissions, which administrators may
// read.
namespace kpi::metabase {
namespace {

/// The answer; none where it is kept from this user.
Result<std::optional<Json>> unless_forbidden(Session& session, const char* path,
                                             const std::stop_token& stop) {
  Call call;
  call.path = path;
  call.subject = "permissions";
  auto answer = session.ask(call, stop);
  if (!answer && answer.error().code == "metabase.forbidden") return std::optional<Json>();
  if (!answer) return std::move(answer).error();
  return std::optional(std::move(*answer));
}

}  // namespace

Result<std::optional<std::vector<CollectionAccess>>> Client::who_sees(
    std::optional<std::int64_t> collection_id, std::stop_token stop) {
  using Known = std::optional<std::vector<CollectionAccess>>;
  auto graph = unless_forbidden(*session_, "/api/collection/graph", stop);
  if (!graph) return std::move(graph).error();
  if (!*graph) return Known();
  auto groups = unless_forbidden(*session_, "/api/permissions/group", stop);
  if (!groups) return std::move(groups).error();
  if (!*groups) return Known();

  const auto place = collection_id ? std::to_string(*collection_id) : std::string("root");
  const Json* rights = member(**graph, "groups");
  const Json* rows = rows_of(**groups);
  Known access{std::in_place};
  if (rights == nullptr || rows == nullptr) return access;
  for (const auto& row : *rows) {
    const auto id = whole_of(row, "id");
    const Json* of_group = id ? member(*rights, std::to_string(*id).c_str()) : nullptr;
    const auto right = of_group == nullptr ? std::string() : text_of(*of_group, place.c_str());
    if (right != "read" && right != "write") continue;
    access->push_back({text_of(row, "name"), whole_of(row, "member_count").value_or(0), right == "write"});
  }
  return access;
}

}  // namespace kpi::metabase
