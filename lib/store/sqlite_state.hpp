#pragma once

#include <kpi/store/database.hpp>
#include <kpi/store/reserve.hpp>
#include <kpi/store/state.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace kpi::store {

/// Every statement binds the tenant as ?1, so that none can be written without it unseen.
class SqliteState final : public State {
public:
  SqliteState(std::unique_ptr<Database> database, std::string tenant, Clock& clock)
      : database_(std::move(database)),
        reserve_(database_->file()),
        tenant_(std::move(tenant)),
        clock_(&clock) {}

  void sign(std::string user, std::function<std::string()> run_id) override;
  Result<std::optional<ModelCall>> find_call(std::string_view key,
                                             std::optional<std::chrono::seconds> max_age) override;
  Result<std::optional<ModelCall>> peek_call(std::string_view key,
                                             std::optional<std::chrono::seconds> max_age) override;
  std::optional<Claim> try_claim(std::string_view key) override;
  Result<std::int64_t> save_call(const ModelCall& call, const SpendingLimits& limits) override;
  Result<Done> update_call(std::int64_t call_id, const ModelCall& call) override;
  Result<Done> set_outcome(std::int64_t call_id, std::string_view outcome) override;
  Result<Spending> spending() override;
  Result<Done> save_card(const RegisteredCard& card) override;
  Result<Done> save_cards(const std::vector<RegisteredCard>& cards) override;
  Result<std::optional<RegisteredCard>> card_of(std::string_view kpi_id) override;
  Result<std::vector<RegisteredCard>> cards() override;
  Result<Done> forget_card(std::string_view kpi_id) override;

  Result<Done> save_event(const Event& event) override;
  Result<std::vector<Event>> events(const EventFilter& filter) override;
  Result<Done> save_version(const CardVersion& version) override;
  Result<std::vector<CardVersion>> versions(std::string_view kpi_id) override;
  Result<Done> save_value(std::string_view kpi_id, double value, std::string_view period) override;
  Result<std::vector<KpiValue>> values(std::string_view kpi_id, std::int64_t most) override;
  Result<std::int64_t> forget(std::int64_t days) override;
  Result<Done> back_up(const std::filesystem::path& file) override;

private:
  struct FoundCall {
    std::int64_t id = 0;
    ModelCall call;
  };
  Result<std::optional<FoundCall>> look_up(std::string_view key, std::optional<std::chrono::seconds> max_age);
  Result<Done> upsert(const RegisteredCard& card);
  Result<Done> check(const SpendingLimits& limits, double cost_usd);
  Result<Done> set_room_aside(std::int64_t bytes);
  Result<Done> write_answer(std::int64_t call_id, const ModelCall& call);
  Result<Done> changed(std::int64_t call_id) const;
  Result<Done> count_hit(std::int64_t call_id);

  std::mutex mutex_;
  std::unique_ptr<Database> database_;
  Reserve reserve_;
  std::map<std::int64_t, std::int64_t> under_way_;  // calls that were asked: how many bytes each may take
  std::string tenant_;
  Clock* clock_;
  std::string user_;
  std::function<std::string()> run_id_ = [] { return std::string(); };
};

}  // namespace kpi::store
