// kpi register: validation report -> registration report, and cards. Flags and wiring; the work is
// stages::register_cards.
#include "finish.hpp"
#include "invocation.hpp"
#include "plan_diff.hpp"
#include "plan_file.hpp"
#include "stage_commands.hpp"
#include "tenant_lock.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/register.hpp>

namespace kpi::app {
namespace {

Result<stages::Outcome<model::RegistrationReport>> carry_out(Session& session, Ports& ports,
                                                             const model::ValidationReport& validation,
                                                             stages::RegisterOptions options,
                                                             const std::string& run_id,
                                                             stages::CardRuns* runs = nullptr) {
  auto state = ports.state();
  if (!state) return std::move(state).error();
  auto metabase = ports.metabase();
  if (!metabase) return std::move(metabase).error();
  auto analyzer = ports.analyzer();
  if (!analyzer) return std::move(analyzer).error();
  auto domain = ports.domain();
  if (!domain) return std::move(domain).error();
  options.currency = (*domain)->currency;
  // One at a time: what the other has just created is then found, and not created again.
  std::optional<FileLock> alone;
  if (!options.dry_run) {
    auto lock = lock_registration(session);
    if (!lock) return std::move(lock).error();
    alone.emplace(std::move(*lock));
  }
  auto cards = ports.cards();
  if (!cards) return std::move(cards).error();
  auto queries = ports.queries();
  if (!queries) return std::move(queries).error();
  return stages::register_cards(validation, options,
                                {**metabase, **cards, **queries, **state, **analyzer, runs},
                                session.context(ports.metabase_url(), run_id));
}

stages::RegisterOptions options_of(const Session& session, const RegisterFlags& flags, bool dry_run) {
  const auto& settings = session.settings().registration;
  stages::RegisterOptions options;
  options.collection = settings.collection;
  options.min_score = static_cast<int>(settings.min_score);
  options.dry_run = dry_run;
  options.prune = flags.prune;
  options.force = flags.force;
  options.execute = !flags.no_execute && session.settings().features.card_check;
  options.dashboards = flags.dashboard || session.settings().features.dashboards;
  options.timeout = std::chrono::seconds(session.settings().validate.timeout_s);
  return options;
}

}  // namespace

void add_flags(Flags& flags, CLI::App& command, RegisterFlags& target) {
  flags.key("--collection", "register.collection",
            "Collection for the cards, slash-separated (default: KPIs)", "PATH");
  flags.key("--min-score", "register.min_score", "KPIs that score less are not registered (default: 0)", "N");
  command.add_flag("--prune", target.prune, "Archive managed cards that the report no longer has");
  command.add_flag("--force", target.force,
                   "Overwrite cards that a person edited or moved, restore those that one archived");
  command.add_flag("--dashboard", target.dashboard,
                   "One dashboard a category, its cards laid out by score; kept up to date");
  flags.dry_run("Print the plan and write nothing");
  command.add_flag("--detailed-exitcode", target.detailed_exitcode,
                   "With --dry-run: exit 1 where there is something to do");
}

Result<stages::Outcome<model::RegistrationReport>> register_cards(
    Session& session, Ports& ports, const ReadReport<model::ValidationReport>& validation,
    const RegisterFlags& flags, bool dry_run, const std::string& run_id, stages::CardRuns* runs) {
  // An empty report is a mistyped --include far more often than a wish to have every card gone.
  if (flags.prune && !flags.force && validation.report.kpis.empty()) {
    return Error{Fault::input, "register.prune_all", "register",
                 "the report holds no KPIs, and --prune would archive every card of the tenant",
                 "look at --include and at the report's errors[], or add --force if that is meant"};
  }
  auto outcome =
      carry_out(session, ports, validation.report, options_of(session, flags, dry_run), run_id, runs);
  if (outcome) outcome->report.envelope.input = validation.input;
  return outcome;
}

namespace {

struct Register {
  Common common;
  RegisterFlags flags;
  std::string input;
  std::string plan;
  std::string apply;
};

Error other_tenant(const std::string& what, const std::string& theirs, const std::string& ours) {
  return {Fault::input, "register.other_tenant", "register",
          fmt::format("{} is of tenant {}, this run of {}", what, single_line(theirs), ours),
          "give --tenant " + single_line(theirs)};
}

/// Carries out a saved plan, and refuses where making it again comes to something else: what is compared is
/// what is then done. With --dry-run it stops after the comparison.
Result<stages::Outcome<model::RegistrationReport>> apply_plan(Session& session, Ports& ports,
                                                              const std::string& file,
                                                              const RegisterFlags& flags, bool dry_run) {
  auto plan = read_plan(file, session.stop());
  if (!plan) return std::move(plan).error();
  const auto& planned_for = plan->report.envelope.run.tenant;
  if (planned_for != session.settings().tenant) {
    return other_tenant("the plan", planned_for, session.settings().tenant);
  }
  model::ValidationReport validation;
  validation.envelope = plan->report.envelope;
  validation.databases = plan->databases;
  validation.kpis = plan->report.kpis;
  for (auto& kpi : validation.kpis) kpi.registration.reset();

  const auto check = [&plan](const model::RegistrationReport& again) -> Result<Done> {
    const auto moved = difference(plan->report, again);
    if (moved.empty()) return Done{};
    return Error{Fault::input, "register.plan_moved", "register",
                 "Metabase has moved on since the plan was made: " + moved, "make a new plan"};
  };
  auto options = plan->options;
  options.dry_run = dry_run;
  options.execute = !flags.no_execute && session.settings().features.card_check;
  if (!dry_run) options.approve = check;
  auto outcome = carry_out(session, ports, validation, options, "");
  if (!outcome) return outcome;
  if (dry_run && !outcome->interrupted) {
    if (auto same = check(outcome->report); !same) return std::move(same).error();
  }
  outcome->report.envelope.input = plan->report.envelope.input;
  return outcome;
}

/// The names behind the database ids of a plan, as it may be carried out where the ids are others.
Result<std::vector<model::Database>> databases_in_use(Session& session, Ports& ports) {
  auto metabase = ports.metabase();
  if (!metabase) return std::move(metabase).error();
  auto in_use = (*metabase)->databases(session.stop());
  if (!in_use) return std::move(in_use).error();
  std::vector<model::Database> databases;
  for (const auto& info : *in_use) {
    auto& database = databases.emplace_back();
    database.id = info.id;
    database.name = info.name;
  }
  return databases;
}

Result<Ending> finish_plan(Session& session, Ports& ports, const Register& command,
                           const stages::Outcome<model::RegistrationReport>& outcome) {
  if (!command.plan.empty() && !outcome.interrupted && !outcome.partial) {
    auto databases = databases_in_use(session, ports);
    if (!databases) return std::move(databases).error();
    const auto options = options_of(session, command.flags, true);
    if (auto saved = write_file(command.plan, plan_text({outcome.report, options, std::move(*databases)}));
        !saved) {
      return std::move(saved).error();
    }
  }
  for (const auto& line : plan_diff(outcome.report, session.console())) session.console().line(line);
  auto ending = finish(session, outcome, "register");
  if (ending && ending->code == Exit::done && command.flags.detailed_exitcode &&
      stages::changes_in(outcome.report) > 0) {
    ending->code = Exit::gate;  // an answer, not a complaint: nothing is said of it
  }
  return ending;
}

Result<Ending> run_register(const Register& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi register");
  if (!session) return std::move(session).error();
  for (const auto* output : {&command.common.output, &command.plan}) {
    if (auto fine = check_output(*output); !fine) return std::move(fine).error();
  }
  Ports ports(**session);
  if (!command.apply.empty()) {
    auto outcome = apply_plan(**session, ports, command.apply, command.flags, command.common.dry_run);
    if (!outcome) return std::move(outcome).error();
    if (command.common.dry_run) return finish_plan(**session, ports, command, *outcome);
    return finish(**session, *outcome, "register");
  }
  auto validation = load_report<model::ValidationReport>(command.input, around.stop);
  if (!validation) return std::move(validation).error();
  const auto& written_for = validation->report.envelope.run.tenant;
  const auto& tenant = (*session)->settings().tenant;
  if (command.flags.prune && !written_for.empty() && written_for != tenant) {
    return other_tenant("the report to prune by", written_for, tenant);
  }
  // A plan that is saved is a plan that is not carried out yet.
  const bool dry_run = command.common.dry_run || !command.plan.empty();
  auto outcome = register_cards(**session, ports, *validation, command.flags, dry_run);
  if (!outcome) return std::move(outcome).error();
  if (dry_run) return finish_plan(**session, ports, command, *outcome);
  return finish(**session, *outcome, "register");
}

}  // namespace

void add_register(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Register>();
  auto* command =
      root.add_subcommand("register", "Create and update cards in Metabase -> registration report");
  Flags flags(*command, self->common);
  auto* input = command->add_option("report", self->input, "Validation report, or - for standard input")
                    ->option_text("REPORT");
  add_flags(flags, *command, self->flags);
  command->add_flag("--no-execute", self->flags.no_execute, "Do not run the cards that were written");
  auto* plan =
      command->add_option("--plan", self->plan, "Save the plan to FILE and write nothing")->type_name("FILE");
  auto* apply =
      command->add_option("--apply", self->apply, "Carry out the plan in FILE, if Metabase has not moved on")
          ->type_name("FILE")
          ->excludes(plan)
          ->excludes(input);
  // What a plan was made under stands in it.
  for (const char* name : {"--prune", "--force", "--dashboard", "--collection", "--min-score"}) {
    apply->excludes(command->get_option(name));
  }
  flags.output();
  flags.stage();
  command->callback([self, &invocation] {
    self->common.subject = self->input;
    invocation.run = [self](Surroundings& around) { return run_register(*self, around); };
  });
}

}  // namespace kpi::app
