#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/categorize.hpp>
#include <kpi/stages/database_ids.hpp>
#include <kpi/stages/discover.hpp>
#include <kpi/stages/result_checks.hpp>
#include <kpi/stages/stage_run.hpp>
#include <kpi/stages/validate.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>

namespace kpi::stages {
namespace {

using model::Severity;

/// Where a KPI's query goes: the id in the Metabase in use, and what is known of the database there.
struct Target {
  std::int64_t database_id = 0;
  const model::Database* schema = nullptr;  ///< null: names cannot be bound
  bool known = true;
};

/// The KPIs' databases in the Metabase in use, by the report's ids.
class Targets {
public:
  /// Asks Metabase which databases there are (where `catalog` is given), and for the metadata of those that
  /// the report does not describe. What is found is added to `databases`, whose ids become those of the
  /// Metabase in use.
  static Result<Targets> make(std::vector<model::Database>& databases, const model::CandidatesReport& report,
                              const ValidatePorts& ports, const Context& context) {
    Targets targets;
    if (ports.catalog == nullptr) {
      targets.complete_ = !databases.empty();
      for (const auto& database : databases)
        targets.by_id_.emplace(database.id, Target{database.id, &database, true});
      return targets;
    }
    auto in_use = ports.catalog->databases(context.stop);
    if (!in_use) return std::move(in_use).error();
    auto ids = match_database_ids(databases, report.envelope.metabase_url, context.metabase_url, *in_use);
    if (!ids) return std::move(ids).error();
    if (databases.empty()) {
      if (auto fetched = fetch(databases, *in_use, report.kpis, ports, context); !fetched) {
        return std::move(fetched).error();
      }
      for (const auto& database : databases) ids->emplace(database.id, database.id);
    }
    for (auto& database : databases) {
      const auto id = ids->find(database.id);
      if (id == ids->end()) continue;
      targets.by_id_.emplace(database.id, Target{id->second, &database, true});
      database.id = id->second;
    }
    for (const auto& info : *in_use) targets.by_id_.emplace(info.id, Target{info.id, nullptr, true});
    targets.complete_ = true;
    return targets;
  }

  /// The target of a KPI's database id; `known` is false where there is no such database.
  [[nodiscard]] Target of(std::int64_t database_id) const {
    const auto at = by_id_.find(database_id);
    return at != by_id_.end() ? at->second : Target{database_id, nullptr, !complete_};
  }

private:
  static Result<Done> fetch(std::vector<model::Database>& databases,
                            const std::vector<metabase::DatabaseInfo>& in_use,
                            const std::vector<model::Kpi>& kpis, const ValidatePorts& ports,
                            const Context& context) {
    std::set<std::int64_t> wanted;
    for (const auto& kpi : kpis) wanted.insert(kpi.database_id);
    for (const auto& info : in_use) {
      if (!wanted.contains(info.id)) continue;
      auto database = ports.catalog->metadata(info, context.stop);
      if (!database) return std::move(database).error();
      enrich(*database, ports.domain);
      databases.push_back(std::move(*database));
    }
    return Done{};
  }

  std::map<std::int64_t, Target> by_id_;
  bool complete_ = false;  ///< every database there is, is in by_id_
};

/// Sends queries until the server is lost, and remembers why.
class Runner {
public:
  Runner(metabase::Queries* queries, const ValidateOptions& options, const Context& context)
      : queries_(queries),
        options_(options),
        context_(context) {}

  [[nodiscard]] bool can_run() const { return queries_ != nullptr && options_.execute; }

  Result<metabase::QueryResult> run(const std::string& sql, std::int64_t database_id) {
    if (const auto lost = lost_error()) return *lost;
    auto result = queries_->query({database_id, sql, options_.max_rows, options_.timeout}, context_.stop);
    if (!result && result.error().fault == Fault::unreachable) {
      const std::lock_guard lock(mutex_);
      if (!lost_) lost_ = result.error();
    }
    if (result) answered_ = true;
    return result;
  }

  /// Why the server was given up, if it was.
  [[nodiscard]] std::optional<Error> lost_error() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }
  [[nodiscard]] bool ever_answered() const { return answered_; }

private:
  metabase::Queries* queries_;
  const ValidateOptions& options_;
  const Context& context_;
  mutable std::mutex mutex_;
  std::optional<Error> lost_;  ///< guarded by mutex_
  std::atomic<bool> answered_ = false;
};

/// One KPI's way through the checks, cheapest first. The result rows are judged and dropped here.
class Examination {
public:
  Examination(const ValidateOptions& options, const ValidatePorts& ports, Runner& runner)
      : options_(options),
        ports_(ports),
        runner_(runner) {}

  /// Examines `kpi` in place; an error only where its query's outcome is unknown.
  std::optional<Error> examine(model::Kpi& kpi, const Target& target) const {
    auto& validation = kpi.validation.emplace();
    if (target.schema != nullptr) kpi.dialect = target.schema->dialect;
    kpi.database_id = target.database_id;
    if (!target.known) {
      add(kpi, "schema.unknown_database", Severity::error,
          "Metabase has no database with id " + std::to_string(kpi.database_id));
      return std::nullopt;
    }
    if (options_.mend) mend(kpi, target);
    auto analysis = ports_.analyzer.analyze(kpi.sql, kpi.dialect, target.schema);
    const bool sound = analysis.may_run() && !analysis.has_error();
    if (kpi.tables.empty()) kpi.tables = analysis.tables;
    validation.findings = std::move(analysis.findings);
    validation.references = std::move(analysis.references);
    validation.fingerprint = std::move(analysis.fingerprint);
    if (!sound) return std::nullopt;
    if (!runner_.can_run()) {
      validation.execution = model::Execution{};
      return std::nullopt;
    }
    return execute(kpi, target);
  }

  /// The rows' verdict has been taken; what is left is the score.
  [[nodiscard]] const std::optional<metabase::QueryResult>& result() const { return result_; }

private:
  static void add(model::Kpi& kpi, const char* code, Severity severity, std::string message) {
    kpi.validation->findings.push_back({code, severity, std::move(message), std::nullopt});
  }

  void mend(model::Kpi& kpi, const Target& target) const {
    auto mended = ports_.analyzer.mend(kpi.sql, kpi.dialect, target.schema);
    if (mended.repairs.empty()) return;
    kpi.sql = std::move(mended.sql);
    kpi.validation->repairs = std::move(mended.repairs);
  }

  std::optional<Error> execute(model::Kpi& kpi, const Target& target) const {
    auto& execution = kpi.validation->execution.emplace();
    auto answer = runner_.run(kpi.sql, target.database_id);
    if (!answer) {
      execution.error = answer.error().line();
      add(kpi, "run.skipped", Severity::error, "could not be run: " + answer.error().line());
      return answer.error();
    }
    execution.elapsed_ms = answer->elapsed.count();
    if (!answer->ok) {
      execution.status = model::RunStatus::failed;
      execution.error = answer->error;
      add(kpi, answer->timed_out ? "run.timeout" : "run.error", Severity::error,
          answer->timed_out ? "took longer than " + std::to_string(options_.timeout.count()) + " s"
                            : answer->error);
      return std::nullopt;
    }
    execution.status = model::RunStatus::ok;
    execution.rows = static_cast<std::int64_t>(answer->rows.size());
    execution.truncated = answer->truncated;
    for (const auto& column : answer->columns) execution.columns.push_back({column.name, column.type});
    for (auto& finding : check_result(kpi, *answer, options_.max_rows)) {
      kpi.validation->findings.push_back(std::move(finding));
    }
    result_ = std::move(*answer);
    return std::nullopt;
  }

  const ValidateOptions& options_;
  const ValidatePorts& ports_;
  Runner& runner_;
  mutable std::optional<metabase::QueryResult> result_;
};

void settle(model::Kpi& kpi) {
  auto& validation = *kpi.validation;
  const bool refused = std::any_of(validation.findings.begin(), validation.findings.end(),
                                   [](const auto& finding) { return finding.severity == Severity::error; });
  validation.status = refused                      ? model::Verdict::rejected
                      : validation.repairs.empty() ? model::Verdict::passed
                                                   : model::Verdict::repaired;
}

/// Gives ids and categories to KPIs that came without, and marks the second of two with one id.
void identify(std::vector<model::Kpi>& kpis, const Targets& targets, const ValidatePorts& ports,
              const Context& context) {
  for (auto& kpi : kpis) {
    const auto target = targets.of(kpi.database_id);
    std::vector<std::string> read;
    if (kpi.tables.empty()) read = ports.analyzer.analyze(kpi.sql, kpi.dialect, target.schema).tables;
    if (kpi.tables.empty()) kpi.tables = std::move(read);
    const std::string table = kpi.tables.empty() ? "" : kpi.tables.front();
    const auto* known = target.schema != nullptr ? target.schema->table(table) : nullptr;
    if (kpi.id.empty()) {
      const bool named = target.schema != nullptr && !target.schema->name.empty();
      const std::string database = named ? target.schema->name : std::to_string(kpi.database_id);
      kpi.id = model::kpi_id(context.run.tenant, database, known != nullptr ? known->qualified_name() : table,
                             kpi.name);
    }
    categorize(kpi, known, ports.domain);
  }
}

/// Marks KPIs that ask what an earlier one asks; the earlier stays.
std::vector<std::optional<model::Finding>> find_duplicates(const std::vector<model::Kpi>& kpis) {
  std::vector<std::optional<model::Finding>> found(kpis.size());
  std::map<std::string, std::size_t> ids;
  std::map<std::string, std::size_t> fingerprints;
  for (std::size_t i = 0; i < kpis.size(); ++i) {
    const auto& kpi = kpis[i];
    if (const auto [first, fresh] = ids.emplace(kpi.id, i); !fresh) {
      found[i] = model::Finding{"dup.id", Severity::warning,
                                "\"" + kpis[first->second].name + "\" of the same table has this name",
                                std::nullopt};
      continue;
    }
    if (!kpi.validation || kpi.validation->fingerprint.empty() ||
        kpi.validation->status == model::Verdict::rejected) {
      continue;
    }
    const auto key = std::to_string(kpi.database_id) + ":" + kpi.validation->fingerprint;
    if (const auto [first, fresh] = fingerprints.emplace(key, i); !fresh) {
      found[i] = model::Finding{"dup.fingerprint", Severity::warning,
                                "asks the same as \"" + kpis[first->second].name + "\"", std::nullopt};
    }
  }
  return found;
}

}  // namespace

Result<Outcome<model::ValidationReport>> validate(const model::CandidatesReport& candidates,
                                                  const ValidateOptions& options, ValidatePorts ports,
                                                  const Context& context) {
  const StageRun run(context, "validate");
  Outcome<model::ValidationReport> outcome;
  auto& report = outcome.report;
  report.envelope = run.open();
  report.envelope.metabase_version = candidates.envelope.metabase_version;
  report.databases = candidates.databases;
  report.kpis = candidates.kpis;

  auto targets = Targets::make(report.databases, candidates, ports, context);
  if (!targets) return std::move(targets).error();
  identify(report.kpis, *targets, ports, context);

  Runner runner(ports.queries, options, context);
  std::vector<std::optional<Error>> unknown(report.kpis.size());
  std::vector<char> examined(report.kpis.size(), 0);
  context.progress.begin("validate", "KPIs", report.kpis.size());
  parallel_for(report.kpis.size(), context.jobs, context.stop, [&](std::size_t i) {
    auto& kpi = report.kpis[i];
    const Examination examination(options, ports, runner);
    unknown[i] = examination.examine(kpi, targets->of(kpi.database_id));
    settle(kpi);
    const auto& rows = examination.result();
    kpi.score = score(kpi, rows ? &*rows : nullptr, ports.weights);
    examined[i] = 1;
    context.progress.step(kpi.validation->status != model::Verdict::rejected);
  });
  context.progress.end();

  if (context.stop.stop_requested()) return interrupted("validate");
  if (const auto lost = runner.lost_error()) {
    if (!runner.ever_answered()) return *lost;
    outcome.partial = true;
  }
  for (std::size_t i = 0; i < report.kpis.size(); ++i) {
    if (!unknown[i]) continue;
    run.file(report.envelope, report.kpis[i].name, *unknown[i]);
    outcome.partial = true;
  }
  auto duplicates = find_duplicates(report.kpis);
  for (std::size_t i = 0; i < report.kpis.size(); ++i) {
    if (!duplicates[i]) continue;
    report.kpis[i].validation->findings.push_back(std::move(*duplicates[i]));
    report.kpis[i].score = score(report.kpis[i], nullptr, ports.weights);
  }
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
