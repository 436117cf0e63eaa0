#include <kpi/stages/early_examination.hpp>
#include <kpi/stages/journal.hpp>

#include <algorithm>
#include <utility>

namespace kpi::stages {
namespace {

/// Equal candidates of one database are examined alike, wherever they stand in a report.
std::string key_of(const model::Kpi& candidate, const Target& target) {
  return journal_key(0, candidate, target);
}

}  // namespace

EarlyExamination::EarlyExamination(std::vector<model::Database> databases, const ValidateOptions& options,
                                   const sql::Analyzer& analyzer, metabase::Queries& queries,
                                   const Context& context)
    : databases_(std::move(databases)),
      options_(options),
      context_(context),
      runner_(&queries, options.per_database, context_),
      examination_(options_, analyzer, runner_,
                   {options.max_rows, options.max_groups, options.slow, context.clock.now()}) {}

EarlyExamination::~EarlyExamination() { end(); }

void EarlyExamination::take(const std::vector<model::Kpi>& candidates) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  waiting_.insert(waiting_.end(), candidates.begin(), candidates.end());
  while (crew_.size() < std::max<std::size_t>(context_.jobs, 1)) crew_.emplace_back([this] { work(); });
  changed_.notify_all();
}

void EarlyExamination::end() {
  std::vector<std::jthread> crew;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_.clear();
    crew.swap(crew_);
    changed_.notify_all();
  }
}

std::optional<Examined> EarlyExamination::find(const model::Kpi& candidate, const Target& target) {
  const std::lock_guard lock(mutex_);
  const auto at = done_.find(key_of(candidate, target));
  if (at == done_.end()) return std::nullopt;
  std::optional<Examined> found(std::move(at->second));
  done_.erase(at);
  return found;
}

void EarlyExamination::work() {
  for (;;) {
    model::Kpi candidate;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, context_.stop, [this] { return ended_ || !waiting_.empty(); });
      if (ended_ || context_.stop.stop_requested()) return;
      candidate = std::move(waiting_.front());
      waiting_.pop_front();
    }
    const auto target = target_of(candidate.database_id);
    if (target.schema == nullptr) continue;
    auto key = key_of(candidate, target);
    auto examined = examination_.examine(std::move(candidate), target);
    const bool lost = runner_.lost_error().has_value();
    const std::lock_guard lock(mutex_);
    if (examined.whole && !examined.unknown && !lost)
      done_.insert_or_assign(std::move(key), std::move(examined));
    if (lost) ended_ = true;  // validation meets it again, and says so
  }
}

Target EarlyExamination::target_of(std::int64_t database_id) const {
  const auto at = std::find_if(databases_.begin(), databases_.end(),
                               [&](const auto& database) { return database.id == database_id; });
  if (at == databases_.end()) return {};
  return {database_id, &*at, true};
}

}  // namespace kpi::stages
