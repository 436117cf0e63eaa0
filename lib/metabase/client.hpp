#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>
#include <kpi/metabase/api.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::metabase {

class Session;

/// Where Metabase is and who we are there. The first of `api_key`, `session`, `username` and `password` that
/// is given is used; a session that has ended is replaced by a login where name and password are given too.
struct ClientOptions {
  std::string url;  ///< "https://bi.example/metabase": where people open it; http or https
  std::string username;
  std::string password;
  std::string api_key;
  std::string session;
  /// Told, in one line without secrets, what a person should know though nothing failed. Any thread calls it.
  std::function<void(std::string_view)> warn;
};

/// Makes sure that `options` say who we are, and asks nobody. Fails (input) with "metabase.no_credentials".
Result<Done> check_credentials(const ClientOptions& options);

/// The user that Metabase takes us for.
struct Who {
  std::int64_t id = 0;
  std::string name;
  bool is_superuser = false;
  std::optional<bool> can_query;         ///< may build queries; none where the release does not say
  std::optional<bool> can_query_native;  ///< may write SQL on some database; none likewise
};

/// What a group of Metabase's users may do with a collection.
struct CollectionAccess {
  std::string group;         ///< "All Users"
  std::int64_t members = 0;  ///< users
  bool may_write = false;    ///< curate it; else only see it
};

/// Metabase over its REST API, releases v0.46 to v0.63 (and newer ones as far as they answer alike): reads
/// the shapes of every release at any time, and always sends the oldest form of a query, which all accept.
///
/// It logs in when the first answer needs it, once for all threads, and once more when the session ends
/// midway. GET, PUT and SELECT are repeated after a failure, a creation never. Any number of threads may
/// call.
///
/// Beside what the ports say, every call may fail with
///   input:       metabase.no_credentials
///   unreachable: metabase.unreachable, metabase.timeout, metabase.refused (credentials), metabase.throttled
///                (too many logins), metabase.initializing (it is starting), metabase.redirected,
///                metabase.not_metabase (a proxy's page, or another service answers there)
///   item:        metabase.forbidden, metabase.not_found, metabase.invalid, metabase.too_large,
///                metabase.server_error, metabase.bad_answer: of one database, field, card or collection
///                (unreachable where a list that all work needs cannot be had)
///   interrupted: http.interrupted
/// No message holds a secret.
class Client final : public Catalog, public Queries, public Cards {
public:
  /// Sends nothing. Fails (input) with "metabase.no_url" or "metabase.bad_url". `transport` and `clock` must
  /// outlive the client.
  static Result<std::unique_ptr<Client>> make(ClientOptions options, http::Transport& transport,
                                              Clock& clock);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// True if Metabase is up, false while it starts or has lost its own database. Needs no credentials.
  Result<bool> healthy(std::stop_token stop);
  /// Makes sure that there are credentials: logs in where that takes a name and a password. That an API key
  /// or a given session is accepted only who_am_i() shows.
  Result<Done> log_in(std::stop_token stop);
  /// Ends the session if this client began it; fine where there is none.
  Result<Done> log_out(std::stop_token stop);
  Result<Who> who_am_i(std::stop_token stop);
  /// The groups that see a collection (none: the root), in Metabase's order: two requests. None where this
  /// user may not know, as only administrators may.
  Result<std::optional<std::vector<CollectionAccess>>> who_sees(std::optional<std::int64_t> collection_id,
                                                                std::stop_token stop);

  // Catalog
  Result<std::string> version(std::stop_token stop) override;
  Result<std::vector<DatabaseInfo>> databases(std::stop_token stop) override;
  using Catalog::metadata;
  Result<model::Database> metadata(const DatabaseInfo& database, std::vector<LeftOut>& left_out,
                                   std::stop_token stop) override;
  Result<std::vector<Json>> field_values(std::int64_t field_id, std::stop_token stop) override;
  [[nodiscard]] std::int64_t requests() const override;

  // Queries
  Result<QueryResult> query(const Query& query, std::stop_token stop) override;
  Result<QueryResult> run_card(std::int64_t card_id, std::chrono::milliseconds timeout,
                               std::stop_token stop) override;

  // Cards
  Result<std::vector<Collection>> collections(std::stop_token stop) override;
  Result<Collection> create_collection(const std::string& name, std::optional<std::int64_t> parent_id,
                                       std::stop_token stop) override;
  Result<Done> archive_collection(std::int64_t id, std::stop_token stop) override;
  Result<std::vector<CollectionItem>> items(std::optional<std::int64_t> collection_id, bool archived,
                                            std::stop_token stop) override;
  Result<std::vector<Card>> all_cards(bool archived, std::stop_token stop) override;
  Result<std::optional<Card>> card(std::int64_t id, std::stop_token stop) override;
  Result<Card> create_card(const Card& card, std::stop_token stop) override;
  Result<Card> update_card(const Card& card, std::stop_token stop) override;
  Result<std::optional<Dashboard>> dashboard(std::int64_t id, std::stop_token stop) override;
  Result<Dashboard> create_dashboard(const Dashboard& dashboard, std::stop_token stop) override;
  Result<Dashboard> update_dashboard(const Dashboard& dashboard, std::stop_token stop) override;
  [[nodiscard]] std::string dashboard_url(std::int64_t id) const override;
  [[nodiscard]] std::string card_url(std::int64_t id) const override;
  [[nodiscard]] std::string collection_url(std::optional<std::int64_t> id) const override;

private:
  explicit Client(std::unique_ptr<Session> session);
  Result<model::Database> metadata_by_table(const DatabaseInfo& database, std::vector<LeftOut>& left_out,
                                            std::stop_token stop);
  struct Listed {
    std::int64_t id = 0;
    std::string schema;
    std::string name;
  };
  Result<std::vector<Listed>> list_tables(const DatabaseInfo& database, const std::stop_token& stop);
  std::unique_ptr<Session> session_;
};

}  // namespace kpi::metabase
