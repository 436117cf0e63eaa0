#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/postgres_connection.hpp>
#include <kpi/sandbox/postgres_describe.hpp>
#include <kpi/sandbox/postgres_source.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <mutex>
#include <poll.h>
#include <unordered_map>

namespace kpi::sandbox {
namespace {

using postgres::Answer;

constexpr std::int64_t exact_limit = 9'007'199'254'740'991;
constexpr std::chrono::milliseconds lock_timeout{5'000};
constexpr std::chrono::milliseconds cancel_after{500};  // past the server's own statement_timeout

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
  PostgresSource(std::string url, std::string password) : pool_(std::move(url), std::move(password)) {}

  [[nodiscard]] std::string_view engine() const override { return "postgres"; }
  [[nodiscard]] bool has_schemas() const override { return true; }
  [[nodiscard]] std::string prefix(std::string_view quoted, std::size_t characters) const override {
    return "left(" + std::string(quoted) + "::text, " + std::to_string(characters) + ")";
  }
  Result<Shape> describe() override;
  QueryOutcome run(const Query& query) override;

private:
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

  postgres::Pool pool_;
  std::mutex mutex_;  ///< of types_
  std::unordered_map<Oid, TypeName> types_;
};

Result<Shape> PostgresSource::describe() {
  auto connection = pool_.acquire(std::chrono::steady_clock::now() + std::chrono::seconds(30));
  if (!connection) return std::move(connection).error();
  auto shape = postgres::describe(connection->get());
  pool_.release(std::move(*connection));
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
  auto rows = postgres::read(connection, sql.c_str());
  if (!rows) rows = postgres::read(connection, sql.c_str());  // a late cancel hit it
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

QueryOutcome PostgresSource::run(const Query& query) {
  const auto deadline = std::chrono::steady_clock::now() + query.timeout;
  auto connection = pool_.acquire(deadline);
  if (!connection) {
    return QueryFailure{QueryFailure::Kind::database, connection.error().what, "08001",
                        "class java.sql.SQLTransientConnectionException"};
  }
  Run run{connection->get(), query, deadline};
  auto outcome = run_on(run);
  if (run.cancelled) {
    pool_.release(nullptr);
    return outcome;
  }
  // Whatever the statement did to the session goes with it: settings, advisory locks, LISTEN, prepared
  // statements.
  postgres::roll_back(connection->get());
  Answer(PQexec(connection->get(), "DISCARD ALL"));
  pool_.release(std::move(*connection));
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
  postgres::roll_back(connection);
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
