#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/categorize.hpp>
#include <kpi/stages/filter.hpp>
#include <kpi/stages/generate.hpp>
#include <kpi/stages/personal.hpp>
#include <kpi/stages/stage_run.hpp>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace kpi::stages {
namespace {

struct Job {
  const model::Database* database;
  const model::Table* table;
};

/// The tables of `databases` to work on, in their order.
std::vector<Job> choose(const std::vector<model::Database>& databases,
                        const std::optional<model::Changes>& changes, const GenerateOptions& options) {
  std::set<std::string> changed;
  if (options.changed_only && changes) {
    for (const auto* list : {&changes->added, &changes->changed}) {
      for (const auto& change : *list) changed.insert(change.table);
    }
    for (const auto& change : changes->removed) {
      if (!change.field.empty()) changed.insert(change.table);
    }
  }
  std::vector<Job> jobs;
  for (const auto& database : databases) {
    for (const auto& table : database.tables) {
      if (!matches_any(table.name, options.tables)) continue;
      if (options.changed_only && !changed.contains(database.name + "." + table.qualified_name())) continue;
      jobs.push_back({&database, &table});
    }
  }
  return jobs;
}

/// What became of a table.
struct Written {
  std::optional<Result<llm::Draft>> draft;  ///< not set: not begun, or stopped before it was asked for
  std::optional<Error> failure;             ///< of the generator; `draft` is the fallback's, if there is one
  llm::Spent spent;
};

/// A KPI as the report has it: where it is at home, its id and category.
void complete(model::Kpi& kpi, const Job& job, const GeneratePorts& ports, const Context& context) {
  kpi.database_id = job.database->id;
  kpi.dialect = job.database->dialect;
  if (kpi.tables.empty()) kpi.tables.push_back(job.table->qualified_name());
  kpi.id = model::kpi_id(context.run.tenant, job.database->name, kpi.tables.front(), kpi.name);
  categorize(kpi, job.table, ports.domain);
}

/// Completes a table's KPIs, and tells of those that the report can take.
void hand_on(llm::Draft& draft, const Job& job, const GenerateOptions& options, const GeneratePorts& ports,
             const Context& context) {
  for (auto& kpi : draft.kpis) complete(kpi, job, ports, context);
  if (!ports.on_kpis) return;
  const auto most = std::min(draft.kpis.size(), static_cast<std::size_t>(options.max_kpis));
  ports.on_kpis({draft.kpis.begin(), draft.kpis.begin() + static_cast<std::ptrdiff_t>(most)});
}

/// All tables' drafts. Once one fails in a way that every other would too, no other is asked for; what is
/// under way is taken in.
std::vector<Written> write_all(const std::vector<Job>& jobs, const GenerateOptions& options,
                               const GeneratePorts& ports, const Context& context) {
  std::vector<Written> written(jobs.size());
  std::mutex mutex;               // guards hopeless
  std::optional<Error> hopeless;  // the first failure that every other table would meet too
  std::stop_source halt;
  const std::stop_callback forward(context.stop, [&halt] { halt.request_stop(); });
  const auto write = [&](const llm::TableTask& task, llm::Spent& spent) -> Result<llm::Draft> {
    {
      const std::lock_guard lock(mutex);
      if (hopeless) return *hopeless;
    }
    auto draft = ports.generator.generate(task, spent, context.stop);
    if (!draft && draft.error().fault != Fault::item && draft.error().fault != Fault::interrupted) {
      const std::lock_guard lock(mutex);
      if (!hopeless) hopeless = draft.error();
      if (ports.fallback == nullptr || draft.error().fault == Fault::machine) halt.request_stop();
    }
    return draft;
  };
  context.progress.begin("generate", "tables", jobs.size());
  parallel_for(jobs.size(), context.jobs, halt.get_token(), [&](std::size_t i) {
    const llm::TableTask task{*jobs[i].database,  *jobs[i].table,   ports.domain,
                              context.run.tenant, options.min_kpis, options.max_kpis};
    auto draft = write(task, written[i].spent);
    if (!draft && draft.error().fault == Fault::interrupted) return;
    if (!draft) written[i].failure = draft.error();
    if (!draft && ports.fallback != nullptr && draft.error().fault != Fault::machine) {
      draft = ports.fallback->generate(task, written[i].spent, context.stop);
      if (!draft && draft.error().fault == Fault::interrupted) return;
      if (draft) {
        draft->notes.push_back("filled by " + std::string(ports.fallback->provider()) + ": " +
                               written[i].failure->line());
      }
    }
    if (draft) hand_on(*draft, jobs[i], options, ports, context);
    context.progress.step(draft.has_value());
    written[i].draft = std::move(draft);
  });
  context.progress.end();
  return written;
}

/// Takes a table's KPIs into the report, no name twice. Two names for one question are
/// validate's to tell. Returns how many were kept.
class Collector {
public:
  Collector(model::CandidatesReport& report, const Context& context) : report_(report), context_(context) {}

  std::int64_t take(const Job& job, std::vector<model::Kpi> kpis, std::size_t at_most) {
    std::int64_t kept = 0;
    for (auto& kpi : kpis) {
      if (std::cmp_equal(kept, at_most)) break;
      if (!ids_.insert(kpi.id).second) {
        context_.progress.note("generate: " + single_line(job.table->name) + ": a second \"" +
                               single_line(kpi.name) + "\" was left out");
        continue;
      }
      report_.kpis.push_back(std::move(kpi));
      ++kept;
    }
    return kept;
  }

private:
  model::CandidatesReport& report_;
  const Context& context_;
  std::set<std::string> ids_;
};

void note_spent(model::CandidatesReport& report, const llm::Spent& spent) {
  report.llm_calls = spent.calls;
  report.cached_calls = spent.cached_calls;
  report.prompt_tokens = spent.prompt_tokens;
  report.completion_tokens = spent.completion_tokens;
  constexpr double millionths = 1e6;  // what a token costs; beyond it is rounding
  if (spent.cost_usd)
    report.cost_usd = std::round(*spent.cost_usd * millionths) / millionths;
  else
    report.cost_usd.reset();
}

}  // namespace

Result<Outcome<model::CandidatesReport>> generate(const model::SchemaReport& schema,
                                                  const GenerateOptions& options, GeneratePorts ports,
                                                  const Context& context) {
  const StageRun run(context, "generate");
  Outcome<model::CandidatesReport> outcome;
  auto& report = outcome.report;
  report.envelope = run.open();
  report.envelope.metabase_url = schema.envelope.metabase_url;
  report.envelope.metabase_version = schema.envelope.metabase_version;
  report.databases = schema.databases;
  // A report written by hand flags nothing; what is personal must reach no model and no further report.
  for (auto& database : report.databases) {
    for (auto& table : database.tables) flag_personal(table);
  }

  const auto jobs = choose(report.databases, schema.changes, options);
  auto written = write_all(jobs, options, ports, context);

  Collector collector(report, context);
  std::optional<Error> fatal;
  std::size_t finished = 0;
  llm::Spent spent;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    model::TableOutcome table;
    table.database_id = jobs[i].database->id;
    table.schema = jobs[i].table->schema;
    table.name = jobs[i].table->name;
    table.attempts = written[i].spent.attempts;
    spent += written[i].spent;
    auto& draft_or_error = written[i].draft;
    if (const auto& failure = written[i].failure) {
      // Filled or not, it is not what was asked for.
      table.status = model::TableStatus::failed;
      table.error = failure->line();
      run.file(report.envelope, jobs[i].table->qualified_name(), *failure);
      const bool for_all = failure->fault != Fault::item;
      if (for_all && (!fatal || failure->fault == Fault::machine)) fatal = failure;
    }
    if (!draft_or_error) {
      table.status = model::TableStatus::skipped;
      table.error = "not begun";
    } else if (*draft_or_error) {
      auto& draft = **draft_or_error;
      for (const auto& note : draft.notes) {
        context.progress.note("generate: " + single_line(jobs[i].table->name) + ": " + single_line(note));
      }
      table.kpis = collector.take(jobs[i], std::move(draft.kpis), static_cast<std::size_t>(options.max_kpis));
      table.status = table.kpis < options.min_kpis ? model::TableStatus::too_short : model::TableStatus::ok;
      if (draft.shortfall && !table.error) {
        table.error = "short: " + draft.shortfall->line();
        run.file(report.envelope, jobs[i].table->qualified_name(), *draft.shortfall);
      }
      ++finished;
    }
    report.tables.push_back(std::move(table));
  }
  note_spent(report, spent);
  outcome.interrupted = context.stop.stop_requested();
  outcome.partial = !report.envelope.errors.empty();
  // Without a disk there is no whole report to give; finished answers are in the state file as far as it
  // goes.
  const bool no_report = fatal && (finished == 0 || fatal->fault == Fault::machine);
  if (no_report && !outcome.interrupted) return *fatal;
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
