#pragma once

#include <kpi/model/schema.hpp>
#include <kpi/stages/examination.hpp>
#include <kpi/stages/ports.hpp>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace kpi::stages {

/// Examines candidates while others are still being written: a model takes seconds for a table, and Metabase
/// would wait. What comes of it is kept in memory for the validation that follows, which finds the same as if
/// it had looked itself. What could not be settled is left to it. Any thread may call.
class EarlyExamination {
public:
  /// `databases` are the candidates', in the Metabase in use. Works on `context.jobs` candidates at a time.
  /// The other references outlive it.
  EarlyExamination(std::vector<model::Database> databases, const ValidateOptions& options,
                   const sql::Analyzer& analyzer, metabase::Queries& queries, const Context& context);
  /// Ends it.
  ~EarlyExamination();
  EarlyExamination(const EarlyExamination&) = delete;
  EarlyExamination& operator=(const EarlyExamination&) = delete;

  /// Candidates as the candidates report has them, to be examined in their turn.
  void take(const std::vector<model::Kpi>& candidates);
  /// Takes in what is under way and begins nothing more.
  void end();
  /// What came of `candidate`, handed out once; none where it was not come to.
  [[nodiscard]] std::optional<Examined> find(const model::Kpi& candidate, const Target& target);

private:
  void work();
  [[nodiscard]] Target target_of(std::int64_t database_id) const;

  std::vector<model::Database> databases_;
  ValidateOptions options_;
  Context context_;
  QueryRunner runner_;
  Examination examination_;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable_any changed_;
  std::deque<model::Kpi> waiting_;
  std::map<std::string, Examined> done_;
  bool ended_ = false;
  std::vector<std::jthread> crew_;  ///< hired with the first candidates
};

}  // namespace kpi::stages
