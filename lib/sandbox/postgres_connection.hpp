#pragma once

#include <kpi/base/result.hpp>

#include <libpq-fe.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

// libpq's handles as values, and the pool of connections that one PostgreSQL source holds.
namespace kpi::sandbox::postgres {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// Rows of a statement of our own, as text in valid UTF-8. Fails (unreachable) in the server's words.
Result<Rows> read(PGconn* connection, const char* sql);

/// Ends the transaction that is open, if one is.
void roll_back(PGconn* connection);

/// At most eight connections to one server, opened when asked for and kept. Any thread may call.
class Pool {
public:
  /// `url` as libpq takes it; `password` "" where the URL, the environment or a password file has it.
  Pool(std::string url, std::string password) : url_(std::move(url)), password_(std::move(password)) {}

  /// A connection for the caller alone; waits for a free place until `deadline`. Fails (unreachable).
  Result<Connection> acquire(std::chrono::steady_clock::time_point deadline);
  /// Takes it back, to be used again if it is open and idle; null where it must not be used again.
  void release(Connection connection);

private:
  [[nodiscard]] Result<Connection> connect() const;

  std::string url_, password_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Connection> idle_;
  std::size_t in_use_ = 0;
};

}  // namespace kpi::sandbox::postgres
