#include <kpi/sandbox/collections.hpp>
#include <kpi/sandbox/context.hpp>

#include <algorithm>
#include <map>
#include <set>

// /api/dashboard: enough to lay cards out and read them back, as each release takes and shows them. Source:
// metabase, api/dashboard.clj, at 0.46, 0.47 and 0.50.
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
      as_released(*json);
      list.push_back(std::move(*json));
    }
    return json_response(list);
  }

  Result<Response> one(const Request& request) const {
    return with_dashboard(request,
                          [&](const Json& row) { return answer_of(row["id"].get<std::int64_t>(), true); });
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
      return answer_of(*id, true);
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
    return context_.state.transact([&] {
      return with_dashboard(request, [&](const Json& row) -> Result<Response> {
        auto done = changed(body, row);
        if (!done) return std::move(done).error();
        if (*done) return **done;
        return answer_of(row["id"].get<std::int64_t>(), dialect().boards == Boards::whole);
      });
    });
  }

  /// PUT .../cards, from 0.47 on: replaces all cards and tabs.
  Result<Response> replace(const Request& request) const {
    const char* tabs = dialect().boards == Boards::whole ? "tabs" : "ordered_tabs";
    return with_cards(request, [&](const Json& row, const Json& cards) -> Result<Response> {
      Json body{{"dashcards", cards}};
      if (request.body.contains(tabs)) body["tabs"] = request.body[tabs];
      auto json = parse_json(row["body"].get_ref<const std::string&>(), "dashboard");
      if (!json) return std::move(json).error();
      const auto id = row["id"].get<std::int64_t>();
      auto done = put_cards(body, *json, id);
      if (done && !*done) done = save(std::move(*json), id);
      if (!done) return std::move(done).error();
      if (*done) return **done;
      auto whole = current(id, true);
      if (!whole) return std::move(whole).error();
      return json_response({{"cards", (*whole)["dashcards"]}, {tabs, (*whole)["tabs"]}});
    });
  }

  /// PUT .../cards at 0.46: moves what stands; what is not there is passed over.
  Result<Response> move(const Request& request) const {
    return with_cards(request, [&](const Json& row, const Json& cards) -> Result<Response> {
      if (cards.empty()) return refused("cards", "value must be an array. The array cannot be empty.");
      for (const auto& card : cards) {
        if (!card.is_object() || !card.contains("id") || !card["id"].is_number_unsigned())
          return refused("cards", "value must be a DashboardCard ID.");
        auto rows = context_.state.query("SELECT body FROM dashcard WHERE id = ? AND dashboard_id = ?",
                                         {card["id"], row["id"]});
        if (!rows) return std::move(rows).error();
        if (rows->empty()) continue;
        auto standing = parse_json((*rows)[0]["body"].get_ref<const std::string&>(), "dashcard");
        if (!standing) return std::move(standing).error();
        for (const auto* key :
             {"row", "col", "size_x", "size_y", "parameter_mappings", "visualization_settings", "series"})
          if (card.contains(key)) (*standing)[key] = card[key];
        auto saved = context_.state.execute("UPDATE dashcard SET body = ? WHERE id = ?",
                                            {dump_json(*standing), card["id"]});
        if (!saved) return std::move(saved).error();
      }
      return json_response({{"status", "ok"}});
    });
  }

  /// POST .../cards at 0.46.
  Result<Response> add(const Request& request) const {
    return context_.state.transact([&] {
      return with_dashboard(request, [&](const Json& row) -> Result<Response> {
        if (row["archived"] != 0) return archived();
        Json card = request.body.is_object() ? request.body : Json::object();
        card["card_id"] = card.value("cardId", Json());
        card.erase("cardId");
        card["dashboard_id"] = row["id"];
        auto id = context_.state.execute("INSERT INTO dashcard (dashboard_id, body) VALUES (?, ?)",
                                         {row["id"], dump_json(card)});
        if (!id) return std::move(id).error();
        card["id"] = *id;
        return json_response(card);
      });
    });
  }

  /// DELETE .../cards?dashcardId= at 0.46.
  Result<Response> take_off(const Request& request) const {
    return with_dashboard(request, [&](const Json& row) -> Result<Response> {
      if (row["archived"] != 0) return archived();
      auto gone = context_.state.execute(
          "DELETE FROM dashcard WHERE id = ? AND dashboard_id = ?",
          {std::strtoll(request.parameter("dashcardId").c_str(), nullptr, 10), row["id"]});
      if (!gone) return std::move(gone).error();
      return no_content();
    });
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
  [[nodiscard]] const Dialect& dialect() const { return context_.dialect; }

  static Response refused(const char* name, const char* why) {
    return json_response({{"errors", {{name, why}}}}, 400);
  }

  /// For requests that bring "cards" to a dashboard that is not in the Trash.
  template <class Work>
  Result<Response> with_cards(const Request& request, const Work& work) const {
    const auto& body = request.body;
    if (!body.is_object() || !body.contains("cards") || !body["cards"].is_array())
      return refused("cards", "value must be an array.");
    return context_.state.transact([&] {
      return with_dashboard(request, [&](const Json& row) -> Result<Response> {
        if (row["archived"] != 0) return archived();
        return work(row, body["cards"]);
      });
    });
  }

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

  Result<Json> current(std::int64_t id, bool with_cards) const {
    auto rows = context_.state.query("SELECT * FROM dashboard WHERE id = ?", {id});
    if (!rows) return std::move(rows).error();
    return shown((*rows)[0], with_cards);
  }

  Result<Response> answer_of(std::int64_t id, bool with_cards) const {
    auto json = current(id, with_cards);
    if (!json) return std::move(json).error();
    as_released(*json);
    return json_response(*json);
  }

  /// Under the names that cards and tabs have in the release that is played.
  void as_released(Json& board) const {
    board.erase("last_tab_id");
    if (dialect().boards == Boards::whole) return;
    if (board.contains("dashcards")) board["ordered_cards"] = board["dashcards"];
    board.erase("dashcards");
    if (dialect().boards == Boards::apart) board["ordered_tabs"] = board["tabs"];
    board.erase("tabs");
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

  /// The dashboard as `body` wants it; an answer where it may not be.
  Result<std::optional<Response>> changed(const Json& body, const Json& row) const {
    auto json = parse_json(row["body"].get_ref<const std::string&>(), "dashboard");
    if (!json) return std::move(json).error();
    auto known = knows_collection(body);
    if (!known) return std::move(known).error();
    if (!*known) return std::optional(not_found(dialect()));
    const bool with_cards =
        dialect().boards == Boards::whole && body.contains("dashcards") && body["dashcards"].is_array();
    if (with_cards && row["archived"] != 0)
      return std::optional(archived());  // as it was before this request
    if (with_cards) {
      auto done = put_cards(body, *json, row["id"].get<std::int64_t>());
      if (!done || *done) return done;
    }
    for (const auto* key : {"description", "collection_position", "cache_ttl"}) {
      if (body.contains(key)) (*json)[key] = body[key];
    }
    for (const auto* key : {"name", "parameters", "width"}) {
      if (body.contains(key) && !body[key].is_null()) (*json)[key] = body[key];
    }
    const bool in_trash = body.contains("archived") && body["archived"].is_boolean()
                              ? body["archived"].get<bool>()
                              : row["archived"] != 0;
    const Json collection = body.contains("collection_id") ? body["collection_id"] : row["collection_id"];
    auto saved = context_.state.execute(
        "UPDATE dashboard SET collection_id = ?, name = ?, archived = ?, archived_directly = ? WHERE id = ?",
        {collection, (*json)["name"], in_trash, in_trash, row["id"]});
    if (!saved) return std::move(saved).error();
    return save(std::move(*json), row["id"].get<std::int64_t>());
  }

  Result<std::optional<Response>> save(Json json, std::int64_t id) const {
    json["updated_at"] = now_text(context_.clock);
    auto saved = context_.state.execute("UPDATE dashboard SET body = ? WHERE id = ?", {dump_json(json), id});
    if (!saved) return std::move(saved).error();
    return std::optional<Response>();
  }

  /// Replaces cards and, in `json`, tabs: without "tabs" there are none left. An answer where it may not be,
  /// before anything is written.
  Result<std::optional<Response>> put_cards(const Json& body, Json& json, std::int64_t id) const {
    const bool had_tabs = !json["tabs"].empty();
    std::map<std::int64_t, std::int64_t> new_tabs;
    take_tabs(body.value("tabs", Json::array()), json, new_tabs);
    Json cards = body["dashcards"];
    for (auto& card : cards) {
      if (!card.is_object() || !card.contains("dashboard_tab_id") ||
          !card["dashboard_tab_id"].is_number_integer())
        continue;
      const auto tab = new_tabs.find(card["dashboard_tab_id"].get<std::int64_t>());
      if (tab != new_tabs.end()) card["dashboard_tab_id"] = tab->second;
    }
    if (auto refusal = refusal_of(cards, json["tabs"], had_tabs)) return std::optional(std::move(*refusal));
    auto replaced = replace_cards(id, cards);
    if (!replaced) return std::move(replaced).error();
    return std::optional<Response>();
  }

  static std::optional<Response> refusal_of(const Json& cards, const Json& tabs, bool had_tabs) {
    std::set<std::int64_t> ids;
    for (const auto& card : cards) {
      if (!card.is_object() || !card.contains("id") || !card["id"].is_number_integer())
        return refused("dashcards", "each needs an id");
      if (!ids.insert(card["id"].get<std::int64_t>()).second)
        return refused("dashcards", "ids must be unique");
      const auto tab = card.value("dashboard_tab_id", Json());
      if ((had_tabs || !tabs.empty()) && tab.is_null())
        return refused("dashcards", "each needs a dashboard_tab_id");
      const bool stands = tab.is_null() || std::any_of(tabs.begin(), tabs.end(),
                                                       [&](const Json& one) { return one["id"] == tab; });
      if (!stands) return json_response({{"message", "there is no such tab"}}, 500);
    }
    return std::nullopt;
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

  /// The list replaces all there is: what it leaves out is deleted, ids that are not there are new.
  Result<Done> replace_cards(std::int64_t dashboard, const Json& cards) const {
    auto rows = context_.state.query("SELECT id FROM dashcard WHERE dashboard_id = ?", {dashboard});
    if (!rows) return std::move(rows).error();
    std::set<std::int64_t> present, wanted;
    for (const auto& row : *rows) present.insert(row["id"].get<std::int64_t>());
    for (const auto& card : cards) wanted.insert(card["id"].get<std::int64_t>());
    for (const auto id : present) {
      if (wanted.count(id) > 0) continue;
      auto gone = context_.state.execute("DELETE FROM dashcard WHERE id = ?", {id});
      if (!gone) return std::move(gone).error();
    }
    for (auto card : cards) {
      const auto id = card["id"].get<std::int64_t>();
      card.erase("id");
      card["dashboard_id"] = dashboard;
      auto saved =
          present.count(id) > 0
              ? context_.state.execute("UPDATE dashcard SET body = ? WHERE id = ?", {dump_json(card), id})
              : context_.state.execute("INSERT INTO dashcard (dashboard_id, body) VALUES (?, ?)",
                                       {dashboard, dump_json(card)});
      if (!saved) return std::move(saved).error();
    }
    return Done{};
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
  if (context.dialect.boards == Boards::one_by_one) {
    router.add("POST", "/api/dashboard/:id/cards", [routes](const Request& r) { return routes->add(r); });
    router.add("PUT", "/api/dashboard/:id/cards", [routes](const Request& r) { return routes->move(r); });
    router.add("DELETE", "/api/dashboard/:id/cards",
               [routes](const Request& r) { return routes->take_off(r); });
  } else {
    router.add("PUT", "/api/dashboard/:id/cards", [routes](const Request& r) { return routes->replace(r); });
  }
  router.add("DELETE", "/api/dashboard/:id", [routes](const Request& r) { return routes->remove(r); });
}

}  // namespace kpi::sandbox
