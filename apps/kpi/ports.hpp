#pragma once

#include "sandbox_host.hpp"
#include "session.hpp"

#include <kpi/config/resources.hpp>
#include <kpi/http/client.hpp>
#include <kpi/llm/cost.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/sql/analyzer.hpp>
#include <kpi/stages/trail.hpp>
#include <kpi/store/state.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace kpi::app {

/// The outside world, as the settings name it. Each part is opened when it is first asked for, and lives as
/// long as this does.
class Ports {
public:
  explicit Ports(Session& session) : session_(session) {}
  ~Ports();
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;

  /// Metabase: the configured one, or with --sandbox the embedded server, started here. Sends nothing yet.
  /// Fails (input) where nothing says who we are there, before anybody waits for a server.
  Result<metabase::Client*> metabase();
  /// The same for who only wants to know whether it is there.
  Result<metabase::Client*> metabase_for_anyone();
  /// Metabase's queries and cards, every query and write noted in the audit trail.
  Result<metabase::Queries*> queries();
  Result<metabase::Cards*> cards();
  /// The way to Metabase, and the one to models: each with its own proxy and certificates.
  Result<http::Client*> http();
  Result<http::Client*> model_http();
  Result<store::State*> state();
  Result<const model::Domain*> domain();
  Result<const sql::Analyzer*> analyzer();
  Result<const std::vector<config::ScoringWeight>*> weights();
  Result<const config::ModelTable*> models();
  Result<std::filesystem::path> share();
  /// What this process may spend on models, in all its stages together.
  std::shared_ptr<llm::Purse> purse();

  /// Where Metabase is; after metabase().
  [[nodiscard]] const std::string& metabase_url() const { return url_; }

private:
  Result<http::Client*> open_http(std::unique_ptr<http::Client>& client, const std::string& ca_file,
                                  const std::string& proxy);
  [[nodiscard]] stages::Trail trail(store::State& state);

  Session& session_;
  std::optional<std::filesystem::path> share_;
  // Before its clients, so that it ends after them: a server waits out connections that are still open.
  std::optional<RunningSandbox> sandbox_;
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<http::Client> model_http_;
  std::string url_;
  std::unique_ptr<metabase::Client> metabase_;
  Result<Done> credentials_ = Done{};  ///< of metabase_
  std::unique_ptr<store::State> state_;
  std::shared_ptr<stages::SeenStatements> seen_ = std::make_shared<stages::SeenStatements>();
  std::unique_ptr<stages::TrailedQueries> queries_;
  std::unique_ptr<stages::TrailedCards> cards_;
  std::optional<model::Domain> domain_;
  std::optional<sql::Analyzer> analyzer_;
  std::optional<std::vector<config::ScoringWeight>> weights_;
  std::optional<config::ModelTable> models_;
  std::shared_ptr<llm::Purse> purse_;
};

}  // namespace kpi::app
