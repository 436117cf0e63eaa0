#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/categorize.hpp>
#include <kpi/stages/filter.hpp>
#include <kpi/stages/generate.hpp>
#include <kpi/stages/stage_run.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace kpi::stages {
namespace {

struct Job {
  const model::Database* database;
  const model::Table* table;
};

/// The tables to work on, in the schema's order.
std::vector<Job> choose(const model::SchemaReport& schema, const GenerateOptions& options) {
  std::set<std::string> changed;
  if (options.changed_only && schema.changes) {
    for (const auto* list : {&schema.changes->added, &schema.changes->changed}) {
      for (const auto& change : *list) changed.insert(change.table);
    }
    for (const auto& change : schema.changes->removed) {
      if (!change.field.empty()) changed.insert(change.table);
    }
  }
  std::vector<Job> jobs;
  for (const auto& database : schema.databases) {
    for (const auto& table : database.tables) {
      if (!matches_any(table.name, options.tables)) continue;
      if (options.changed_only && !changed.contains(database.name + "." + table.qualified_name())) continue;
      jobs.push_back({&database, &table});
    }
  }
  return jobs;
}

/// All tables' drafts, or why there is none; not set: not begun. Once one fails in a way that every other
/// would too, nothing new is begun.
std::vector<std::optional<Result<llm::Draft>>> write_all(const std::vector<Job>& jobs,
                                                         const GenerateOptions& options, GeneratePorts ports,
                                                         const Context& context) {
  std::vector<std::optional<Result<llm::Draft>>> drafts(jobs.size());
  std::stop_source halt;
  const std::stop_callback forward(context.stop, [&halt] { halt.request_stop(); });
  context.progress.begin("generate", "tables", jobs.size());
  parallel_for(jobs.size(), context.jobs, halt.get_token(), [&](std::size_t i) {
    const llm::TableTask task{*jobs[i].database,  *jobs[i].table,   ports.domain,
                              context.run.tenant, options.min_kpis, options.max_kpis};
    auto draft = ports.generator.generate(task, context.stop);
    const bool all_would_fail = !draft && draft.error().fault != Fault::item;
    if (!draft && ports.fallback != nullptr && draft.error().fault != Fault::interrupted) {
      const auto why = draft.error().line();
      draft = ports.fallback->generate(task, context.stop);
      if (draft) draft->notes.push_back("filled by " + std::string(ports.fallback->provider()) + ": " + why);
    } else if (all_would_fail) {
      halt.request_stop();
    }
    context.progress.step(draft.has_value());
    drafts[i] = std::move(draft);
  });
  context.progress.end();
  return drafts;
}

/// Takes a table's KPIs into the report: ids, categories, no name twice. Two names for one question are
/// validate's to tell. Returns how many were kept.
class Collector {
public:
  Collector(model::CandidatesReport& report, GeneratePorts ports, const Context& context)
      : report_(report),
        ports_(ports),
        context_(context) {}

  std::int64_t take(const Job& job, std::vector<model::Kpi> kpis, std::size_t at_most) {
    std::int64_t kept = 0;
    for (auto& kpi : kpis) {
      if (std::cmp_equal(kept, at_most)) break;
      complete(kpi, job);
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
  void complete(model::Kpi& kpi, const Job& job) const {
    kpi.database_id = job.database->id;
    kpi.dialect = job.database->dialect;
    if (kpi.tables.empty()) kpi.tables.push_back(job.table->qualified_name());
    kpi.id = model::kpi_id(context_.run.tenant, job.database->name, kpi.tables.front(), kpi.name);
    categorize(kpi, job.table, ports_.domain);
  }

  model::CandidatesReport& report_;
  GeneratePorts ports_;
  const Context& context_;
  std::set<std::string> ids_;
};

void add_usage(model::CandidatesReport& report, const llm::Draft& draft) {
  report.llm_calls += draft.calls;
  report.cached_calls += draft.cached_calls;
  report.prompt_tokens += draft.prompt_tokens;
  report.completion_tokens += draft.completion_tokens;
  if (report.cost_usd && draft.cost_usd) {
    *report.cost_usd += *draft.cost_usd;
  } else {
    report.cost_usd.reset();
  }
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

  const auto jobs = choose(schema, options);
  auto drafts = write_all(jobs, options, ports, context);

  Collector collector(report, ports, context);
  std::optional<Error> fatal;
  std::size_t finished = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    model::TableOutcome table;
    table.database_id = jobs[i].database->id;
    table.schema = jobs[i].table->schema;
    table.name = jobs[i].table->name;
    if (!drafts[i]) {
      table.status = model::TableStatus::skipped;
      table.error = "not begun";
    } else if (!*drafts[i]) {
      const auto& error = drafts[i]->error();
      if (error.fault != Fault::item && !fatal) fatal = error;
      table.status = model::TableStatus::failed;
      table.attempts = 1;
      table.error = error.line();
      run.file(report.envelope, jobs[i].table->qualified_name(), error);
    } else {
      auto& draft = **drafts[i];
      for (const auto& note : draft.notes) {
        context.progress.note("generate: " + single_line(jobs[i].table->name) + ": " + single_line(note));
      }
      add_usage(report, draft);
      table.attempts = draft.attempts;
      table.kpis = collector.take(jobs[i], std::move(draft.kpis), static_cast<std::size_t>(options.max_kpis));
      table.status = table.kpis < options.min_kpis ? model::TableStatus::too_short : model::TableStatus::ok;
      ++finished;
    }
    report.tables.push_back(std::move(table));
  }
  outcome.interrupted = context.stop.stop_requested();
  outcome.partial = !report.envelope.errors.empty();
  if (fatal && finished == 0 && !outcome.interrupted) return *fatal;
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
