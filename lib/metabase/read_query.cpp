#include <kpi/base/text.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_query.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace kpi::metabase {
namespace {

constexpr std::size_t longest_message = 2'000;
constexpr std::size_t usual_cap = 2'000;  // a site's own cap on rows of native queries, unless it is changed
constexpr std::string_view comment_start = "-- Metabase";

/// UTF-8 characters, as PostgreSQL counts positions.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Without each run from "-- Metabase" to its line's end.
std::string without_comments(std::string_view message) {
  std::string out;
  while (true) {
    const auto at = message.find(comment_start);
    out += message.substr(0, at);
    if (at == std::string_view::npos) return out;
    const auto end = message.find('\n', at);
    if (end == std::string_view::npos) return out;
    message.remove_prefix(end + 1);
  }
}

/// The digits of "Position: 85" in a driver's message; also "Position : 85", as French has it.
struct Position {
  std::size_t begin = 0;  ///< of the word
  std::size_t digits = 0;
  std::size_t end = 0;
  std::uint64_t value = 0;
};

std::optional<Position> find_position(std::string_view message) {
  constexpr std::string_view word = "Position";
  Position found;
  found.begin = message.rfind(word);
  if (found.begin == std::string_view::npos) return std::nullopt;
  found.digits = found.begin + word.size();
  while (found.digits < message.size() && (message[found.digits] == ' ' || message[found.digits] == ':')) {
    ++found.digits;
  }
  const auto* last = message.data() + message.size();
  const auto [at, error] = std::from_chars(message.data() + found.digits, last, found.value);
  if (error != std::errc{}) return std::nullopt;
  found.end = static_cast<std::size_t>(at - message.data());
  return found;
}

/// The comment line as Metabase reports the statement it sent: first of `via`, then of `native`.
std::string comment_of(const Json& body) {
  std::vector<const Json*> sent;
  if (const Json* via = member(body, "via"); via != nullptr && via->is_array()) {
    for (const auto& step : *via) {
      if (const Json* data = member(step, "ex-data"); data != nullptr) sent.push_back(member(*data, "sql"));
    }
  }
  if (const Json* data = member(body, "ex-data"); data != nullptr) sent.push_back(member(*data, "sql"));
  if (const Json* native = member(body, "native"); native != nullptr)
    sent.push_back(member(*native, "query"));
  for (const Json* sql : sent) {
    if (sql != nullptr && sql->is_array() && !sql->empty()) sql = &sql->front();  // a line each, in most
    if (sql == nullptr || !sql->is_string()) continue;
    const auto& text = sql->get_ref<const std::string&>();
    if (text.rfind(comment_start, 0) == 0) return text.substr(0, text.find('\n')) + "\n";
  }
  return {};
}

std::string message_of(const Json& body) {
  const Json* error = member(body, "error");
  if (error != nullptr && error->is_string()) return error->get<std::string>();
  if (error != nullptr && error->is_structured() && !error->empty()) return dump_json(*error);
  if (const Json* via = member(body, "via"); via != nullptr && via->is_array()) {
    for (const auto& step : *via) {
      if (auto text = text_of(step, "error"); !text.empty()) return text;
    }
  }
  for (const char* name : {"message", "cause", "class"}) {
    if (auto text = text_of(body, name); !text.empty()) return text;
  }
  return "the query failed, and Metabase does not say why";
}

std::vector<Column> columns_of(const Json& data) {
  std::vector<Column> columns;
  const Json* cols = member(data, "cols");
  if (cols == nullptr || !cols->is_array()) return columns;
  for (const auto& col : *cols) {
    Column column{text_of(col, "name"), text_of(col, "effective_type")};
    if (column.name.empty()) column.name = text_of(col, "display_name");
    if (column.type.empty()) column.type = text_of(col, "base_type");
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace

Json native_query(std::int64_t database_id, std::string_view sql) {
  return Json{{"database", database_id},
              {"type", "native"},
              {"native", {{"query", std::string(sql)}, {"template-tags", Json::object()}}}};
}

Json dataset_body(const Query& query) {
  Json body = native_query(query.database_id, query.sql);
  body["parameters"] = Json::array();
  body["middleware"] = {{"js-int-to-string?", false}, {"ignore-cached-results?", true}};
  body["constraints"] = {{"max-results", query.max_rows}, {"max-results-bare-rows", query.max_rows}};
  return body;
}

bool is_outcome(const Json& body) {
  const auto status = text_of(body, "status");
  return status == "completed" || status == "failed";
}

QueryResult outcome_of(Json body, std::int64_t max_rows, std::string_view sql) {
  QueryResult result;
  if (const auto time = number_of(body, "running_time"); time && *time > 0 && *time < 1e12) {
    result.elapsed = std::chrono::milliseconds(static_cast<std::int64_t>(*time));
  }
  if (text_of(body, "status") != "completed") {
    result.error = clean_message(message_of(body), comment_of(body), sql);
    result.error_type = text_of(body, "error_type");
    result.sqlstate = text_of(body, "state");
    result.timed_out = result.error_type == "timed-out";
    return result;
  }
  result.ok = true;
  const auto data = body.find("data");
  if (data == body.end() || !data->is_object()) return result;
  result.columns = columns_of(*data);
  const Json* limit = member(*data, "rows_truncated");
  result.truncated = limit != nullptr && *limit != false;
  if (const auto rows = data->find("rows"); rows != data->end() && rows->is_array()) {
    result.rows.reserve(rows->size());
    for (auto& row : *rows) {
      if (auto* cells = row.get_ptr<Json::array_t*>(); cells != nullptr) {
        result.rows.push_back(std::move(*cells));
      }
    }
  }
  const std::size_t cap = max_rows < 1 ? usual_cap : static_cast<std::size_t>(max_rows);
  const std::size_t count = result.rows.size();
  // The newest releases were seen to cut without a word, and a site's own cap may stand before ours.
  if (count >= cap || count == usual_cap) result.truncated = true;
  if (count > cap) result.rows.resize(cap);
  return result;
}

bool is_saturation(const QueryResult& result) {
  return !result.ok && result.error_type.rfind("connection-pool-", 0) == 0;
}

bool is_forbidden(const QueryResult& result) {
  return !result.ok && result.error_type == "missing-required-permissions";
}

std::string clean_message(std::string_view message, std::string_view comment, std::string_view sql) {
  std::string text = without_comments(message);
  if (const auto position = find_position(text); position && !sql.empty()) {
    const auto before = characters(comment);
    const bool known = position->value > before && position->value - before <= characters(sql) + 1;
    if (known) {
      text.replace(position->digits, position->end - position->digits,
                   std::to_string(position->value - before));
    } else {  // a wrong place misleads more than none
      text.erase(position->begin, position->end - position->begin);
    }
  }
  text = trim(printable(text));
  if (text.size() <= longest_message) return text;
  return shorten(text, longest_message - std::string_view("…").size());
}

}  // namespace kpi::metabase
