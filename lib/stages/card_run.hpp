#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/stages/usual_range.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

// One run of a card, as registration makes it and an audit judges it.
namespace kpi::stages {

/// A run that the database answered. Its rows are looked at and dropped.
struct CardRun {
  std::string nothing;          ///< "gives no rows"; empty where there is something to see
  std::optional<Number> value;  ///< the KPI's number
  std::chrono::milliseconds elapsed{0};
};

/// What `result`, which is ok, says of its card.
[[nodiscard]] CardRun card_run_of(const metabase::QueryResult& result);

/// The runs that registration made of the cards it wrote, kept in memory for the audit that follows in the
/// same `kpi run`: it need not ask for the same thing seconds later. Any thread may call.
class CardRuns {
public:
  /// `hash` is of the content that ran, as the card's marker has it.
  void note(std::int64_t card_id, const std::string& hash, CardRun run);
  /// The run of card `card_id` with that content; none where there was none.
  [[nodiscard]] std::optional<CardRun> find(std::int64_t card_id, const std::string& hash) const;

private:
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::pair<std::int64_t, std::string>, CardRun> runs_;
};

}  // namespace kpi::stages
