#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/dataset.hpp>
#include <kpi/sandbox/native_text.hpp>
#include <kpi/sandbox/semantics.hpp>

#include <algorithm>
#include <array>
#include <set>

// POST /api/dataset and its body. Source: metabase, query_processor, at 0.50.
namespace kpi::sandbox {
namespace {

constexpr std::size_t default_rows = 2'000;
constexpr std::size_t most_rows = 1'048'575;
constexpr std::size_t max_card_depth = 10;

Json iso(Clock& clock) { return now_text(clock); }

/// The first word of a statement, in lower case, past blanks, comments and opening brackets.
std::string first_word(std::string_view sql) {
  std::size_t i = 0;
  while (i < sql.size()) {
    if (sql.substr(i, 2) == "--") {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (sql.substr(i, 2) == "/*") {
      const auto end = sql.find("*/", i + 2);
      i = end == std::string_view::npos ? sql.size() : end + 2;
    } else if (sql[i] == '(' || sql[i] == ' ' || sql[i] == '\t' || sql[i] == '\n' || sql[i] == '\r' ||
               sql[i] == '\f' || sql[i] == ';') {
      ++i;
    } else {
      break;
    }
  }
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto end = i;
  while (end < sql.size() && letter(sql[end])) ++end;
  return lower(sql.substr(i, end - i));
}

/// The database itself refuses to write; this keeps out what is neither reading nor writing (SET, COPY, DO,
/// VACUUM).
bool may_run(const std::string& sql) {
  static constexpr std::array words{"select", "with",   "values", "table",  "explain", "show",  "insert",
                                    "update", "delete", "merge",  "create", "drop",    "alter", "truncate"};
  const auto word = first_word(sql);
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Metabase names the second of two like columns "n_2".
Json columns_json(const RowSet& rows, bool field_refs) {
  std::map<std::string, int> seen;
  std::set<std::string> taken;
  Json columns = Json::array();
  for (const auto& column : rows.columns) {
    auto name = column.name;
    for (int i = ++seen[column.name]; taken.count(name) > 0; ++i)
      name = column.name + '_' + std::to_string(i);
    taken.insert(name);
    const auto semantic = semantic_type(column.name, column.base_type);
    Json json{{"name", name},
              {"display_name", column.name},
              {"base_type", column.base_type},
              {"effective_type", column.base_type},
              {"database_type", column.database_type},
              {"semantic_type", semantic.empty() || semantic == "type/PK" ? Json() : Json(semantic)},
              {"field_ref", Json::array({"field", name, {{"base-type", column.base_type}}})}};
    if (field_refs) json["source"] = "native";
    columns.push_back(std::move(json));
  }
  return columns;
}

std::string text_of_kind(QueryFailure::Kind kind) {
  switch (kind) {
    case QueryFailure::Kind::invalid:
      return "invalid-query";
    case QueryFailure::Kind::timed_out:
      return "timed-out";
    case QueryFailure::Kind::cancelled:
      return "client";
    case QueryFailure::Kind::database:
      return "db";
  }
  return "qp";
}

/// One run, from the text to the body.
class Runner {
public:
  Runner(Context& context, Execution execution) : context_(context), execution_(std::move(execution)) {}

  Json run(const std::stop_token& stop) {
    started_at_ = iso(context_.clock);
    started_ = context_.clock.steady();
    return answer(stop);
  }

private:
  Json answer(const std::stop_token& stop) {
    const auto id = execution_.query.value("database", std::int64_t{0});
    const auto* database = context_.catalog.database(id);
    if (database == nullptr)
      return failed("The database of this query is not served here.", "missing-required-permissions", "");
    const auto native = native_of(execution_.query);
    if (!native || trim(native->sql).empty()) return failed("Missing native query.", "invalid-query", "");
    const auto text = fill_in(native->sql, native->tags, execution_.parameters,
                              [&](std::int64_t card) { return card_text(card, 1); });
    if (!text.error.empty()) return failed(text.error, text.error_type, "class clojure.lang.ExceptionInfo");
    sql_ = text.sql;
    if (text.sql.find('\0') != std::string::npos) return failed("the query holds a NUL", "invalid-query", "");
    if (!may_run(text.sql)) {
      return failed(
          "This server only reads: a query begins with SELECT, WITH, VALUES, TABLE, EXPLAIN or SHOW.",
          "invalid-query", "", "25006");
    }
    engine_ = database->source->engine();

    Query query;
    if (engine_ == "postgres")
      prefix_ = "-- Metabase:: userID: 1 queryType: native queryHash: " + sha256_hex(text.sql);
    query.sql = prefix_.empty() ? text.sql : prefix_ + '\n' + text.sql;
    query.max_rows = execution_.max_rows;
    query.timeout = context_.statement_timeout;
    query.wide_integers_as_text = execution_.wide_integers_as_text;
    query.stop = stop;
    auto outcome = database->source->run(query);
    if (const auto* failure = std::get_if<QueryFailure>(&outcome)) {
      return failed(failure->message, text_of_kind(failure->kind), failure->exception, failure->state);
    }
    return completed(std::get<RowSet>(std::move(outcome)));
  }

  /// The SQL of another card, its own references filled in.
  std::optional<std::string> card_text(std::int64_t id, std::size_t depth) {
    if (depth > max_card_depth) return std::nullopt;
    const auto rows = context_.state.query("SELECT body FROM card WHERE id = ?", {id});
    if (!rows || rows->empty()) return std::nullopt;
    const auto body = parse_json((*rows)[0]["body"].get_ref<const std::string&>(), "card");
    if (!body) return std::nullopt;
    const auto native = native_of((*body)["dataset_query"]);
    if (!native) return std::nullopt;
    const auto text = fill_in(native->sql, native->tags, Json::array(),
                              [&](std::int64_t inner) { return card_text(inner, depth + 1); });
    return text.error.empty() ? std::optional(text.sql) : std::nullopt;
  }

  [[nodiscard]] std::int64_t running_time() const { return (context_.clock.steady() - started_).count(); }

  Json json_query() const {
    auto query = execution_.query;
    query["constraints"] = {{"max-results", execution_.max_rows},
                            {"max-results-bare-rows", execution_.max_rows}};
    query["middleware"] = {{"js-int-to-string?", execution_.wide_integers_as_text},
                           {"userland-query?", true}};
    return query;
  }

  Json completed(RowSet rows) {
    const auto count = rows.rows.size();
    const auto metadata = columns_json(rows, false);
    Json data{{"rows", Json::array()},
              {"cols", columns_json(rows, true)},
              {"native_form", {{"query", sql_}, {"params", nullptr}}},
              {"results_timezone", "UTC"},
              {"results_metadata", {{"columns", metadata}}},
              {"insights", nullptr}};
    auto& cells = data["rows"].get_ref<Json::array_t&>();
    cells = std::move(rows.rows);
    if (count >= execution_.max_rows) data["rows_truncated"] = execution_.max_rows;
    if (execution_.on_success) execution_.on_success(metadata, running_time());
    Json body{{"data", std::move(data)},
              {"database_id", execution_.query.value("database", Json())},
              {"started_at", started_at_},
              {"json_query", json_query()},
              {"average_execution_time", nullptr},
              {"cached", nullptr},
              {"status", "completed"},
              {"context", execution_.context},
              {"row_count", count},
              {"running_time", running_time()}};
    if (execution_.card_id) body["card_id"] = *execution_.card_id;
    return body;
  }

  Json failed(const std::string& error, const std::string& type, const std::string& exception,
              const std::string& state = "") {
    Json lines = Json::array();
    if (!prefix_.empty()) lines.push_back(prefix_);
    for (const auto& line : split(sql_, '\n')) lines.push_back(line);
    Json body{{"database_id", execution_.query.value("database", Json())},
              {"started_at", started_at_},
              {"via", Json::array(
                          {{{"status", "failed"},
                            {"class", "class clojure.lang.ExceptionInfo"},
                            {"error", "Error executing query: " + error},
                            {"error_type", type},
                            {"ex-data", {{"driver", engine_}, {"sql", std::move(lines)}, {"type", type}}}}})},
              {"error_type", type},
              {"json_query", json_query()},
              {"native", {{"query", sql_}, {"params", nullptr}}},
              {"status", "failed"},
              {"class", exception.empty() ? Json("class clojure.lang.ExceptionInfo") : Json(exception)},
              {"stacktrace", Json::array()},
              {"context", execution_.context},
              {"error", error},
              {"row_count", 0},
              {"running_time", running_time()},
              {"data", {{"rows", Json::array()}, {"cols", Json::array()}}}};
    if (!state.empty()) body["state"] = state;
    if (execution_.card_id) body["card_id"] = *execution_.card_id;
    return body;
  }

  Context& context_;
  Execution execution_;
  std::string sql_, prefix_, engine_;
  Json started_at_;
  SteadyTime started_{};
};

/// From 0.59 on.
int status_of(const Json& outcome) {
  if (outcome["status"] == "completed") return 202;
  const auto type = outcome["error_type"].get<std::string>();
  if (type == "missing-required-permissions") return 403;
  return type == "invalid-query" || type == "missing-required-parameter" ? 400 : 500;
}

std::size_t row_cap(const Json& body) {
  std::size_t cap = default_rows;
  const auto constraints = body.find("constraints");
  if (constraints == body.end() || !constraints->is_object()) return cap;
  const auto take = [&](const char* name, std::size_t fallback) {
    const auto found = constraints->find(name);
    const bool whole =
        found != constraints->end() && found->is_number_integer() && found->get<std::int64_t>() > 0;
    return whole ? static_cast<std::size_t>(found->get<std::int64_t>()) : fallback;
  };
  const auto results = take("max-results", 10'000);
  cap = take("max-results-bare-rows", default_rows);
  return std::min({cap, results, most_rows});
}

Result<Response> dataset(const Request& request, Context& context) {
  const auto& body = request.body;
  const auto database = body.is_object() ? body.find("database") : body.end();
  if (!body.is_object() || database == body.end() || !database->is_number_integer()) {
    return json_response({{"query", body}}, 400);  // as bare as in Metabase
  }
  const bool unknown = context.catalog.database(database->get<std::int64_t>()) == nullptr;
  if (unknown && !context.dialect.staged_queries)
    return not_found(context.dialect);  // later the run itself fails
  Execution execution;
  execution.query = Json::object();
  for (const auto* key : {"database", "type", "native", "lib/type", "stages"}) {
    if (body.contains(key)) execution.query[key] = body[key];
  }
  execution.parameters = body.value("parameters", Json::array());
  execution.max_rows = row_cap(body);
  if (const auto middleware = body.find("middleware"); middleware != body.end() && middleware->is_object()) {
    const auto wide = middleware->find("js-int-to-string?");
    if (wide != middleware->end() && wide->is_boolean()) execution.wide_integers_as_text = wide->get<bool>();
  }
  return execute(context, std::move(execution));
}

}  // namespace

std::optional<NativeQuery> native_of(const Json& query) {
  if (!query.is_object()) return std::nullopt;
  const Json* part = nullptr;
  const char* key = "query";
  if (query.contains("native") && query["native"].is_object()) {
    part = &query["native"];
  } else if (query.contains("stages") && query["stages"].is_array() && !query["stages"].empty()) {
    part = &query["stages"][0];
    key = "native";
  }
  if (part == nullptr || !part->is_object() || !part->contains(key) || !(*part)[key].is_string())
    return std::nullopt;
  NativeQuery native{(*part)[key].get<std::string>()};
  if (part->contains("template-tags")) native.tags = (*part)["template-tags"];
  return native;
}

Result<Response> execute(Context& context, Execution execution) {
  const auto runner = std::make_shared<Runner>(context, std::move(execution));
  if (context.dialect.real_statuses) {  // so it has to be run before the first byte is sent
    const auto outcome = runner->run({});
    return json_response(outcome, status_of(outcome));
  }
  Response response;
  response.status = 202;
  response.deferred = [runner](const std::stop_token& stop) { return dump_json(runner->run(stop)); };
  return response;
}

void add_dataset_routes(Router& router, Context& context) {
  router.add("POST", "/api/dataset", [&](const Request& r) { return dataset(r, context); });
}

}  // namespace kpi::sandbox
