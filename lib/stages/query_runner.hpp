#pragma once

#include <kpi/base/result.hpp>
#include <kpi/metabase/api.hpp>
#include <kpi/stages/ports.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace kpi::stages {

/// Sends queries: at most so many at once to one database, again after a pause where the server says it is
/// full, and none at all once it is lost. Any thread may call.
class QueryRunner {
public:
  /// `queries` may be null: nothing can be run then. The references outlive the runner. `per_database`: 1 or
  /// more. Metabase holds 15 connections a database for everybody (its own pool), so a few are left.
  QueryRunner(metabase::Queries* queries, std::size_t per_database, const Context& context)
      : queries_(queries),
        per_database_(per_database),
        context_(context) {}

  [[nodiscard]] bool can_run() const { return queries_ != nullptr; }

  /// Fails as Queries::query() does; with the error of the loss, unsent, where the server was lost before.
  /// The time spent waiting for a turn does not count against the query's timeout.
  Result<metabase::QueryResult> run(const metabase::Query& query);

  /// Why the server was given up, if it was.
  [[nodiscard]] std::optional<Error> lost_error() const;
  [[nodiscard]] bool ever_answered() const { return answered_; }

private:
  class Turn;
  Result<metabase::QueryResult> send(const metabase::Query& query);

  metabase::Queries* queries_;
  std::size_t per_database_;
  const Context& context_;
  mutable std::mutex mutex_;  ///< guards all below
  std::condition_variable_any freed_;
  std::map<std::int64_t, std::size_t> under_way_;
  std::optional<Error> lost_;
  std::atomic<bool> answered_ = false;
};

}  // namespace kpi::stages
