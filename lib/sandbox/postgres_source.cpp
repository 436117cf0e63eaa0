#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/postgres_source.hpp>

#include <libpq-fe.h>

#include <array>
#include <charconv>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>
#include <poll.h>
#include <unordered_map>

namespace kpi::sandbox {
namespace {

constexpr std::size_t max_connections = 8;
constexpr std::int64_t exact_limit = 9'007'199'254'740'991;
constexpr std::chrono::milliseconds lock_timeout{5'000};
constexpr std::chrono::milliseconds cancel_after{500};  // past the server's own statement_timeout

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

std::string field_of(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

/// The message as Metabase's driver words it.
QueryFailure failure(const PGresult* result) {
  QueryFailure failure;
  failure.exception = "class org.postgresql.util.PSQLException";
  failure.state = field_of(result, PG_DIAG_SQLSTATE);
  failure.message = field_of(result, PG_DIAG_SEVERITY) + ": " + field_of(result, PG_DIAG_MESSAGE_PRIMARY);
  for (const auto& [code, label] :
       {std::pair{PG_DIAG_MESSAGE_DETAIL, "Detail"}, std::pair{PG_DIAG_MESSAGE_HINT, "Hint"},
        std::pair{PG_DIAG_STATEMENT_POSITION, "Position"}}) {
    if (const auto text = field_of(result, code); !text.empty())
      failure.message += std::string("\n  ") + label + ": " + text;
  }
  failure.message = repair_utf8(failure.message);
  if (failure.state == "57014") failure.kind = QueryFailure::Kind::timed_out;
  return failure;
}

QueryFailure broken(PGconn* connection) {
  return {QueryFailure::Kind::database,
          "This connection has been closed. " + single_line(repair_utf8(PQerrorMessage(connection))), "08006",
          "class org.postgresql.util.PSQLException"};
}

Json whole_number(const std::string& text, bool wide_as_text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return wide_as_text ? Json(text) : Json(std::strtod(text.c_str(), nullptr));
  }
  if (wide_as_text && (value > exact_limit || value < -exact_limit)) return text;
  return value;
}

Json number(const std::string& text, bool wide_as_text) {
  if (text.find_first_not_of("-0123456789") == std::string::npos) return whole_number(text, wide_as_text);
  const double value = std::strtod(text.c_str(), nullptr);
  return std::isfinite(value) ? Json(value) : Json(text);  // NaN and Infinity are no JSON numbers
}

/// A cell of the text protocol.
Json cell(const std::string& text, const std::string& type, std::string_view base_type, bool wide_as_text) {
  if (type == "bool") return text == "t";
  if (type == "money") return text;
  if (base_type == "type/Integer" || base_type == "type/BigInteger") return whole_number(text, wide_as_text);
  if (base_type == "type/Decimal" || base_type == "type/Float") return number(text, wide_as_text);
  if (has_date(base_type)) {
    auto iso = iso_from_database(text);
    return iso.empty() ? text : iso;
  }
  if (type == "bytea" && text.starts_with("\\x")) return "0x" + text.substr(2);
  return is_utf8(text) ? text : repair_utf8(text);
}

class PostgresSource final : public Source {
public:
  PostgresSource(std::string url, std::string password)
      : url_(std::move(url)),
        password_(std::move(password)) {}

  [[nodiscard]] std::string_view engine() const override { return "postgres"; }
  [[nodiscard]] bool has_schemas() const override { return true; }
  [[nodiscard]] std::string prefix(std::string_view quoted, std::size_t characters) const override {
    return "left(" + std::string(quoted) + "::text, " + std::to_string(characters) + ")";
  }
  Result<Shape> describe() override;
  QueryOutcome run(const Query& query) override;

private:
  using Rows = std::vector<std::vector<std::optional<std::string>>>;

  /// A connection for the caller alone; waits for a free place until `deadline`.
  Result<Connection> acquire(std::chrono::steady_clock::time_point deadline);
  void release(Connection connection);
  Result<Connection> connect() const;
  Result<Rows> catalog(PGconn* connection, const char* sql) const;
  Result<Done> describe_columns(PGconn* connection, Shape& shape,
                                std::map<std::string, std::size_t>& by_oid) const;
  struct Run {
    PGconn* connection;
    const Query& query;
    std::chrono::steady_clock::time_point deadline;
    bool cancelled = false;  ///< a cancel may arrive late and hit the next statement: the connection is done
  };
  QueryOutcome run_on(Run& run);
  QueryOutcome collect(Run& run);
  /// Name and base type of a type by its number.
  struct TypeName {
    std::string name, base_type;
  };
  void learn_types(PGconn* connection, const PGresult* result);
  TypeName type_of(Oid oid);

  std::string url_, password_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Connection> idle_;
  std::size_t in_use_ = 0;
  std::unordered_map<Oid, TypeName> types_;
};

Result<Connection> PostgresSource::connect() const {
  // The URL first: a parameter that follows it stands above what it says.
  std::vector<const char*> names{"dbname", "application_name", "connect_timeout", "options",
                                 "client_encoding"};
  std::vector<const char*> values{url_.c_str(), "kpi sandbox", "10",
                                  "-c timezone=UTC -c datestyle=ISO -c standard_conforming_strings=on",
                                  "UTF8"};
  if (!password_.empty()) {
    names.push_back("password");
    values.push_back(password_.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  Connection connection(PQconnectdbParams(names.data(), values.data(), 1));
  if (connection == nullptr || PQstatus(connection.get()) != CONNECTION_OK) {
    const std::string reason = connection == nullptr ? "out of memory" : PQerrorMessage(connection.get());
    return Error{Fault::unreachable, "sandbox.postgres", "sandbox",
                 "PostgreSQL does not let us in: " + single_line(repair_utf8(reason)),
                 "check host, port, user, and PGPASSWORD or the password file"};
  }
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);  // else it prints to stderr
  return connection;
}

Result<Connection> PostgresSource::acquire(std::chrono::steady_clock::time_point deadline) {
  Connection found;
  {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_until(lock, deadline, [&] { return in_use_ < max_connections; })) {
      return Error{Fault::unreachable, "sandbox.postgres", "sandbox",
                   "all connections to PostgreSQL are in use", "run fewer jobs at once"};
    }
    ++in_use_;
    if (!idle_.empty()) {
      found = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (found != nullptr) {
    Answer(PQexec(found.get(), ""));  // notices a server that was restarted meanwhile
    if (PQstatus(found.get()) == CONNECTION_OK) return found;
  }
  auto made = connect();
  if (!made) release(nullptr);
  return made;
}

void PostgresSource::release(Connection connection) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (connection != nullptr && PQstatus(connection.get()) == CONNECTION_OK &&
        PQtransactionStatus(connection.get()) == PQTRANS_IDLE) {
      idle_.push_back(std::move(connection));
    }
  }
  freed_.notify_one();
}

Result<PostgresSource::Rows> PostgresSource::catalog(PGconn* connection, const char* sql) const {
  const Answer answer(PQexec(connection, sql));
  if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) {
    return Error{
        Fault::unreachable, "sandbox.postgres", "sandbox",
        "PostgreSQL's catalog cannot be read: " + single_line(repair_utf8(PQerrorMessage(connection))),
        "check the user's rights"};
  }
  Rows rows(static_cast<std::size_t>(PQntuples(answer.get())));
  for (int r = 0; r < PQntuples(answer.get()); ++r) {
    for (int c = 0; c < PQnfields(answer.get()); ++c) {
      const bool is_null = PQgetisnull(answer.get(), r, c) != 0;
      rows[static_cast<std::size_t>(r)].push_back(
          is_null ? std::nullopt : std::optional(repair_utf8(PQgetvalue(answer.get(), r, c))));
    }
  }
  return rows;
}

constexpr const char* columns_sql = R"(
SELECT c.oid, n.nspname, c.relname, obj_description(c.oid, 'pg_class'),
       CASE WHEN c.reltuples >= 0 AND c.relkind IN ('r', 'm', 'p') THEN c.reltuples::bigint END,
       a.attname, coalesce(b.typname, t.typname), coalesce(b.typtype, t.typtype), coalesce(b.oid, t.oid),
       a.attnotnull, CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
       a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false), a.attgenerated <> '',
       col_description(c.oid, a.attnum),
       concat_ws('/', c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del, s.last_analyze, s.last_autoanalyze)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('information_schema') AND n.nspname NOT LIKE 'pg\_%'
  AND has_schema_privilege(n.oid, 'USAGE')
  AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
ORDER BY n.nspname, c.relname, a.attnum)";

constexpr const char* keys_sql = R"(
SELECT k.conrelid, k.contype, a.attname, fn.nspname, fc.relname, fa.attname
FROM pg_constraint k
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS u (here, there)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.here
LEFT JOIN pg_class fc ON fc.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
LEFT JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = u.there
WHERE k.contype IN ('p', 'f') AND k.conparentid = 0
ORDER BY k.conrelid, k.conname)";

constexpr const char* indexes_sql = R"(
SELECT i.indrelid, a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indisvalid)";

constexpr const char* labels_sql =
    "SELECT enumtypid, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder";

Result<Done> PostgresSource::describe_columns(PGconn* connection, Shape& shape,
                                              std::map<std::string, std::size_t>& by_oid) const {
  auto labels = catalog(connection, labels_sql);
  if (!labels) return std::move(labels).error();
  std::map<std::string, std::vector<std::string>> labels_of;
  for (auto& row : *labels) labels_of[*row[0]].push_back(*row[1]);

  auto columns = catalog(connection, columns_sql);
  if (!columns) return std::move(columns).error();
  for (auto& row : *columns) {
    const auto [place, is_new] = by_oid.try_emplace(*row[0], shape.tables.size());
    if (is_new) {
      TableShape table;
      table.schema = *row[1];
      table.name = *row[2];
      table.description = row[3];
      if (row[4]) table.estimated_rows = std::strtoll(row[4]->c_str(), nullptr, 10);
      table.identity = *row[0] + ':' + row[14].value_or("");
      shape.tables.push_back(std::move(table));
    }
    auto& table = shape.tables[place->second];
    FieldShape field;
    field.name = *row[5];
    field.database_type = *row[6];
    field.base_type = *row[7] == "e" ? "type/PostgresEnum" : postgres_base_type(*row[6]);
    if (*row[7] == "e") field.labels = labels_of[*row[8]];
    field.not_null = *row[9] == "t";
    field.default_value = row[10];
    field.auto_increment = row[11] == "t";
    field.generated = row[12] == "t";
    field.description = row[13];
    table.identity += '|' + field.name + ' ' + field.database_type;
    table.fields.push_back(std::move(field));
  }
  return Done{};
}

Result<Shape> PostgresSource::describe() {
  auto connection = acquire(std::chrono::steady_clock::now() + std::chrono::seconds(30));
  if (!connection) return std::move(connection).error();
  struct Release {
    PostgresSource& source;
    Connection& connection;
    ~Release() { source.release(std::move(connection)); }
  } const release_at_end{*this, *connection};
  auto* raw = connection->get();

  Shape shape;
  shape.flavor = "PostgreSQL";
  const char* version = PQparameterStatus(raw, "server_version");
  shape.version = version == nullptr ? "" : version;
  shape.timezone = "UTC";
  std::map<std::string, std::size_t> by_oid;
  if (auto read = describe_columns(raw, shape, by_oid); !read) return std::move(read).error();

  const auto field_of_table = [&](const std::string& oid, const std::string& name) -> FieldShape* {
    const auto place = by_oid.find(oid);
    if (place == by_oid.end()) return nullptr;
    for (auto& field : shape.tables[place->second].fields) {
      if (field.name == name) return &field;
    }
    return nullptr;
  };
  auto keys = catalog(raw, keys_sql);
  if (!keys) return std::move(keys).error();
  for (auto& row : *keys) {
    auto* field = field_of_table(*row[0], *row[2]);
    if (field == nullptr) continue;
    if (row[1] == "p") {
      field->primary_key = true;
    } else if (row[3] && row[4] && row[5]) {
      shape.tables[by_oid[*row[0]]].foreign_keys.push_back({field->name, *row[3], *row[4], *row[5]});
    }
  }
  auto indexes = catalog(raw, indexes_sql);
  if (!indexes) return std::move(indexes).error();
  for (auto& row : *indexes) {
    if (auto* field = field_of_table(*row[0], *row[1]); field != nullptr) field->indexed = true;
  }
  return shape;
}

void PostgresSource::learn_types(PGconn* connection, const PGresult* result) {
  std::string missing;
  {
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < PQnfields(result); ++i) {
      if (types_.count(PQftype(result, i)) == 0)
        missing += (missing.empty() ? "" : ",") + std::to_string(PQftype(result, i));
    }
  }
  if (missing.empty()) return;
  const auto sql = "SELECT oid, typname, typtype FROM pg_type WHERE oid IN (" + missing + ")";
  auto rows = catalog(connection, sql.c_str());
  if (!rows) rows = catalog(connection, sql.c_str());  // a late cancel hit it
  if (!rows) return;
  const std::lock_guard lock(mutex_);
  for (const auto& row : *rows) {
    types_[static_cast<Oid>(std::strtoul(row[0]->c_str(), nullptr, 10))] = {
        *row[1], row[2] == "e" ? "type/PostgresEnum" : postgres_base_type(*row[1])};
  }
}

PostgresSource::TypeName PostgresSource::type_of(Oid oid) {
  const std::lock_guard lock(mutex_);
  const auto found = types_.find(oid);
  return found == types_.end() ? TypeName{"", "type/*"} : found->second;
}

void roll_back(PGconn* connection) {
  if (PQtransactionStatus(connection) != PQTRANS_IDLE) Answer(PQexec(connection, "ROLLBACK"));
}

QueryOutcome PostgresSource::run(const Query& query) {
  const auto deadline = std::chrono::steady_clock::now() + query.timeout;
  auto connection = acquire(deadline);
  if (!connection) {
    return QueryFailure{QueryFailure::Kind::database, connection.error().what, "08001",
                        "class java.sql.SQLTransientConnectionException"};
  }
  Run run{connection->get(), query, deadline};
  auto outcome = run_on(run);
  if (run.cancelled) {
    release(nullptr);
    return outcome;
  }
  // Whatever the statement did to the session goes with it: settings, advisory locks, LISTEN, prepared
  // statements.
  roll_back(connection->get());
  Answer(PQexec(connection->get(), "DISCARD ALL"));
  release(std::move(*connection));
  return outcome;
}

QueryOutcome PostgresSource::run_on(Run& run) {
  auto* connection = run.connection;
  const auto& query = run.query;
  const auto begin =
      "BEGIN READ ONLY; SET LOCAL statement_timeout = " + std::to_string(query.timeout.count()) +
      "; SET LOCAL lock_timeout = " + std::to_string(lock_timeout.count()) +
      "; SET LOCAL idle_in_transaction_session_timeout = " +
      std::to_string((query.timeout + lock_timeout).count());
  if (const Answer begun(PQexec(connection, begin.c_str())); PQresultStatus(begun.get()) != PGRES_COMMAND_OK)
    return broken(connection);
  // The extended protocol takes one statement only.
  if (PQsendQueryParams(connection, query.sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0)
    return broken(connection);
  PQsetSingleRowMode(connection);
  return collect(run);
}

/// Asks the server to end the statement under way.
void cancel(PGconn* connection) {
  std::array<char, 256> reason{};
  PGcancel* request = PQgetCancel(connection);
  PQcancel(request, reason.data(), static_cast<int>(reason.size()));
  PQfreeCancel(request);
}

QueryOutcome PostgresSource::collect(Run& run) {
  auto* connection = run.connection;
  const auto& query = run.query;
  RowSet rows;
  std::vector<Answer> raw;  // single rows, until their types are known
  std::optional<QueryFailure> failed;
  Answer head;
  std::size_t bytes = 0, kept = 0;
  bool enough = false, stopped = false;
  const auto watch = [&] {
    const bool late = std::chrono::steady_clock::now() > run.deadline + cancel_after;
    stopped = stopped || query.stop.stop_requested();
    if (!run.cancelled && (late || stopped || enough)) {
      cancel(connection);
      run.cancelled = true;
    }
  };
  for (;;) {
    while (PQisBusy(connection) != 0) {
      watch();
      pollfd wait{PQsocket(connection), POLLIN, 0};
      poll(&wait, 1, 50);
      if (PQconsumeInput(connection) == 0) return broken(connection);
    }
    Answer answer(PQgetResult(connection));
    if (answer == nullptr) break;
    switch (PQresultStatus(answer.get())) {
      case PGRES_SINGLE_TUPLE:
        if (enough) break;
        for (int i = 0; i < PQnfields(answer.get()); ++i)
          bytes += 16 + static_cast<std::size_t>(PQgetlength(answer.get(), 0, i));
        if (++kept <= query.max_rows) raw.push_back(std::move(answer));
        enough = kept >= query.max_rows || bytes > max_answer_bytes;
        if (enough) watch();
        break;
      case PGRES_TUPLES_OK:
        head = std::move(answer);
        break;
      case PGRES_FATAL_ERROR:
        if (!enough && !failed) failed = failure(answer.get());
        break;
      case PGRES_COPY_OUT:
      case PGRES_COPY_IN:
      case PGRES_COPY_BOTH:
        PQreset(connection);
        [[fallthrough]];
      default:
        if (!failed) {
          failed = QueryFailure{QueryFailure::Kind::invalid,
                                "Select statement did not produce a ResultSet for native query", "",
                                "class clojure.lang.ExceptionInfo"};
        }
        if (PQtransactionStatus(connection) != PQTRANS_ACTIVE) return *failed;
    }
  }
  if (failed) {
    if (stopped) failed->kind = QueryFailure::Kind::cancelled;
    return *failed;
  }
  if (bytes > max_answer_bytes) {
    return QueryFailure{QueryFailure::Kind::database, "the answer is larger than 64 MiB", "54000",
                        "class java.lang.OutOfMemoryError"};
  }
  const PGresult* described = head != nullptr ? head.get() : raw.empty() ? nullptr : raw.front().get();
  if (described == nullptr) return broken(connection);
  // A cancelled statement leaves its transaction failed: types are asked for outside it.
  roll_back(connection);
  learn_types(connection, described);
  for (int i = 0; i < PQnfields(described); ++i) {
    auto type = type_of(PQftype(described, i));
    rows.columns.push_back(
        {repair_utf8(PQfname(described, i)), std::move(type.base_type), std::move(type.name)});
  }
  for (const auto& answer : raw) {
    Json row = Json::array();
    for (int i = 0; i < PQnfields(answer.get()); ++i) {
      const auto& column = rows.columns[static_cast<std::size_t>(i)];
      if (PQgetisnull(answer.get(), 0, i) != 0) {
        row.push_back(nullptr);
      } else {
        row.push_back(cell(std::string(PQgetvalue(answer.get(), 0, i),
                                       static_cast<std::size_t>(PQgetlength(answer.get(), 0, i))),
                           column.database_type, column.base_type, query.wide_integers_as_text));
      }
    }
    rows.rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Result<std::unique_ptr<Source>> make_postgres_source(const std::string& url, const std::string& password) {
  return std::unique_ptr<Source>(std::make_unique<PostgresSource>(url, password));
}

}  // namespace kpi::sandbox
