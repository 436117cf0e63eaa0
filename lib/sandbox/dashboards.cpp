#include <kpi/sandbox/collections.hpp>
#include <kpi/sandbox/context.hpp>

#include <algorithm>
#include <map>
#include <set>

// /api/dashboard: enough to lay cards out and read them back.
namespace kpi::sandbox {
namespace {

class DashboardRoutes {
public:
  explicit DashboardRoutes(Context& context) : context_(context) {}

  Result<Response> list(const Request&) const {
    auto rows = context_.state.query("SELECT * FROM dashboard WHERE archived = 0 ORDER BY lower(name), id");
    if (!rows) return std::move(rows).error();
    Json list = Json::array();
    for (const auto& row : *rows) {
      auto json = shown(row, false);
      if (!json) return std::move(json).error();
      list.push_back(std::move(*json));
    }
    return json_response(list);
  }

  Result<Response> one(const Request& request) const {
    return with_dashboard(request, [&](const Json& row) { return answer(row); });
  }

  /// `dashcards` and `tabs` in the body are ignored, as in Metabase.
  Result<Response> create(const Request& request) const {
    const auto& body = request.body;
    Violations violations(body);
    violations.need_text("name");
    violations.allow_any_text("description");
    violations.allow_positive("collection_id");
    violations.allow_positive("collection_position");
    violations.allow_positive("cache_ttl");
    violations.allow_list("parameters");
    if (auto refused = violations.answer(context_.dialect)) return *refused;
    return context_.state.transact([&]() -> Result<Response> {
      auto known = knows_collection(body);
      if (!known) return std::move(known).error();
      if (!*known) return not_found(context_.dialect);
      const auto now = now_text(context_.clock);
      const Json json{
          {"name", body["name"]},
          {"description", body.value("description", Json())},
          {"collection_position", body.value("collection_position", Json())},
          {"cache_ttl", body.value("cache_ttl", Json())},
          {"parameters",
           body.contains("parameters") && body["parameters"].is_array() ? body["parameters"] : Json::array()},
          {"tabs", Json::array()},
          {"width", "fixed"},
          {"auto_apply_filters", true},
          {"entity_id", new_entity_id(context_.clock)},
          {"creator_id", admin_id},
          {"created_at", now},
          {"updated_at", now}};
      auto id = context_.state.execute("INSERT INTO dashboard (collection_id, name, body) VALUES (?, ?, ?)",
                                       {body.value("collection_id", Json()), body["name"], dump_json(json)});
      if (!id) return std::move(id).error();
      return answer_of(*id);
    });
  }

  Result<Response> change(const Request& request) const {
    const auto& body = request.body;
    Violations violations(body);
    violations.allow_text("name");
    violations.allow_any_text("description");
    violations.allow_flag("archived");
    violations.allow_positive("collection_id");
    violations.allow_list("dashcards");
    violations.allow_list("tabs");
    if (auto refused = violations.answer(context_.dialect)) return *refused;
    if (!body.is_object()) return text_response("Malformed JSON in request body.", 400);
    return context_.state.transact(
        [&] { return with_dashboard(request, [&](const Json& row) { return changed(body, row); }); });
  }

  Result<Response> remove(const Request& request) const {
    return with_dashboard(request, [&](const Json& row) -> Result<Response> {
      auto cards = context_.state.execute("DELETE FROM dashcard WHERE dashboard_id = ?", {row["id"]});
      if (!cards) return std::move(cards).error();
      auto gone = context_.state.execute("DELETE FROM dashboard WHERE id = ?", {row["id"]});
      if (!gone) return std::move(gone).error();
      return no_content();
    });
  }

private:
  template <class Work>
  Result<Response> with_dashboard(const Request& request, const Work& work) const {
    const auto id = request.number("id");
    if (!id) return bad_id(context_.dialect);
    auto rows = context_.state.query("SELECT * FROM dashboard WHERE id = ?", {*id});
    if (!rows) return std::move(rows).error();
    return rows->empty() ? not_found(context_.dialect) : work((*rows)[0]);
  }

  Result<bool> knows_collection(const Json& body) const {
    if (!body.contains("collection_id") || body["collection_id"].is_null()) return true;
    auto row = collection_row(context_.state, body["collection_id"].get<std::int64_t>());
    if (!row) return std::move(row).error();
    return row->has_value();
  }

  Result<Response> answer_of(std::int64_t id) const {
    auto rows = context_.state.query("SELECT * FROM dashboard WHERE id = ?", {id});
    if (!rows) return std::move(rows).error();
    return answer((*rows)[0]);
  }

  Result<Response> answer(const Json& row) const {
    auto json = shown(row, true);
    if (!json) return std::move(json).error();
    return json_response(*json);
  }

  Result<Json> shown(const Json& row, bool with_cards) const {
    auto body = parse_json(row["body"].get_ref<const std::string&>(), "dashboard");
    if (!body) return std::move(body).error();
    Json json{{"id", row["id"]}};
    json.update(*body);
    json["collection_id"] = row["collection_id"];
    json["archived"] = row["archived"] != 0;
    json["can_write"] = true;
    json["creator"] = context_.user();
    json["last-edit-info"] = {
        {"id", admin_id}, {"email", context_.username}, {"timestamp", json["updated_at"]}};
    if (!with_cards) return json;
    auto rows =
        context_.state.query("SELECT id, body FROM dashcard WHERE dashboard_id = ? ORDER BY id", {row["id"]});
    if (!rows) return std::move(rows).error();
    json["dashcards"] = Json::array();
    for (const auto& one : *rows) {
      auto card = parse_json(one["body"].get_ref<const std::string&>(), "dashcard");
      if (!card) return std::move(card).error();
      (*card)["id"] = one["id"];
      json["dashcards"].push_back(std::move(*card));
    }
    return json;
  }

  Result<Response> changed(const Json& body, const Json& row) const {
    auto json = parse_json(row["body"].get_ref<const std::string&>(), "dashboard");
    if (!json) return std::move(json).error();
    auto known = knows_collection(body);
    if (!known) return std::move(known).error();
    if (!*known) return not_found(context_.dialect);
    for (const auto* key : {"description", "collection_position", "cache_ttl"}) {
      if (body.contains(key)) (*json)[key] = body[key];
    }
    for (const auto* key : {"name", "parameters", "width"}) {
      if (body.contains(key) && !body[key].is_null()) (*json)[key] = body[key];
    }
    std::map<std::int64_t, std::int64_t> new_tabs;
    if (body.contains("tabs") && body["tabs"].is_array()) take_tabs(body["tabs"], *json, new_tabs);
    if (body.contains("dashcards") && body["dashcards"].is_array()) {
      auto replaced =
          replace_cards(row["id"].get<std::int64_t>(), body["dashcards"], !(*json)["tabs"].empty(), new_tabs);
      if (!replaced) return std::move(replaced).error();
      if (*replaced) return **replaced;
    }
    (*json)["updated_at"] = now_text(context_.clock);
    const bool archived = body.contains("archived") && body["archived"].is_boolean()
                              ? body["archived"].get<bool>()
                              : row["archived"] != 0;
    const Json collection = body.contains("collection_id") ? body["collection_id"] : row["collection_id"];
    auto saved = context_.state.execute(
        "UPDATE dashboard SET collection_id = ?, name = ?, archived = ?, archived_directly = ?, body = ? "
        "WHERE id = ?",
        {collection, (*json)["name"], archived, archived, dump_json(*json), row["id"]});
    if (!saved) return std::move(saved).error();
    return answer_of(row["id"].get<std::int64_t>());
  }

  /// Gives new tabs, which come with negative ids, the next free ones of this dashboard.
  static void take_tabs(const Json& tabs, Json& dashboard, std::map<std::int64_t, std::int64_t>& given) {
    std::int64_t last = dashboard.value("last_tab_id", std::int64_t{0});
    dashboard["tabs"] = Json::array();
    for (auto tab : tabs) {
      if (!tab.is_object()) continue;
      const auto id =
          tab.contains("id") && tab["id"].is_number_integer() ? tab["id"].get<std::int64_t>() : -1;
      if (id < 0) tab["id"] = given[id] = ++last;
      dashboard["tabs"].push_back(std::move(tab));
    }
    dashboard["last_tab_id"] = last;
  }

  /// The list replaces all there is: what it leaves out is deleted, negative ids are new. An answer where it
  /// may not be.
  Result<std::optional<Response>> replace_cards(std::int64_t dashboard, const Json& cards, bool tabbed,
                                                const std::map<std::int64_t, std::int64_t>& new_tabs) const {
    const auto refuse = [](const char* why) {
      return std::optional(json_response({{"errors", {{"dashcards", why}}}}, 400));
    };
    std::set<std::int64_t> ids;
    for (const auto& card : cards) {
      if (!card.is_object() || !card.contains("id") || !card["id"].is_number_integer())
        return refuse("each needs an id");
      if (!ids.insert(card["id"].get<std::int64_t>()).second) return refuse("ids must be unique");
      if (tabbed && card.value("dashboard_tab_id", Json()).is_null())
        return refuse("each needs a dashboard_tab_id");
    }
    auto rows = context_.state.query("SELECT id FROM dashcard WHERE dashboard_id = ?", {dashboard});
    if (!rows) return std::move(rows).error();
    std::set<std::int64_t> present;
    for (const auto& row : *rows) present.insert(row["id"].get<std::int64_t>());
    for (const auto id : present) {
      if (ids.count(id) > 0) continue;
      auto gone = context_.state.execute("DELETE FROM dashcard WHERE id = ?", {id});
      if (!gone) return std::move(gone).error();
    }
    for (auto card : cards) {
      const auto id = card["id"].get<std::int64_t>();
      card.erase("id");
      card["dashboard_id"] = dashboard;
      if (card.contains("dashboard_tab_id") && card["dashboard_tab_id"].is_number_integer()) {
        const auto tab = new_tabs.find(card["dashboard_tab_id"].get<std::int64_t>());
        if (tab != new_tabs.end()) card["dashboard_tab_id"] = tab->second;
      }
      auto saved =
          present.count(id) > 0
              ? context_.state.execute("UPDATE dashcard SET body = ? WHERE id = ?", {dump_json(card), id})
              : context_.state.execute("INSERT INTO dashcard (dashboard_id, body) VALUES (?, ?)",
                                       {dashboard, dump_json(card)});
      if (!saved) return std::move(saved).error();
    }
    return std::optional<Response>();
  }

  Context& context_;
};

}  // namespace

void add_dashboard_routes(Router& router, Context& context) {
  const auto routes = std::make_shared<DashboardRoutes>(context);
  router.add("GET", "/api/dashboard", [routes](const Request& r) { return routes->list(r); });
  router.add("POST", "/api/dashboard", [routes](const Request& r) { return routes->create(r); });
  router.add("GET", "/api/dashboard/:id", [routes](const Request& r) { return routes->one(r); });
  router.add("PUT", "/api/dashboard/:id", [routes](const Request& r) { return routes->change(r); });
  router.add("DELETE", "/api/dashboard/:id", [routes](const Request& r) { return routes->remove(r); });
}

}  // namespace kpi::sandbox
