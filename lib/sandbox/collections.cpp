#include <kpi/base/text.hpp>
#include <kpi/sandbox/collections.hpp>
#include <kpi/sandbox/context.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>

// /api/collection but for the items, which stand in items.cpp.
namespace kpi::sandbox {
namespace {

constexpr const char* columns =
    "SELECT id, name, description, location, archived, archived_directly, type, personal_owner_id, "
    "entity_id, created_at FROM collection";

std::string slug(std::string_view name) {
  std::string text;
  for (const char c : lower(name)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    text += plain ? c : '_';
  }
  return text;
}

/// The ids in "/3/7/", outermost first.
std::vector<std::int64_t> ancestors(const std::string& location) {
  std::vector<std::int64_t> ids;
  for (const auto& part : split(location, '/')) {
    if (!part.empty()) ids.push_back(std::strtoll(part.c_str(), nullptr, 10));
  }
  return ids;
}

/// Where the children of a collection lie.
std::string inside(const Json& row) {
  return row["location"].get<std::string>() + std::to_string(row["id"].get<std::int64_t>()) + '/';
}

Json shown(Json row) {
  const auto location = row["location"].get<std::string>();
  const auto above = ancestors(location);
  row["slug"] = slug(row["name"].get<std::string>());
  row["archived"] = row["archived"] != 0;
  row["archived_directly"] = row["archived_directly"] != 0;
  row["is_personal"] = !row["personal_owner_id"].is_null();
  row["is_sample"] = false;
  row["namespace"] = nullptr;
  row["authority_level"] = nullptr;
  row["parent_id"] = above.empty() ? Json() : Json(above.back());
  row["can_write"] = row["type"] != "trash";
  return row;
}

Result<std::vector<Json>> all_rows(State& state) {
  auto rows = state.query(columns);
  if (!rows) return std::move(rows).error();
  for (auto& row : *rows) row = shown(std::move(row));
  std::sort(rows->begin(), rows->end(), [](const Json& a, const Json& b) {
    return std::pair(lower(a["name"].get<std::string>()), a["id"].get<std::int64_t>()) <
           std::pair(lower(b["name"].get<std::string>()), b["id"].get<std::int64_t>());
  });
  return rows;
}

/// What a collection holds, by kind; to tell in the tree.
Result<std::map<std::int64_t, std::set<std::string>>> contents(State& state) {
  auto rows = state.query(
      "SELECT DISTINCT collection_id AS id, CASE type WHEN 'model' THEN 'dataset' WHEN 'metric' THEN "
      "'metric' ELSE 'card' END AS kind "
      "FROM card WHERE archived = 0 AND collection_id IS NOT NULL "
      "UNION SELECT DISTINCT collection_id, 'dashboard' FROM dashboard WHERE archived = 0 AND collection_id "
      "IS NOT NULL");
  if (!rows) return std::move(rows).error();
  std::map<std::int64_t, std::set<std::string>> kinds;
  for (const auto& row : *rows) kinds[row["id"].get<std::int64_t>()].insert(row["kind"].get<std::string>());
  return kinds;
}

class CollectionRoutes {
public:
  explicit CollectionRoutes(Context& context) : context_(context) {}

  Result<Response> list(const Request& request) const {
    auto rows = all_rows(context_.state);
    if (!rows) return std::move(rows).error();
    const bool archived = request.flag("archived"), personal = request.flag("personal-only");
    Json list = Json::array();
    if (!request.parameter("namespace").empty()) return json_response(list);
    if (!archived && !personal) list.push_back(root_collection());
    for (auto& row : *rows) {
      const bool trash = row["type"] == "trash";
      if (trash && !context_.dialect.trash) continue;
      if (archived ? !(trash || row["archived"] == true) : (trash || row["archived"] == true)) continue;
      if (personal && row["is_personal"] == false) continue;
      list.push_back(std::move(row));
    }
    return json_response(list);
  }

  Result<Response> tree(const Request& request) const {
    auto rows = all_rows(context_.state);
    if (!rows) return std::move(rows).error();
    auto kinds = contents(context_.state);
    if (!kinds) return std::move(kinds).error();
    const bool exclude_archived = request.flag("exclude-archived");
    const bool no_trash = exclude_archived || !context_.dialect.trash;
    std::map<std::string, std::vector<Json>> by_location;
    for (auto& row : *rows) {
      if ((exclude_archived && row["archived"] == true) || (no_trash && row["type"] == "trash")) continue;
      by_location[row["location"].get<std::string>()].push_back(std::move(row));
    }
    return json_response(branch(by_location, *kinds, "/"));
  }

  Result<Response> one(const Request& request) const {
    if (is_root(request)) return json_response(root_collection());
    return with_row(request, [&](const Json& row) { return detailed(row); });
  }

  Result<Response> create(const Request& request) const {
    Violations violations(request.body);
    violations.need_text("name");
    violations.allow_text("description");
    violations.allow_positive("parent_id");
    if (context_.dialect.color_required) violations.need_text("color");
    if (auto answer = violations.answer(context_.dialect)) return *answer;
    return context_.state.transact([&]() -> Result<Response> {
      std::string location = "/";
      if (request.body.contains("parent_id") && !request.body["parent_id"].is_null()) {
        auto parent = collection_row(context_.state, request.body["parent_id"].get<std::int64_t>());
        if (!parent) return std::move(parent).error();
        if (!*parent) return not_found(context_.dialect);
        if ((**parent)["type"] == "trash") return not_allowed();
        location = inside(**parent);
      }
      auto id = context_.state.execute(
          "INSERT INTO collection (name, description, location, entity_id, created_at) VALUES (?, ?, ?, ?, "
          "?)",
          {request.body["name"], request.body.value("description", Json()), location,
           new_entity_id(context_.clock), now_text(context_.clock)});
      if (!id) return std::move(id).error();
      auto row = collection_row(context_.state, *id);
      if (!row) return std::move(row).error();
      return json_response(**row);
    });
  }

  Result<Response> change(const Request& request) const {
    Violations violations(request.body);
    violations.allow_text("name");
    violations.allow_any_text("description");
    violations.allow_flag("archived");
    violations.allow_positive("parent_id");
    if (auto answer = violations.answer(context_.dialect)) return *answer;
    return context_.state.transact(
        [&] { return with_row(request, [&](const Json& row) { return changed(request.body, row); }); });
  }

private:
  static bool is_root(const Request& request) { return request.places.at("id") == "root"; }

  /// Of a number or "trash".
  template <class Work>
  Result<Response> with_row(const Request& request, const Work& work) const {
    auto id = request.number("id");
    if (request.places.at("id") == "trash" && context_.dialect.trash) {
      auto rows = context_.state.query("SELECT id FROM collection WHERE type = 'trash'");
      if (!rows) return std::move(rows).error();
      if (!rows->empty()) id = (*rows)[0]["id"].get<std::int64_t>();
    }
    if (!id) return bad_id(context_.dialect);
    auto row = collection_row(context_.state, *id);
    if (!row) return std::move(row).error();
    return *row ? work(**row) : not_found(context_.dialect);
  }

  Result<Response> detailed(Json row) const {
    Json above = Json::array({root_collection()});
    for (const auto id : ancestors(row["location"].get<std::string>())) {
      auto ancestor = collection_row(context_.state, id);
      if (!ancestor) return std::move(ancestor).error();
      if (*ancestor) above.push_back(std::move(**ancestor));
    }
    row["effective_location"] = row["location"];
    row["effective_ancestors"] = std::move(above);
    return json_response(row);
  }

  static Json branch(const std::map<std::string, std::vector<Json>>& by_location,
                     const std::map<std::int64_t, std::set<std::string>>& kinds,
                     const std::string& location) {
    Json list = Json::array();
    const auto found = by_location.find(location);
    if (found == by_location.end()) return list;
    for (auto row : found->second) {
      auto children = branch(by_location, kinds, inside(row));
      std::set<std::string> below;
      for (const auto& child : children) {
        for (const auto& kind : child["here"]) below.insert(kind.get<std::string>());
        for (const auto& kind : child["below"]) below.insert(kind.get<std::string>());
      }
      const auto held = kinds.find(row["id"].get<std::int64_t>());
      auto here = held == kinds.end() ? std::set<std::string>() : held->second;
      if (!children.empty()) here.insert("collection");
      row["children"] = std::move(children);
      row["here"] = here;
      row["below"] = below;
      list.push_back(std::move(row));
    }
    return list;
  }

  Result<Response> changed(const Json& body, const Json& row) const {
    auto& state = context_.state;
    const Json id = row["id"];
    const auto given = [&](const char* key) { return body.contains(key) && !body[key].is_null(); };
    const bool fixed = row["type"] == "trash" || row["is_personal"] == true;
    if (fixed && (given("archived") || body.contains("parent_id"))) return not_allowed();
    if (given("name")) {
      if (auto set = state.execute("UPDATE collection SET name = ? WHERE id = ?", {body["name"], id}); !set)
        return std::move(set).error();
    }
    if (body.contains("description")) {
      if (auto set =
              state.execute("UPDATE collection SET description = ? WHERE id = ?", {body["description"], id});
          !set) {
        return std::move(set).error();
      }
    }
    if (body.contains("parent_id")) {
      auto moved = move(row, body["parent_id"]);
      if (!moved) return std::move(moved).error();
      if (*moved) return **moved;
    }
    if (given("archived") && body["archived"] != row["archived"]) {
      if (auto done = archive(row, body["archived"].get<bool>()); !done) return std::move(done).error();
    }
    auto now = collection_row(state, id.get<std::int64_t>());
    if (!now) return std::move(now).error();
    return detailed(**now);
  }

  /// An answer where it may not be.
  Result<std::optional<Response>> move(const Json& row, const Json& parent) const {
    std::string location = "/";
    if (!parent.is_null()) {
      auto target = collection_row(context_.state, parent.get<std::int64_t>());
      if (!target) return std::move(target).error();
      if (!*target) return std::optional(not_found(context_.dialect));
      location = inside(**target);
      if (location.starts_with(inside(row))) {
        return std::optional(json_response(
            {{"errors",
              {{"parent_id", "You can't move a Collection into itself or into one of its descendants."}}}},
            400));
      }
    }
    const auto before = inside(row);
    const auto after = location + std::to_string(row["id"].get<std::int64_t>()) + '/';
    auto self =
        context_.state.execute("UPDATE collection SET location = ? WHERE id = ?", {location, row["id"]});
    if (!self) return std::move(self).error();
    auto below = context_.state.execute(
        "UPDATE collection SET location = ? || substr(location, ?) WHERE location LIKE ? || '%'",
        {after, static_cast<std::int64_t>(before.size()) + 1, before});
    if (!below) return std::move(below).error();
    return std::optional<Response>();
  }

  /// With all it holds. What was archived by itself stays archived when the collection comes back.
  Result<Done> archive(const Json& row, bool archived) const {
    auto& state = context_.state;
    const auto below = inside(row);
    auto self = state.execute("UPDATE collection SET archived = ?, archived_directly = ? WHERE id = ?",
                              {archived, archived, row["id"]});
    if (!self) return std::move(self).error();
    auto nested = state.execute(
        "UPDATE collection SET archived = ? WHERE location LIKE ? || '%' AND archived_directly = 0",
        {archived, below});
    if (!nested) return std::move(nested).error();
    for (const auto* table : {"card", "dashboard"}) {
      auto held = state.execute(
          std::string("UPDATE ") + table +
              " SET archived = ?1 WHERE archived_directly = 0 AND (collection_id = ?2 OR collection_id IN "
              "(SELECT id FROM collection WHERE location LIKE ?3 || '%' AND archived = ?1))",
          {archived, row["id"], below});
      if (!held) return std::move(held).error();
    }
    return Done{};
  }

  Context& context_;
};

/// The sandbox's two groups may do everything everywhere: it has one user.
Result<Response> graph(State& state) {
  auto rows = state.query("SELECT id FROM collection WHERE personal_owner_id IS NULL", {});
  if (!rows) return std::move(rows).error();
  Json rights{{"root", "write"}};
  for (const auto& row : *rows) rights[std::to_string(row["id"].get<std::int64_t>())] = "write";
  return json_response({{"revision", 1}, {"groups", {{"1", rights}, {"2", rights}}}});
}

Response groups() {
  return json_response(Json::array({{{"id", 1}, {"name", "All Users"}, {"member_count", 1}},
                                    {{"id", 2}, {"name", "Administrators"}, {"member_count", 1}}}));
}

}  // namespace

Json root_collection() {
  return {{"id", "root"},
          {"name", "Our analytics"},
          {"parent_id", nullptr},
          {"effective_location", nullptr},
          {"effective_ancestors", Json::array()},
          {"can_write", true},
          {"is_personal", false},
          {"authority_level", nullptr}};
}

Result<Done> found_collections(State& state, Clock& clock) {
  return state.transact([&]() -> Result<Done> {
    auto rows = state.query(
        "SELECT type, personal_owner_id FROM collection WHERE type = 'trash' OR personal_owner_id IS NOT "
        "NULL");
    if (!rows) return std::move(rows).error();
    const auto has = [&](const char* key) {
      return std::any_of(rows->begin(), rows->end(), [&](const Json& row) { return !row[key].is_null(); });
    };
    constexpr const char* insert =
        "INSERT INTO collection (name, location, type, personal_owner_id, entity_id, created_at) VALUES (?, "
        "'/', ?, ?, ?, ?)";
    if (!has("type")) {
      auto made = state.execute(insert, {"Trash", "trash", nullptr, new_entity_id(clock), now_text(clock)});
      if (!made) return std::move(made).error();
    }
    if (!has("personal_owner_id")) {
      auto made = state.execute(insert, {"Sandbox Admin's Personal Collection", nullptr, admin_id,
                                         new_entity_id(clock), now_text(clock)});
      if (!made) return std::move(made).error();
    }
    return Done{};
  });
}

Result<std::optional<Json>> collection_row(State& state, std::int64_t id) {
  auto rows = state.query(std::string(columns) + " WHERE id = ?", {id});
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<Json>();
  return std::optional(shown(std::move((*rows)[0])));
}

void add_collection_routes(Router& router, Context& context) {
  const auto routes = std::make_shared<CollectionRoutes>(context);
  router.add("GET", "/api/collection", [routes](const Request& r) { return routes->list(r); });
  router.add("POST", "/api/collection", [routes](const Request& r) { return routes->create(r); });
  router.add("GET", "/api/collection/tree", [routes](const Request& r) { return routes->tree(r); });
  router.add("GET", "/api/collection/graph", [&](const Request&) { return graph(context.state); });
  router.add("GET", "/api/permissions/group", [](const Request&) -> Result<Response> { return groups(); });
  router.add("GET", "/api/collection/:id", [routes](const Request& r) { return routes->one(r); });
  router.add("PUT", "/api/collection/:id", [routes](const Request& r) { return routes->change(r); });
}

}  // namespace kpi::sandbox
