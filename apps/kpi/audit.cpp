// kpi audit: Metabase and history -> audit report. Flags and wiring; the work is stages::audit.
#include "finish.hpp"
#include "invocation.hpp"
#include "stage_commands.hpp"
#include "tenant_lock.hpp"

#include <kpi/base/text.hpp>
#include <kpi/stages/audit.hpp>

#include <algorithm>

namespace kpi::app {

const std::vector<std::string>& audit_gates() {
  static const std::vector<std::string> gates{"broken",    "drifted", "empty",     "slow",     "stale",
                                              "duplicate", "orphan",  "unmanaged", "uncovered"};
  return gates;
}

void add_flags(Flags& flags, CLI::App& command, AuditFlags& target) {
  flags.key("--collection", "register.collection", "Collection that holds the cards (default: KPIs)", "PATH");
  flags.keys("--include", "discover.include", "Tables that ought to have KPIs; repeatable (default: *)",
             "GLOB");
  flags.keys("--exclude", "discover.exclude", "Tables that need none; repeatable", "GLOB");
  flags.key("--timeout", "validate.timeout_s", "Seconds one query may take (default: 30)", "SECONDS");
  command.add_flag("--no-execute", target.no_execute, "Do not run the cards");
  flags.key("--stale-days", "audit.stale_days",
            "Days after which a card without newer rows is stale (default: 14)", "DAYS");
  command.add_flag("--fix", target.fix,
                   "Mend what is certain: SQL by rules, twins by archiving; never what a person edited");
  add_repeatable(command, "--fail-on", target.fail_on,
                 "Exit 1 where there is such a card: " + join(audit_gates(), ","))
      ->delimiter(',')
      ->check(one_of(audit_gates()))
      ->option_text("STATUS,...");
}

Result<stages::Outcome<model::AuditReport>> audit(Session& session, Ports& ports, const AuditFlags& flags,
                                                  const std::string& run_id, const stages::CardRuns* runs) {
  const auto& settings = session.settings();
  stages::AuditOptions options;
  options.collection = settings.registration.collection;
  options.include = settings.discover.include;
  options.exclude = settings.discover.exclude;
  options.execute = !flags.no_execute;
  options.stale_days = static_cast<int>(settings.audit.stale_days);
  options.history = settings.features.history;
  options.fix = flags.fix;
  options.timeout = std::chrono::seconds(settings.validate.timeout_s);

  auto domain = ports.domain();
  if (!domain) return std::move(domain).error();
  auto analyzer = ports.analyzer();
  if (!analyzer) return std::move(analyzer).error();
  auto state = ports.state();
  if (!state) return std::move(state).error();
  auto metabase = ports.metabase();
  if (!metabase) return std::move(metabase).error();
  auto cards = ports.cards();
  if (!cards) return std::move(cards).error();
  auto queries = ports.queries();
  if (!queries) return std::move(queries).error();
  // What is mended is written: no kpi register may write the same cards meanwhile.
  std::optional<FileLock> alone;
  if (flags.fix) {
    auto lock = lock_registration(session);
    if (!lock) return std::move(lock).error();
    alone.emplace(std::move(*lock));
  }
  if (auto gone = (*state)->forget(settings.history.keep_days); !gone) return std::move(gone).error();
  return stages::audit(options, {**metabase, **queries, **cards, **state, **domain, **analyzer, runs},
                       session.context(ports.metabase_url(), run_id));
}

std::string broken_gate(const model::AuditReport& report, const AuditFlags& flags) {
  std::vector<std::string> broken;
  for (const auto& gate : flags.fail_on) {
    if (gate == "uncovered") {
      const auto coverage = report.summary.find("coverage");
      if (coverage == report.summary.end()) continue;
      const auto uncovered = coverage->find("uncovered");
      if (uncovered == coverage->end() || uncovered->empty()) continue;
      broken.push_back(fmt::format("{} uncovered", uncovered->size()));
      continue;
    }
    const auto count =
        std::count_if(report.cards.begin(), report.cards.end(),
                      [&](const model::CardAudit& card) { return model::to_string(card.status) == gate; });
    if (count > 0) broken.push_back(fmt::format("{} {}", count, gate));
  }
  return broken.empty() ? "" : join(broken, ", ") + ", against --fail-on " + join(flags.fail_on, ",");
}

namespace {

struct Audit {
  Common common;
  AuditFlags flags;
};

Result<Ending> run_audit(const Audit& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi audit");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  Ports ports(**session);
  auto outcome = audit(**session, ports, command.flags);
  if (!outcome) return std::move(outcome).error();
  return finish(**session, *outcome, "audit", broken_gate(outcome->report, command.flags));
}

}  // namespace

void add_audit(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Audit>();
  auto* command = root.add_subcommand("audit", "See whether registered cards still hold -> audit report");
  Flags flags(*command, self->common);
  add_flags(flags, *command, self->flags);
  flags.output();
  flags.stage();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_audit(*self, around); };
  });
}

}  // namespace kpi::app
