#include <kpi/base/text.hpp>
#include <kpi/sandbox/collections.hpp>
#include <kpi/sandbox/context.hpp>
#include <kpi/sandbox/dataset.hpp>

#include <algorithm>
#include <array>

// /api/card. Source: metabase, models/card.clj and api/card.clj, at 0.50; queries as 0.57 and 0.63 answer
// them.
namespace kpi::sandbox {
namespace {

constexpr std::array types{"question", "model", "metric"};
constexpr std::array clearable{"description", "collection_id", "collection_position",
                               "cache_ttl"};  // null clears
constexpr std::array replaceable{"name",
                                 "dataset_query",
                                 "display",
                                 "visualization_settings",
                                 "parameters",  // null is ignored
                                 "parameter_mappings",
                                 "type",
                                 "result_metadata",
                                 "enable_embedding",
                                 "embedding_params"};

/// A native query as 0.50 stores it, whatever form it came in.
Json stored_query(const Json& query) {
  const auto native = native_of(query);
  if (!native) return query;
  return {{"database", query.value("database", Json())},
          {"type", "native"},
          {"native", {{"query", native->sql}, {"template-tags", native->tags}}}};
}

/// A stored native query as MBQL 5.
Json staged_query(const Json& query, bool listed_tags) {
  const auto native = native_of(query);
  if (!native) return query;
  Json stage{{"lib/type", "mbql.stage/native"}, {"native", native->sql}};
  if (!native->tags.empty() && listed_tags) {
    for (const auto& [name, tag] : native->tags.items()) stage["template-tags"].push_back(tag);
  } else if (!native->tags.empty()) {
    stage["template-tags"] = native->tags;
  }
  return {{"lib/type", "mbql/query"},
          {"database", query.value("database", Json())},
          {"lib.convert/converted?", true},
          {"stages", Json::array({std::move(stage)})}};
}

/// The type of a card to be created: "type" from 0.49 on, before that only models are told.
std::string type_in(const Json& body, const Dialect& dialect) {
  if (!dialect.card_types) return body.value("dataset", Json()) == true ? "model" : "question";
  return body.value("type", Json()).is_string() ? body["type"].get<std::string>() : "question";
}

void check(Violations& violations, const Json& body, const Dialect& dialect) {
  violations.allow_positive("collection_id");
  violations.allow_positive("collection_position");
  violations.allow_positive("cache_ttl");
  violations.allow_list("parameters");
  violations.allow_list("parameter_mappings");
  violations.allow_list("result_metadata");
  if (!dialect.card_types || !body.is_object() || !body.contains("type") || body["type"].is_null()) return;
  if (std::find(types.begin(), types.end(), body["type"]) == types.end()) {
    violations.add("type", "nullable enum of question, metric, model",
                   "should be either question, metric or model");
  }
}

class CardRoutes {
public:
  explicit CardRoutes(Context& context) : context_(context) {}

  Result<Response> list(const Request& request) const {
    static constexpr std::array filters{"",         "all",   "mine",        "bookmarked",   "archived",
                                        "database", "table", "using_model", "using_segment"};
    const auto filter = request.parameter("f");
    const auto model = request.parameter("model_id");
    Violations violations(nothing_);
    if (std::find(filters.begin(), filters.end(), filter) == filters.end())
      violations.add("f", "nullable enum", "invalid value");
    const bool needs_model = filter == "database" || filter == "table" || filter.starts_with("using_");
    if (needs_model && model.empty())
      violations.add("model_id", "model_id is a required parameter when filter mode is '" + filter + "'",
                     "missing");
    if (auto answer = violations.answer(context_.dialect)) return *answer;

    std::string where = filter == "archived" ? "archived = 1" : "archived = 0";
    std::vector<Json> values;
    if (filter == "database") {
      where += " AND database_id = ?";
      values.emplace_back(std::strtoll(model.c_str(), nullptr, 10));
    } else if (needs_model || filter == "bookmarked") {
      where = "0";
    }
    auto rows =
        context_.state.query("SELECT * FROM card WHERE " + where + " ORDER BY lower(name), id", values);
    if (!rows) return std::move(rows).error();
    Json list = Json::array();
    for (const auto& row : *rows) {
      auto card = shown(row);
      if (!card) return std::move(card).error();
      list.push_back(std::move(*card));
    }
    return json_response(list);
  }

  Result<Response> one(const Request& request) const {
    return with_card(request, [&](const Json& row) { return answer(row); });
  }

  Result<Response> create(const Request& request) const {
    const auto& body = request.body;
    Violations violations(body);
    violations.need_text("name");
    violations.need_object("dataset_query");
    violations.need_text("display");
    violations.need_object("visualization_settings");
    violations.allow_text("description");
    check(violations, body, context_.dialect);
    if (auto refused = violations.answer(context_.dialect)) return *refused;
    auto query = stored_query(body["dataset_query"]);
    if (!query.contains("database") || !query["database"].is_number_integer()) return null_database();
    return context_.state.transact([&]() -> Result<Response> {
      auto refused = refuse_collection(body);
      if (!refused) return std::move(refused).error();
      if (*refused) return **refused;
      const auto now = now_text(context_.clock);
      const std::string type = type_in(body, context_.dialect);
      Json card{{"name", body["name"]},
                {"description", body.value("description", Json())},
                {"display", type == "model" ? Json("table") : body["display"]},
                {"type", type},
                {"query_type", native_of(query) ? "native" : "query"},
                {"database_id", query["database"]},
                {"table_id", nullptr},
                {"dataset_query", query},
                {"visualization_settings", body["visualization_settings"]},
                {"parameters", list_of(body, "parameters")},
                {"parameter_mappings", list_of(body, "parameter_mappings")},
                {"result_metadata", nullptr},
                {"collection_id", body.value("collection_id", Json())},
                {"collection_position", body.value("collection_position", Json())},
                {"collection_preview", true},
                {"cache_ttl", body.value("cache_ttl", Json())},
                {"enable_embedding", false},
                {"embedding_params", nullptr},
                {"public_uuid", nullptr},
                {"entity_id", new_entity_id(context_.clock)},
                {"creator_id", admin_id},
                {"metabase_version", context_.dialect.version + " (sandbox)"},
                {"view_count", 0},
                {"average_query_time", nullptr},
                {"last_query_start", nullptr},
                {"created_at", now},
                {"updated_at", now}};
      auto id = context_.state.execute(
          "INSERT INTO card (collection_id, name, type, database_id, body) VALUES (?, ?, ?, ?, ?)",
          {card["collection_id"], card["name"], card["type"], card["database_id"], dump_json(card)});
      if (!id) return std::move(id).error();
      return answer_of(*id);
    });
  }

  Result<Response> change(const Request& request) const {
    const auto& body = request.body;
    Violations violations(body);
    violations.allow_text("name");
    violations.allow_any_text("description");
    violations.allow_text("display");
    violations.allow_flag("archived");
    check(violations, body, context_.dialect);
    for (const auto* key : {"dataset_query", "visualization_settings"}) {
      if (body.is_object() && body.contains(key) && !body[key].is_null()) violations.need_object(key);
    }
    if (auto refused = violations.answer(context_.dialect)) return *refused;
    if (!body.is_object()) return text_response("Malformed JSON in request body.", 400);
    return context_.state.transact(
        [&] { return with_card(request, [&](const Json& row) { return changed(body, row); }); });
  }

  Result<Response> remove(const Request& request) const {
    return with_card(request, [&](const Json& row) -> Result<Response> {
      auto gone = context_.state.execute("DELETE FROM card WHERE id = ?", {row["id"]});
      if (!gone) return std::move(gone).error();
      return no_content();
    });
  }

  Result<Response> copy(const Request& request) const {
    return with_card(request, [&](const Json& row) -> Result<Response> {
      auto body = parse_json(row["body"].get_ref<const std::string&>(), "card");
      if (!body) return std::move(body).error();
      auto& card = *body;
      card["name"] = "Copy of " + card["name"].get<std::string>();
      card["entity_id"] = new_entity_id(context_.clock);
      card["created_at"] = card["updated_at"] = now_text(context_.clock);
      auto id = context_.state.execute(
          "INSERT INTO card (collection_id, name, type, database_id, body) VALUES (?, ?, ?, ?, ?)",
          {row["collection_id"], card["name"], row["type"], row["database_id"], dump_json(card)});
      if (!id) return std::move(id).error();
      return answer_of(*id);
    });
  }

  Result<Response> run(const Request& request) const {
    return with_card(request, [&](const Json& row) -> Result<Response> {
      auto card = parse_json(row["body"].get_ref<const std::string&>(), "card");
      if (!card) return std::move(card).error();
      Execution execution;
      execution.query = (*card)["dataset_query"];
      execution.parameters =
          request.body.is_object() ? request.body.value("parameters", Json::array()) : Json::array();
      execution.context = "question";
      execution.card_id = row["id"].get<std::int64_t>();
      execution.on_success = [&context = context_, id = *execution.card_id](const Json& metadata,
                                                                            std::int64_t time) {
        note_run(context, id, metadata, time);
      };
      return execute(context_, std::move(execution));
    });
  }

private:
  static Json list_of(const Json& body, const char* key) {
    return body.contains(key) && body[key].is_array() ? body[key] : Json::array();
  }

  /// What Metabase answers where the query names no database.
  static Response null_database() {
    return json_response({{"message", "NULL not allowed for column \"DATABASE_ID\""},
                          {"type", "class org.h2.jdbc.JdbcSQLIntegrityConstraintViolationException"},
                          {"via", Json::array()},
                          {"trace", Json::array()},
                          {"cause", "NULL not allowed for column \"DATABASE_ID\""}},
                         500);
  }

  /// Keeps what a run showed: columns, time, count. Best effort: the answer is under way already.
  static void note_run(Context& context, std::int64_t id, const Json& metadata, std::int64_t time) {
    (void)context.state.transact([&]() -> Result<Done> {
      auto rows = context.state.query("SELECT body FROM card WHERE id = ?", {id});
      if (!rows || rows->empty()) return Done{};
      auto body = parse_json((*rows)[0]["body"].get_ref<const std::string&>(), "card");
      if (!body) return Done{};
      (*body)["result_metadata"] = metadata;
      (*body)["average_query_time"] = static_cast<double>(time);
      (*body)["last_query_start"] = now_text(context.clock);
      (*body)["view_count"] = (*body).value("view_count", 0) + 1;
      auto saved = context.state.execute("UPDATE card SET body = ? WHERE id = ?", {dump_json(*body), id});
      if (!saved) return std::move(saved).error();
      return Done{};
    });
  }

  /// An answer if `collection_id` names none that may be written.
  Result<std::optional<Response>> refuse_collection(const Json& body) const {
    if (!body.contains("collection_id") || body["collection_id"].is_null()) return std::optional<Response>();
    auto row = collection_row(context_.state, body["collection_id"].get<std::int64_t>());
    if (!row) return std::move(row).error();
    if (!*row) return std::optional(not_found(context_.dialect));
    if ((**row)["type"] == "trash") return std::optional(not_allowed());
    return std::optional<Response>();
  }

  template <class Work>
  Result<Response> with_card(const Request& request, const Work& work) const {
    const auto id = request.number("id");
    if (!id) return bad_id(context_.dialect);
    auto rows = context_.state.query("SELECT * FROM card WHERE id = ?", {*id});
    if (!rows) return std::move(rows).error();
    return rows->empty() ? not_found(context_.dialect) : work((*rows)[0]);
  }

  Result<Response> answer_of(std::int64_t id) const {
    auto rows = context_.state.query("SELECT * FROM card WHERE id = ?", {id});
    if (!rows) return std::move(rows).error();
    return answer((*rows)[0]);
  }

  Result<Response> answer(const Json& row) const {
    auto card = shown(row);
    if (!card) return std::move(card).error();
    return json_response(*card);
  }

  /// The whole card of a row.
  Result<Json> shown(const Json& row) const {
    auto body = parse_json(row["body"].get_ref<const std::string&>(), "card");
    if (!body) return std::move(body).error();
    Json card{{"id", row["id"]}};
    card.update(*body);
    card["collection_id"] = row["collection_id"];
    card["archived"] = row["archived"] != 0;
    card["archived_directly"] = row["archived_directly"] != 0;
    card["can_write"] = true;
    card["can_restore"] = row["archived"] != 0;
    card["dashboard_count"] = 0;
    card["creator"] = context_.user();
    card["last-edit-info"] = {{"id", admin_id},
                              {"email", context_.username},
                              {"first_name", "Sandbox"},
                              {"last_name", "Admin"},
                              {"timestamp", card["updated_at"]}};
    card["collection"] = root_collection();
    if (!row["collection_id"].is_null()) {
      auto collection = collection_row(context_.state, row["collection_id"].get<std::int64_t>());
      if (!collection) return std::move(collection).error();
      card["collection"] = *collection ? std::move(**collection) : Json();
    }
    as_released(card);
    return card;
  }

  /// In the shape of the release that is played.
  void as_released(Json& card) const {
    const auto& dialect = context_.dialect;
    if (!dialect.card_types) {
      card["dataset"] = card["type"] == "model";
      card.erase("type");
    }
    if (!dialect.trash) {
      card.erase("archived_directly");
      card.erase("can_restore");
    }
    if (!dialect.staged_queries) return;
    card["legacy_query"] = dump_json(card["dataset_query"]);
    card["dataset_query"] = staged_query(card["dataset_query"], dialect.listed_tags);
  }

  Result<Response> changed(const Json& body, const Json& row) const {
    auto refused = refuse_collection(body);
    if (!refused) return std::move(refused).error();
    if (*refused) return **refused;
    auto card = parse_json(row["body"].get_ref<const std::string&>(), "card");
    if (!card) return std::move(card).error();
    for (const auto* key : clearable) {
      if (body.contains(key)) (*card)[key] = body[key];
    }
    for (const auto* key : replaceable) {
      if (body.contains(key) && !body[key].is_null()) (*card)[key] = body[key];
    }
    if (body.contains("dataset_query") && body["dataset_query"].is_object()) {
      auto query = stored_query(body["dataset_query"]);
      if (!query.contains("database") || !query["database"].is_number_integer()) return null_database();
      if (!body.contains("result_metadata")) (*card)["result_metadata"] = nullptr;
      (*card)["database_id"] = query["database"];
      (*card)["query_type"] = native_of(query) ? "native" : "query";
      (*card)["dataset_query"] = std::move(query);
    }
    if ((*card)["type"] == "model") (*card)["display"] = "table";
    (*card)["updated_at"] = now_text(context_.clock);

    const Json collection = body.contains("collection_id") ? body["collection_id"] : row["collection_id"];
    bool archived = row["archived"] != 0, directly = row["archived_directly"] != 0;
    if (body.contains("archived") && body["archived"].is_boolean()) {
      archived = directly = body["archived"].get<bool>();
      auto lies_in_trash = is_archived(collection);
      if (!lies_in_trash) return std::move(lies_in_trash).error();
      if (!archived && *lies_in_trash) {
        return json_response(
            {{"errors",
              {{"archived", "Its collection is in the Trash: give a collection_id to restore it to."}}}},
            400);
      }
    }
    auto saved = context_.state.execute(
        "UPDATE card SET collection_id = ?, name = ?, type = ?, database_id = ?, archived = ?, "
        "archived_directly = ?, body = ? WHERE id = ?",
        {collection, (*card)["name"], (*card)["type"], (*card)["database_id"], archived, directly,
         dump_json(*card), row["id"]});
    if (!saved) return std::move(saved).error();
    return answer_of(row["id"].get<std::int64_t>());
  }

  Result<bool> is_archived(const Json& collection) const {
    if (collection.is_null()) return false;
    auto row = collection_row(context_.state, collection.get<std::int64_t>());
    if (!row) return std::move(row).error();
    return *row && (**row)["archived"] == true;
  }

  Context& context_;
  Json nothing_ = Json::object();
};

}  // namespace

void add_card_routes(Router& router, Context& context) {
  const auto routes = std::make_shared<CardRoutes>(context);
  router.add("GET", "/api/card", [routes](const Request& r) { return routes->list(r); });
  router.add("POST", "/api/card", [routes](const Request& r) { return routes->create(r); });
  router.add("GET", "/api/card/:id", [routes](const Request& r) { return routes->one(r); });
  router.add("PUT", "/api/card/:id", [routes](const Request& r) { return routes->change(r); });
  router.add("DELETE", "/api/card/:id", [routes](const Request& r) { return routes->remove(r); });
  router.add("POST", "/api/card/:id/copy", [routes](const Request& r) { return routes->copy(r); });
  router.add("POST", "/api/card/:id/query", [routes](const Request& r) { return routes->run(r); });
}

}  // namespace kpi::sandbox
