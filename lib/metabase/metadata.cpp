#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_metadata.hpp>
#include <kpi/metabase/session.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <tuple>
#include <utility>

// The Catalog: databases, their tables and fields.
namespace kpi::metabase {
namespace {

constexpr auto longest_metadata = std::chrono::minutes{5};
constexpr std::size_t most_metadata_bytes = std::size_t{2} << 30U;  // some 2 million fields
constexpr std::size_t fallback_jobs = 4;  // of the server's 15 connections to its own database

/// True where asking for less at a time may succeed.
bool worth_asking_by_table(const Error& error) {
  static constexpr std::array codes{"metabase.forbidden",    "metabase.too_large", "metabase.timeout",
                                    "metabase.server_error", "metabase.invalid",   "metabase.bad_answer"};
  return std::any_of(codes.begin(), codes.end(), [&error](const char* code) { return error.code == code; });
}

/// The server takes no such byte in a path, encoded or not. Source: metabase issue 77353.
bool fits_in_path(const std::string& schema) { return schema.find_first_of("/\\%;") == std::string::npos; }

}  // namespace

Result<std::vector<DatabaseInfo>> Client::databases(std::stop_token stop) {
  Call call;
  call.path = "/api/database";
  auto answer = session_->ask(call, std::move(stop));
  if (!answer) return std::move(answer).error();
  const Json* rows = rows_of(*answer);
  if (rows == nullptr) {
    return Error{Fault::unreachable, "metabase.not_metabase", "metabase",
                 session_->site() + " does not list databases as Metabase does", "check METABASE_URL"};
  }
  return databases_of(*rows);
}

Result<model::Database> Client::metadata(const DatabaseInfo& database, std::vector<LeftOut>& left_out,
                                         std::stop_token stop) {
  Call call;
  call.path = fmt::format("/api/database/{}/metadata", database.id);
  call.subject = fmt::format("database {}", database.id);
  call.deadline = longest_metadata;
  call.idle_timeout = longest_metadata;  // not a byte comes before all of it is put together
  call.max_bytes = most_metadata_bytes;
  call.max_attempts = 3;
  call.in_pieces = true;
  std::optional<SchemaBuilder> builder;
  auto done = session_->fetch(call, stop, [&](http::Response& answer) {
    builder.emplace(database);
    if (answer.pieces.empty()) return builder->add_all(source_of(answer.body));
    return builder->add_all(source_of(answer.pieces));
  });
  if (done) return builder->build();
  if (!worth_asking_by_table(done.error())) return std::move(done).error();
  auto by_table = metadata_by_table(database, left_out, std::move(stop));
  // What the whole was refused for says more than that its parts were refused too.
  if (!by_table && by_table.error().fault == Fault::item) return std::move(done).error();
  return by_table;
}

Result<std::vector<Client::Listed>> Client::list_tables(const DatabaseInfo& database,
                                                        const std::stop_token& stop) {
  Call call;
  call.subject = fmt::format("database {}", database.id);
  call.path = fmt::format("/api/database/{}/schemas", database.id);
  auto schemas = session_->ask(call, stop);
  if (!schemas) return std::move(schemas).error();

  std::vector<std::string> paths;
  for (const auto& schema : *schemas) {
    if (!schema.is_string()) continue;
    const auto name = schema.get<std::string>();
    if (!fits_in_path(name)) {
      paths = {fmt::format("/api/database/{}?include=tables", database.id)};
      break;
    }
    paths.push_back(fmt::format("/api/database/{}/schema/{}", database.id, http::percent_encode(name)));
  }
  std::vector<Listed> listed;
  for (const auto& path : paths) {
    call.path = path;
    auto answer = session_->ask(call, stop);
    if (!answer && answer.error().code == "metabase.not_found") continue;  // a schema without tables
    if (!answer) return std::move(answer).error();
    const Json* tables = answer->is_array() ? &*answer : member(*answer, "tables");
    if (tables == nullptr) continue;
    for (const auto& table : *tables) {
      const auto id = whole_of(table, "id");
      if (id && is_visible_table(table))
        listed.push_back({*id, text_of(table, "schema"), text_of(table, "name")});
    }
  }
  std::sort(listed.begin(), listed.end(), [](const Listed& a, const Listed& b) {
    return std::tie(a.schema, a.name, a.id) < std::tie(b.schema, b.name, b.id);
  });
  return listed;
}

Result<model::Database> Client::metadata_by_table(const DatabaseInfo& database,
                                                  std::vector<LeftOut>& left_out, std::stop_token stop) {
  auto listed = list_tables(database, stop);
  if (!listed) return std::move(listed).error();
  std::mutex mutex;  // guards all below
  SchemaBuilder builder(database);
  std::vector<std::optional<Error>> failures(listed->size());
  std::optional<Error> hopeless;  // the first failure that every other table would meet too
  const auto started = parallel_for(listed->size(), fallback_jobs, stop, [&](std::size_t i) {
    {
      const std::lock_guard lock(mutex);
      if (hopeless) return;
    }
    Call call;
    call.path = fmt::format("/api/table/{}/query_metadata", (*listed)[i].id);
    call.subject = fmt::format("table {}", (*listed)[i].id);
    auto table = session_->ask(call, stop);
    const std::lock_guard lock(mutex);
    if (table) {
      builder.add(*table);
      return;
    }
    if (table.error().fault != Fault::item && !hopeless) hopeless = table.error();
    failures[i] = std::move(table).error();
  });
  if (started < listed->size())
    return Error{Fault::interrupted, "http.interrupted", "metabase", "interrupted", ""};
  if (hopeless) return *hopeless;
  std::vector<LeftOut> refused;
  for (std::size_t i = 0; i < listed->size(); ++i) {
    if (failures[i]) refused.push_back({(*listed)[i].schema, (*listed)[i].name, std::move(*failures[i])});
  }
  if (!refused.empty() && refused.size() == listed->size()) return refused.front().why;
  if (!refused.empty()) {
    session_->warn(fmt::format("metabase: {} of {} tables of database {} are left out: {}", refused.size(),
                               listed->size(), database.id, refused.front().why.what));
  }
  std::move(refused.begin(), refused.end(), std::back_inserter(left_out));
  return builder.build();
}

Result<std::vector<Json>> Client::field_values(std::int64_t field_id, std::stop_token stop) {
  Call call;
  call.path = fmt::format("/api/field/{}/values", field_id);
  call.subject = fmt::format("the values of field {}", field_id);
  auto answer = session_->ask(call, std::move(stop));
  if (!answer) return std::move(answer).error();
  return values_of(*answer);
}

}  // namespace kpi::metabase
