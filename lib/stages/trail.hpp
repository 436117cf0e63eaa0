#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/metabase/api.hpp>
#include <kpi/store/state.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

// The audit trail: Metabase's ports with every query and every write noted in the state file, by hash and
// never by content. What cannot be noted is a failure of the machine: a trail with holes is none.
namespace kpi::stages {

/// The statements of the cards that were read or written here, by hash: a card that is run is named by its id
/// alone. Any thread may call.
class SeenStatements {
public:
  void note(const metabase::Card& card);
  /// "" for a card that was not seen.
  [[nodiscard]] std::string sha256_of(std::int64_t card_id) const;

private:
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<std::int64_t, std::string> sha256_;
};

/// Who writes the trail, and under which run.
struct Trail {
  store::State& state;
  Clock& clock;
  std::string user;                      ///< of the operating system
  std::function<std::string()> run_id;   ///< of the run at the time
  std::shared_ptr<SeenStatements> seen;  ///< what queries and cards share
};

class TrailedQueries final : public metabase::Queries {
public:
  TrailedQueries(metabase::Queries& inner, Trail trail) : inner_(inner), trail_(std::move(trail)) {}
  Result<metabase::QueryResult> query(const metabase::Query& query, std::stop_token stop) override;
  Result<metabase::QueryResult> run_card(std::int64_t card_id, std::chrono::milliseconds timeout,
                                         std::stop_token stop) override;

private:
  metabase::Queries& inner_;
  Trail trail_;
};

class TrailedCards final : public metabase::Cards {
public:
  TrailedCards(metabase::Cards& inner, Trail trail) : inner_(inner), trail_(std::move(trail)) {}
  Result<std::vector<metabase::Collection>> collections(std::stop_token stop) override;
  Result<metabase::Collection> create_collection(const std::string& name,
                                                 std::optional<std::int64_t> parent_id,
                                                 std::stop_token stop) override;
  Result<Done> archive_collection(std::int64_t id, std::stop_token stop) override;
  Result<std::vector<metabase::CollectionItem>> items(std::optional<std::int64_t> collection_id,
                                                      bool archived, std::stop_token stop) override;
  Result<std::vector<metabase::Card>> all_cards(bool archived, std::stop_token stop) override;
  Result<std::optional<metabase::Card>> card(std::int64_t id, std::stop_token stop) override;
  Result<metabase::Card> create_card(const metabase::Card& card, std::stop_token stop) override;
  Result<metabase::Card> update_card(const metabase::Card& card, std::stop_token stop) override;
  Result<std::optional<metabase::Dashboard>> dashboard(std::int64_t id, std::stop_token stop) override;
  Result<metabase::Dashboard> create_dashboard(const metabase::Dashboard& dashboard,
                                               std::stop_token stop) override;
  Result<metabase::Dashboard> update_dashboard(const metabase::Dashboard& dashboard,
                                               std::stop_token stop) override;
  [[nodiscard]] std::string dashboard_url(std::int64_t id) const override;
  [[nodiscard]] std::string card_url(std::int64_t id) const override;
  [[nodiscard]] std::string collection_url(std::optional<std::int64_t> id) const override;

private:
  metabase::Cards& inner_;
  Trail trail_;
};

}  // namespace kpi::stages
