// kpi validate: candidates report -> validation report. Flags and wiring; the work is stages::validate.
#include "finish.hpp"
#include "invocation.hpp"
#include "journal.hpp"
#include "repair.hpp"
#include "stage_commands.hpp"
#include "version.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/stages/validate.hpp>

#include <algorithm>
#include <cmath>

namespace kpi::app {
namespace {

/// What is wrong with one of --fail-on: a gate that no finding can meet would hold for ever, unseen.
std::string check_gate(const std::string& gate, bool audits) {
  std::vector<std::string> known;
  if (audits) known = audit_gates();
  if (std::find(known.begin(), known.end(), gate) != known.end()) return "";
  for (const auto& kind : sql::finding_catalogue()) {
    if (glob_match(gate, kind.code)) return "";
    known.emplace_back(kind.code);
    known.emplace_back(std::string(kind.code.substr(0, kind.code.find('.'))) + ".*");
  }
  const auto near = nearest(gate, known);
  return fmt::format("no finding has a code like \"{}\"; {}", single_line(shorten(gate, 60)),
                     near ? fmt::format("did you mean {}?", *near) : "kpi help codes lists them");
}

/// Why --min-success does not hold; empty: it does. In whole KPIs: 29 of 100 are 29%, whatever a quotient in
/// floating point makes of it. Of none at all no share holds: a gate is there to notice that, too.
std::string too_few(const std::vector<model::Kpi>& kpis, double percent) {
  const auto total = static_cast<double>(kpis.size());
  const auto working = static_cast<double>(std::count_if(kpis.begin(), kpis.end(), [](const model::Kpi& kpi) {
    return kpi.validation && kpi.validation->status != model::Verdict::rejected;
  }));
  if (kpis.empty() && percent > 0)
    return fmt::format("there is no KPI to judge, and --min-success {} asks for some that hold", percent);
  if (working * 100 >= percent * total) return "";
  return fmt::format("{} of {} KPIs hold ({}), {} fewer than --min-success {} asks for", working, total,
                     render::percent_text(working / total), std::ceil(percent * total / 100 - working),
                     percent);
}

/// Which KPIs have a finding that --fail-on names; empty: none has.
std::string found_against(const std::vector<model::Kpi>& kpis, const std::vector<std::string>& globs) {
  std::size_t hits = 0;
  std::string first;
  for (const auto& kpi : kpis) {
    if (!kpi.validation) continue;
    const auto& findings = kpi.validation->findings;
    const auto hit = std::find_if(findings.begin(), findings.end(), [&](const model::Finding& finding) {
      return std::any_of(globs.begin(), globs.end(),
                         [&](const std::string& glob) { return glob_match(glob, finding.code); });
    });
    if (hit == findings.end()) continue;
    if (hits++ == 0) first = hit->code + " in \"" + kpi.name + "\"";
  }
  if (hits == 0) return "";
  return fmt::format("{} KPI{} with a finding of --fail-on {} (the first: {})", hits, hits == 1 ? "" : "s",
                     join(globs, ","), first);
}

}  // namespace

void add_flags(Flags& flags, CLI::App& command, ValidateFlags& target) {
  command.add_flag("--no-execute", target.no_execute, "Static checks only; asks Metabase nothing but names");
  command.add_flag("--no-fix", target.no_fix, "No deterministic repair");
  flags.key("--timeout", "validate.timeout_s", "Seconds one query may take (default: 30)", "SECONDS");
  flags.key("--repair", "validate.repair", "Rounds of repair by a model, 0 to 10 (default: 2)", "N");
  // `kpi run` has these from generate.
  if (command.get_option_no_throw("--provider") == nullptr) {
    flags.key("--provider", "llm.provider",
              "Model that repairs any KPI (default: each KPI's own author; rules repairs none)", "NAME");
    flags.key("--model", "llm.model", "Model (default: the provider's)", "NAME");
    flags.key("--base-url", "llm.base_url", "OpenAI-compatible server", "URL")->check(no_password());
    flags.key("--budget", "llm.budget_usd", "Most this run may spend on repair", "USD");
  }
  flags.key("--max-rows", "validate.max_rows", "Rows one query may return (default: 2000)", "N");
  command
      .add_option("--min-success", target.min_success,
                  "Exit 1 where fewer KPIs than this pass, in percent, or there is none")
      ->check(number_between(0, 100))
      ->option_text("PERCENT");
  const bool audits = command.get_name() == "run";
  add_repeatable(command, "--fail-on", target.fail_on,
                 "Exit 1 where a finding's code matches (guard.*,lint.*)" +
                     std::string(audits ? ", or a card is " + join(audit_gates(), ",") : ""))
      ->delimiter(',')
      ->check([audits](const std::string& gate) { return check_gate(gate, audits); })
      ->type_name(audits ? "CODE-GLOB|STATUS,..." : "CODE-GLOB,...");
  command.add_option("--metadata", target.metadata, "Schema report to bind names against")
      ->type_name("REPORT");
}

namespace {

stages::ValidateOptions options_of(const Session& session, const ValidateFlags& flags) {
  const auto& settings = session.settings().validate;
  stages::ValidateOptions options;
  options.execute = !flags.no_execute;
  options.mend = !flags.no_fix;
  options.timeout = std::chrono::seconds(settings.timeout_s);
  options.max_rows = settings.max_rows;
  options.repair_rounds = static_cast<int>(settings.repair);
  options.per_database = static_cast<std::size_t>(settings.per_database);
  options.slow = std::chrono::seconds(settings.slow_s);
  options.max_groups = static_cast<std::size_t>(settings.max_groups);
  options.plan_from_rows = settings.plan_from_rows;
  options.max_plan_rows = settings.max_plan_rows;
  options.max_plan_cost = settings.max_plan_cost;
  return options;
}

}  // namespace

Result<std::unique_ptr<stages::EarlyExamination>> examine_early(Session& session, Ports& ports,
                                                                const model::SchemaReport& schema,
                                                                const ValidateFlags& flags,
                                                                const std::string& run_id) {
  const auto options = options_of(session, flags);
  // Names are bound to another report's tables, or nothing is sent that is worth an early start.
  if (!options.execute || !flags.metadata.empty()) return std::unique_ptr<stages::EarlyExamination>();
  auto analyzer = ports.analyzer();
  if (!analyzer) return std::move(analyzer).error();
  auto metabase = ports.metabase();
  if (!metabase) return std::move(metabase).error();
  auto queries = ports.queries();
  if (!queries) return std::move(queries).error();
  return std::make_unique<stages::EarlyExamination>(schema.databases, options, **analyzer, **queries,
                                                    session.context(ports.metabase_url(), run_id));
}

Result<stages::Outcome<model::ValidationReport>> validate(
    Session& session, Ports& ports, const ReadReport<model::CandidatesReport>& candidates,
    const ValidateFlags& flags, const std::string& run_id, stages::Journal* journal,
    stages::EarlyExamination* early) {
  const auto options = options_of(session, flags);
  model::CandidatesReport with_metadata;
  const model::CandidatesReport* report = &candidates.report;
  if (!flags.metadata.empty()) {
    auto schema = load_report<model::SchemaReport>(flags.metadata, session.stop());
    if (!schema) return std::move(schema).error();
    with_metadata = candidates.report;
    with_metadata.databases = std::move(schema->report.databases);
    report = &with_metadata;
  }
  auto domain = ports.domain();
  if (!domain) return std::move(domain).error();
  auto weights = ports.weights();
  if (!weights) return std::move(weights).error();
  auto analyzer = ports.analyzer();
  if (!analyzer) return std::move(analyzer).error();

  auto repairers = Repairers::open(session, ports, flags, report->kpis);
  if (!repairers) return std::move(repairers).error();

  stages::ValidatePorts handed{nullptr,   nullptr,           **analyzer, **domain,
                               **weights, repairers->port(), journal,    early};
  if (options.execute) {
    auto metabase = ports.metabase();
    if (!metabase) return std::move(metabase).error();
    handed.catalog = *metabase;
    auto queries = ports.queries();
    if (!queries) return std::move(queries).error();
    handed.queries = *queries;
  }
  const auto& url = options.execute ? ports.metabase_url() : report->envelope.metabase_url;
  auto outcome = stages::validate(*report, options, handed, session.context(url, run_id));
  if (outcome) outcome->report.envelope.input = candidates.input;
  return outcome;
}

std::string purpose_of_validation(const Session& session,
                                  const ReadReport<model::CandidatesReport>& candidates,
                                  const ValidateFlags& flags) {
  std::string text = "validate\n" + std::string(version) + "\n" + candidates.input.sha256 + "\n";
  text += settings_behind_reports(session.loaded());
  const auto metadata = flags.metadata.empty() ? Result<std::string>("") : read_file(flags.metadata);
  return text + fmt::format("{} {} {} {} {} {}", session.common().sandbox, flags.no_execute, flags.no_fix,
                            flags.no_cache, flags.replay, metadata ? sha256_hex(*metadata) : "");
}

Result<Done> check_repairer(Session& session, Ports& ports, const ValidateFlags& flags) {
  auto repairers = Repairers::open(session, ports, flags, {});
  if (!repairers) return std::move(repairers).error();
  return Done{};
}

std::string broken_gate(const model::ValidationReport& report, const ValidateFlags& flags) {
  const auto few = flags.min_success ? too_few(report.kpis, *flags.min_success) : "";
  const auto found = found_against(report.kpis, flags.fail_on);
  return few + (few.empty() || found.empty() ? "" : "; ") + found;
}

namespace {

struct Validate {
  Common common;
  ValidateFlags flags;
  std::string input;
  bool list_findings = false;
};

Result<Ending> list_findings() {
  std::string text;
  for (const auto& kind : sql::finding_catalogue()) {
    text += fmt::format("{:<28} {:<8} {}\n{:<37} {}\n", kind.code, model::to_string(kind.severity),
                        kind.meaning, "", single_line(kind.example));
  }
  auto written = write_output("", text);
  if (!written) return std::move(written).error();
  return Ending{*written == Written::closed ? Exit::closed : Exit::done, ""};
}

Result<Ending> run_validate(const Validate& command, Surroundings& around) {
  if (command.list_findings) return list_findings();
  auto session = Session::open(command.common, around, "kpi validate");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  Ports ports(**session);
  // Before the report, which may be hours away in a pipe: a missing key is told at once.
  if (auto fine = check_repairer(**session, ports, command.flags); !fine) return std::move(fine).error();
  auto candidates = load_report<model::CandidatesReport>(command.input, around.stop);
  if (!candidates) return std::move(candidates).error();
  std::unique_ptr<FileJournal> journal;
  if (!command.flags.no_execute) {
    const auto purpose = purpose_of_validation(**session, *candidates, command.flags);
    journal = FileJournal::open(journal_file(**session, purpose), purpose, FileJournal::Take::cut_off,
                                (*session)->clock());
    tell_of_earlier(**session, journal.get());
  }
  auto outcome = validate(**session, ports, *candidates, command.flags, "", journal.get());
  if (!outcome) return std::move(outcome).error();
  auto ending = finish(**session, *outcome, "validate", broken_gate(outcome->report, command.flags));
  // A report that nobody took is asked for again.
  if (ending && ending->code != Exit::closed && journal) journal->discard();
  return ending;
}

}  // namespace

void add_validate(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Validate>();
  auto* command = root.add_subcommand("validate", "Check, mend, run and score KPIs -> validation report");
  Flags flags(*command, self->common);
  command->add_option("report", self->input, "Candidates report, or - for standard input")
      ->option_text("REPORT");
  add_flags(flags, *command, self->flags);
  command->add_flag("--list-findings", self->list_findings,
                    "Print every finding code with its meaning, and end");
  flags.output();
  flags.stage();
  command->callback([self, &invocation] {
    self->common.subject = self->input;
    invocation.run = [self](Surroundings& around) { return run_validate(*self, around); };
  });
}

}  // namespace kpi::app
