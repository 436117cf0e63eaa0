#include <kpi/base/text.hpp>
#include <kpi/sandbox/postgres_connection.hpp>

namespace kpi::sandbox::postgres {
namespace {

constexpr std::size_t max_connections = 8;

}  // namespace

Result<Connection> Pool::connect() const {
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

Result<Connection> Pool::acquire(std::chrono::steady_clock::time_point deadline) {
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

void Pool::release(Connection connection) {
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

Result<Rows> read(PGconn* connection, const char* sql) {
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

void roll_back(PGconn* connection) {
  if (PQtransactionStatus(connection) != PQTRANS_IDLE) Answer(PQexec(connection, "ROLLBACK"));
}

}  // namespace kpi::sandbox::postgres
