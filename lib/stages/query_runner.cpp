#include <kpi/stages/query_runner.hpp>

#include <utility>

namespace kpi::stages {
namespace {

constexpr int most_tries = 5;
constexpr std::chrono::milliseconds first_pause{500};

/// Somewhere in the upper half of 0.5, 1, 2, 4 s: enough to spread, never none.
std::chrono::milliseconds pause_after(int tried, Clock& clock) {
  const auto longest = first_pause * (1 << (tried - 1));
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return longest / 2 + std::chrono::milliseconds(static_cast<std::int64_t>(clock.random() % (half + 1)));
}

}  // namespace

/// One of a database's places, held while a query is under way.
class QueryRunner::Turn {
public:
  Turn(QueryRunner& runner, std::int64_t database) : runner_(runner), database_(database) {
    std::unique_lock lock(runner.mutex_);
    held_ = runner.freed_.wait(lock, runner.context_.stop, [&] {
      return runner.under_way_[database] < runner.per_database_ || runner.lost_.has_value();
    });
    if (held_) ++runner.under_way_[database];
  }
  ~Turn() {
    if (!held_) return;
    const std::lock_guard lock(runner_.mutex_);
    --runner_.under_way_[database_];
    runner_.freed_.notify_all();  // those who wait may want another database
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  [[nodiscard]] bool held() const { return held_; }

private:
  QueryRunner& runner_;
  std::int64_t database_;
  bool held_ = false;
};

Result<metabase::QueryResult> QueryRunner::run(const metabase::Query& query) {
  const Turn turn(*this, query.database_id);
  if (!turn.held()) return Error{Fault::interrupted, "run.interrupted", "validate", "interrupted", ""};
  if (auto lost = lost_error()) return *std::move(lost);
  auto result = send(query);
  if (!result && result.error().fault == Fault::unreachable) {
    const std::lock_guard lock(mutex_);
    if (!lost_) lost_ = result.error();
    freed_.notify_all();
  }
  if (result) answered_ = true;
  return result;
}

Result<metabase::QueryResult> QueryRunner::send(const metabase::Query& query) {
  for (int tried = 1;; ++tried) {
    auto result = queries_->query(query, context_.stop);
    const bool full = !result && result.error().code == "metabase.saturated";
    if (!full || tried == most_tries) return result;
    // The place is kept meanwhile: a full server gets fewer queries at once.
    if (!context_.clock.sleep(pause_after(tried, context_.clock), context_.stop)) return result;
  }
}

std::optional<Error> QueryRunner::lost_error() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

}  // namespace kpi::stages
