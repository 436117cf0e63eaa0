#include <kpi/stages/card_run.hpp>

#include <algorithm>

namespace kpi::stages {

CardRun card_run_of(const metabase::QueryResult& result) {
  CardRun run;
  run.elapsed = result.elapsed;
  if (result.rows.empty()) {
    run.nothing = "gives no rows";
  } else if (result.rows.size() == 1 && std::all_of(result.rows[0].begin(), result.rows[0].end(),
                                                    [](const Json& cell) { return cell.is_null(); })) {
    run.nothing = "gives one row of nothing";
  } else {
    run.value = number_of(result);
  }
  return run;
}

void CardRuns::note(std::int64_t card_id, const std::string& hash, CardRun run) {
  const std::lock_guard lock(mutex_);
  runs_.insert_or_assign({card_id, hash}, std::move(run));
}

std::optional<CardRun> CardRuns::find(std::int64_t card_id, const std::string& hash) const {
  const std::lock_guard lock(mutex_);
  const auto at = runs_.find({card_id, hash});
  return at == runs_.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace kpi::stages
