#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>
#include <kpi/sandbox/database.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace kpi::sandbox {

struct ServerOptions {
  std::vector<DatabaseSource> databases;
  std::filesystem::path data;  ///< where cards, ids and profiles are kept; made if missing
  int port = 0;                ///< 0: any free one
  std::string username = "admin@kpi.local";
  std::string password;                        ///< see kept_password()
  std::string api_key;                         ///< empty: none is known
  std::string version = "v0.50.0";             ///< the Metabase release to play, v0.46 to v0.63
  std::chrono::seconds statement_timeout{60};  ///< a query that runs longer is cancelled
};

/// A Metabase-compatible server on 127.0.0.1 over SQLite files and PostgreSQL databases, to which it never
/// writes. Cards, collections and dashboards are kept in `data`; any number of servers, in one process or
/// several, may stand on the same folder at once and show the same ids and cards.
class Server {
public:
  /// Listens when it returns. Fails (input) for a database that is not there or an empty password,
  /// (unreachable) for a PostgreSQL that does not answer, (machine) for a folder that is locked, damaged or
  /// cannot be written, and for a port that is taken.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Clock& clock);

  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:PORT"
  [[nodiscard]] std::vector<std::string> database_names() const;
  /// Ends requests under way and the threads. May be called twice.
  void stop();
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace kpi::sandbox
