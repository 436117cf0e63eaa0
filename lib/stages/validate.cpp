#include <kpi/base/parallel.hpp>
#include <kpi/stages/categorize.hpp>
#include <kpi/stages/duplicates.hpp>
#include <kpi/stages/score.hpp>
#include <kpi/stages/stage_run.hpp>
#include <kpi/stages/validate.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <semaphore>
#include <set>
#include <string>
#include <utility>

namespace kpi::stages {
namespace {

/// Gives ids and categories to KPIs that came without.
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

void add_usage(model::RepairUsage& all, const model::RepairUsage& one) {
  all.asked += one.asked;
  all.accepted += one.accepted;
  all.llm_calls += one.llm_calls;
  all.cached_calls += one.cached_calls;
  all.prompt_tokens += one.prompt_tokens;
  all.completion_tokens += one.completion_tokens;
  if (!one.cost_usd) all.cost_usd.reset();
  if (all.cost_usd && one.cost_usd) *all.cost_usd += *one.cost_usd;
}

/// What became of each KPI beside what it says itself.
struct Aftermath {
  std::optional<ResultFacts> facts;
  std::optional<Error> unknown;
  ModelRepair::Taken repair;
};

/// Two lanes: a model takes seconds where a query takes a fraction, and who waits for one must not keep
/// others from the other.
class Lanes {
public:
  /// `jobs` KPIs in each.
  explicit Lanes(std::size_t jobs)
      : queries_(static_cast<std::ptrdiff_t>(jobs)),
        models_(static_cast<std::ptrdiff_t>(jobs)) {}

  Examined examine(const Examination& examination, model::Kpi kpi, const Target& target) {
    const Place place(queries_);
    return examination.examine(std::move(kpi), target);
  }

  ModelRepair::Taken repair(ModelRepair& repair, Examined& examined, const Target& target,
                            const Examination& examination) {
    if (examined.standing == Standing::sound) return {};
    const Place place(models_);
    return repair.repair(examined, target, examination);
  }

private:
  using Lane = std::counting_semaphore<>;
  class Place {
  public:
    explicit Place(Lane& lane) : lane_(lane) { lane_.acquire(); }
    ~Place() { lane_.release(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

  private:
    Lane& lane_;
  };

  Lane queries_;
  Lane models_;
};

/// Validates one KPI in place, or takes what the journal says of it. Only what no further try could see
/// otherwise goes into the journal.
Aftermath validate_one(std::size_t index, model::Kpi& kpi, const Target& target,
                       const Examination& examination, ModelRepair& repair, Lanes& lanes,
                       const ValidatePorts& ports) {
  auto* const journal = ports.journal;
  Aftermath after;
  const auto key = journal == nullptr ? std::string() : journal_key(index, kpi, target);
  const auto text = journal == nullptr ? std::optional<std::string>() : journal->find(key);
  if (auto before = text ? read_journal_text(*text) : std::nullopt) {
    kpi = std::move(before->kpi);
    after.facts = std::move(before->facts);
    after.repair.usage = before->usage;
    return after;
  }
  auto early = ports.early == nullptr ? std::nullopt : ports.early->find(kpi, target);
  auto examined = early ? *std::move(early) : lanes.examine(examination, std::move(kpi), target);
  after.repair = lanes.repair(repair, examined, target, examination);
  kpi = std::move(examined.kpi);
  after.facts = std::move(examined.facts);
  after.unknown = std::move(examined.unknown);
  if (journal != nullptr && examined.whole) {
    const auto kept = journal_text({kpi, after.facts, after.repair.usage});
    if (!kept.empty()) journal->keep(key, kept);
  }
  return after;
}

/// Scores all KPIs: each by itself, then without duplicates, then against each other.
void judge(std::vector<model::Kpi>& kpis, const std::vector<Aftermath>& aftermath,
           const ValidatePorts& ports) {
  std::vector<std::optional<ResultFacts>> facts;
  for (const auto& one : aftermath) facts.push_back(one.facts);
  score_all(kpis, facts, ports.weights);
  auto duplicates = find_duplicates(kpis, facts);
  for (std::size_t i = 0; i < kpis.size(); ++i) {
    if (duplicates[i]) kpis[i].validation->findings.push_back(std::move(*duplicates[i]));
  }
  score_all(kpis, facts, ports.weights);
  for (auto& kpi : kpis)
    kpi.validation->steps.push_back({"score", kpi.score->total > 0 ? "ok" : "failed", kpi.score->formula});
}

/// Files what could not be done; a model that could not be asked stands once, however many KPIs it failed.
void file_failures(const StageRun& run, const std::vector<model::Kpi>& kpis,
                   const std::vector<Aftermath>& aftermath, Outcome<model::ValidationReport>& outcome) {
  std::set<std::string> told;
  for (std::size_t i = 0; i < kpis.size(); ++i) {
    const auto& failure = aftermath[i].repair.failure;
    if (aftermath[i].unknown) run.file(outcome.report.envelope, kpis[i].name, *aftermath[i].unknown);
    if (failure && told.insert(failure->code).second)
      run.file(outcome.report.envelope, kpis[i].name, *failure);
    if (aftermath[i].unknown || failure) outcome.partial = true;
  }
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

  auto targets = Targets::make(report.databases, candidates, ports.catalog, ports.domain, context);
  if (!targets) return std::move(targets).error();
  identify(report.kpis, *targets, ports, context);

  QueryRunner runner(ports.queries, options.per_database, context);
  const Examination examination(options, ports.analyzer, runner,
                                {options.max_rows, options.max_groups, options.slow, context.clock.now()});
  ModelRepair repair(ports.repairer_for, options.repair_rounds, ports.analyzer, ports.domain, context);
  std::vector<Aftermath> aftermath(report.kpis.size());
  context.progress.begin("validate", "KPIs", report.kpis.size());
  Lanes lanes(std::max<std::size_t>(context.jobs, 1));
  // Asked for one at a time, all is done in order.
  const std::size_t threads = context.jobs > 1 ? 2 * context.jobs : 1;
  parallel_for(report.kpis.size(), threads, context.stop, [&](std::size_t i) {
    const auto target = targets->of(report.kpis[i].database_id);
    aftermath[i] = validate_one(i, report.kpis[i], target, examination, repair, lanes, ports);
    context.progress.step(report.kpis[i].validation->status != model::Verdict::rejected);
  });
  context.progress.end();

  if (context.stop.stop_requested()) return interrupted("validate");
  if (const auto lost = runner.lost_error()) {
    if (!runner.ever_answered()) return *lost;
    outcome.partial = true;
  }
  for (const auto& one : aftermath) add_usage(report.repair, one.repair.usage);
  file_failures(run, report.kpis, aftermath, outcome);
  judge(report.kpis, aftermath, ports);
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
