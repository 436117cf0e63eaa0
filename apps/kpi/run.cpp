// kpi run: all five stages, each with a report in one folder, so that a run that was stopped goes on.
#include "checkpoint.hpp"
#include "finish.hpp"
#include "invocation.hpp"
#include "journal.hpp"
#include "plan_diff.hpp"
#include "provider.hpp"
#include "stage_commands.hpp"
#include "tenant_lock.hpp"
#include "version.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/render/digest.hpp>
#include <kpi/stages/register.hpp>

#include <algorithm>
#include <array>
#include <tuple>

namespace kpi::app {
namespace {

constexpr std::array<const char*, 5> stage_names{"discover", "generate", "validate", "register", "audit"};

struct Run {
  Common common;
  DiscoverFlags discover;
  GenerateFlags generate;
  ValidateFlags validate;
  RegisterFlags registration;
  std::string out;
  std::string from;
  bool fresh = false;
  bool resume = false;
  bool all_tenants = false;
  bool one_of_many = false;  ///< of --all-tenants: standard output is not this tenant's alone
};

/// Splits --fail-on: words that name a card's status are for the audit, the others for validation.
std::pair<ValidateFlags, AuditFlags> gates_of(const Run& command) {
  ValidateFlags validate = command.validate;
  AuditFlags audit;
  audit.no_execute = validate.no_execute;
  validate.fail_on.clear();
  validate.no_cache = command.generate.no_cache;
  validate.record = command.generate.record;
  validate.replay = command.generate.replay;
  for (const auto& gate : command.validate.fail_on) {
    const auto& statuses = audit_gates();
    const bool of_audit = std::find(statuses.begin(), statuses.end(), gate) != statuses.end();
    (of_audit ? audit.fail_on : validate.fail_on).push_back(gate);
  }
  return {std::move(validate), std::move(audit)};
}

class Pipeline {
public:
  Pipeline(Session& session, const Run& command, Checkpoint& checkpoint)
      : session_(session),
        command_(command),
        checkpoint_(checkpoint),
        ports_(session) {
    std::tie(validate_flags_, audit_flags_) = gates_of(command);
    register_flags_ = command.registration;
    register_flags_.no_execute = command.validate.no_execute;
  }

  Result<Ending> run() {
    if (auto fine = check_earlier(); !fine) return std::move(fine).error();
    // Told now, and not after an hour of discovery.
    if (auto fine = check_provider(session_, ports_, command_.generate); !fine)
      return std::move(fine).error();
    auto schema = stage<model::SchemaReport>(
        "discover", "", [&] { return discover(session_, ports_, command_.discover, id()); });
    if (!schema || stopped()) return give_up(schema);

    auto candidates = stage<model::CandidatesReport>("generate", schema->input.sha256, [&] {
      return generate(session_, ports_, *schema, command_.generate, id());
    });
    if (!candidates || stopped()) return give_up(candidates);

    auto validation = stage<model::ValidationReport>("validate", candidates->input.sha256, [&] {
      open_journal(*candidates);
      return validate(session_, ports_, *candidates, validate_flags_, id(), journal_.get());
    });
    if (!validation || stopped()) return give_up(validation);
    gate(broken_gate(validation->report, validate_flags_), "validate");
    // Now, and once more when all is known: what follows may fail, and this is worth having by then.
    render::RunReports reports{&schema->report, &candidates->report, &validation->report, nullptr, nullptr};
    if (auto left = leave_digests(reports); !left) return std::move(left).error();

    const bool dry_run = command_.common.dry_run;
    leave_out_prune();
    auto registration = stage<model::RegistrationReport>("register", validation->input.sha256, [&] {
      return register_cards(session_, ports_, *validation, register_flags_, dry_run, id());
    });
    if (!registration || stopped()) return give_up(registration);
    if (dry_run) {
      for (const auto& line : plan_diff(registration->report, session_.console()))
        session_.console().line(line);
    }

    covers_all_ = incomplete_.empty() && took_all(schema->report, candidates->report);
    reports.registration = &registration->report;
    if (dry_run) {
      if (auto left = leave_digests(reports); !left) return std::move(left).error();
    } else {
      auto audited = audit_cards(registration->input.sha256);
      if (!audited || stopped()) return give_up(audited);
      reports.audit = &audited->report;
      if (auto left = leave_digests(reports); !left) return std::move(left).error();
    }
    return end(registration->report);
  }

private:
  [[nodiscard]] const std::string& id() const { return checkpoint_.run_id(); }
  [[nodiscard]] bool stopped() const { return ending_.code == Exit::interrupted; }

  template <class T>
  Result<Ending> give_up(Result<T>& failed) {
    if (!failed) return std::move(failed).error();
    return std::move(ending_);
  }

  /// What a stage's report depends on: everything that was asked for, and the report it is made from.
  [[nodiscard]] std::string key_of(const std::string& stage, const std::string& input_sha256) const {
    std::string asked = stage + "\n" + std::string(version) + "\n" + input_sha256 + "\n";
    for (const auto& one : session_.loaded().shown) asked += one.key + "=" + one.value + "\n";
    const auto& d = command_.discover;
    const auto& g = command_.generate;
    const auto& v = command_.validate;
    const auto& r = command_.registration;
    asked += fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", command_.common.sandbox,
                         command_.common.dry_run, d.since, join(g.tables, ","), g.changed_only, g.replay,
                         g.fallback, v.no_execute, v.no_fix, v.metadata, r.prune, r.force, r.dashboard);
    return sha256_hex(asked);
  }

  /// What validation has finished is kept KPI by KPI: a run that is killed in its midst goes on from there.
  void open_journal(const ReadReport<model::CandidatesReport>& candidates) {
    const auto file = checkpoint_.folder() / "validation.unfinished.jsonl";
    std::error_code ignored;
    if (command_.fresh) std::filesystem::remove(file, ignored);
    // --from asks for the whole stage again, unless it is --from itself that was stopped.
    const auto take = command_.from.empty() ? FileJournal::Take::all : FileJournal::Take::cut_off;
    journal_ = FileJournal::open(file, purpose_of_validation(session_, candidates, validate_flags_), take,
                                 session_.clock());
    tell_of_earlier(session_, journal_.get());
  }

  /// Once the report stands: what failed is all that is left to do.
  void close_journal(bool partial) {
    if (!journal_) return;
    if (partial) {
      journal_->end();
    } else {
      journal_->discard();
    }
    journal_.reset();
  }

  /// Runs one stage, or reads the report it left in the folder when it was run for the same.
  template <class Report, class Make>
  Result<ReadReport<Report>> stage(const std::string& name, const std::string& input_sha256,
                                   const Make& make) {
    const auto key = key_of(name, input_sha256);
    const auto file = checkpoint_.report_file(name);
    const bool asked_for = comes_before_from(name);
    if (asked_for || (command_.from.empty() && checkpoint_.has(name, key))) {
      auto report = load_report<Report>(file.string(), session_.stop());
      if (report || asked_for) {
        if (checkpoint_.is_partial(name)) incomplete_ = name;
        session_.console().line(name + ": done before, see " + file.string());
        return report;
      }
    }
    auto outcome = make();
    if (!outcome) return std::move(outcome).error();
    return keep(name, key, *outcome);
  }

  template <class Report>
  Result<ReadReport<Report>> keep(const std::string& name, const std::string& key,
                                  stages::Outcome<Report>& outcome) {
    // Half a report must not stand where a whole one stood.
    if (outcome.interrupted) {
      ending_ = ending_of(outcome, name, "");
      return ReadReport<Report>{std::move(outcome.report), {}};
    }
    if (auto gone = checkpoint_.forget(name); !gone) return std::move(gone).error();
    auto file = FileWriter::open(checkpoint_.report_file(name));
    if (!file) return std::move(file).error();
    Sha256 sum;
    model::write_report(outcome.report, [&](std::string_view piece) {
      sum.add(piece);
      return file->write(piece);
    });
    if (auto saved = file->commit(); !saved) return std::move(saved).error();
    sum_up(session_, outcome.report);
    if (outcome.partial) incomplete_ = name;
    auto noted = outcome.partial ? checkpoint_.note_partial(name) : checkpoint_.note(name, key);
    if (!noted) return std::move(noted).error();
    close_journal(outcome.partial);
    if (auto ending = ending_of(outcome, name, "");
        ending.code != Exit::done && ending_.code != Exit::partial) {
      ending_ = std::move(ending);
    }
    const Report* which = nullptr;
    auto input = model::input_of(kind_of(which), outcome.report.envelope, sum.hex());
    return ReadReport<Report>{std::move(outcome.report), std::move(input)};
  }

  /// The last stage: no other reads its report.
  Result<ReadReport<model::AuditReport>> audit_cards(const std::string& input_sha256) {
    auto outcome = audit(session_, ports_, audit_flags_, id());
    if (!outcome) return std::move(outcome).error();
    auto kept = keep("audit", key_of("audit", input_sha256), *outcome);
    if (!kept) return std::move(kept).error();
    gate(broken_gate(kept->report, audit_flags_), "audit");
    return kept;
  }

  /// What works and what failed, as files for people beside the reports.
  Result<Done> leave_digests(const render::RunReports& reports) {
    auto working = write_file(checkpoint_.folder() / "working-kpis.md",
                              render::working_kpis(*reports.validation, reports.registration));
    if (!working) return working;
    return write_file(checkpoint_.folder() / "failures.md", render::failures(reports));
  }

  /// --from STAGE builds on the reports of the stages before it: they have to be there.
  Result<Done> check_earlier() {
    for (const std::string name : stage_names) {
      if (!comes_before_from(name) || checkpoint_.has(name)) continue;
      return Error{Fault::input, "run.no_report", "run",
                   fmt::format("--from {} needs the report of {}, and {} holds none that is whole",
                               command_.from, name, checkpoint_.folder().string()),
                   "run it without --from, or name the folder of another run with --out"};
    }
    return Done{};
  }

  /// What a stage did not come to is no reason to archive its cards.
  void leave_out_prune() {
    if (!register_flags_.prune || incomplete_.empty()) return;
    register_flags_.prune = false;
    const auto why =
        fmt::format("{} left items out: --prune is put off, it would archive their cards", incomplete_);
    session_.console().line("register: " + why + "; run again when errors[] of its report are mended");
    if (ending_.code != Exit::partial) ending_ = {Exit::partial, "run: " + why};
  }

  /// True if candidates were asked for of every table that the run is about, so that what is registered now
  /// is what the schema comes to.
  [[nodiscard]] bool took_all(const model::SchemaReport& schema,
                              const model::CandidatesReport& candidates) const {
    if (command_.common.dry_run || !command_.generate.tables.empty()) return false;
    if (command_.generate.changed_only) return true;
    std::size_t tables = 0;
    for (const auto& database : schema.databases) tables += database.tables.size();
    return candidates.tables.size() >= tables;
  }

  void gate(const std::string& broken, const std::string& name) {
    if (!broken.empty() && ending_.code == Exit::done) ending_ = {Exit::gate, name + ": " + broken};
  }

  [[nodiscard]] bool comes_before_from(const std::string& name) const {
    if (command_.from.empty()) return false;
    return std::find(stage_names.begin(), stage_names.end(), name) <
           std::find(stage_names.begin(), stage_names.end(), command_.from);
  }

  Result<Ending> end(const model::RegistrationReport& report) {
    // Failures or not: run again, it begins anew, and what was paid for comes from the state file.
    const auto covers = covers_all_ ? Covers::all : Covers::part;
    if (auto done = checkpoint_.finish(covers); !done) return std::move(done).error();
    if (!command_.one_of_many) {
      auto written = write_output(session_.common().output,
                                  [&](const TextSink& sink) { write_to(sink, report, session_.common()); });
      if (!written) return std::move(written).error();
      if (*written == Written::closed) return Ending{Exit::closed, ""};
    }
    session_.console().line("Reports are in " + checkpoint_.folder().string());
    if (ending_.code == Exit::done && command_.registration.detailed_exitcode && command_.common.dry_run &&
        stages::changes_in(report) > 0) {
      ending_.code = Exit::gate;
    }
    return std::move(ending_);
  }

  Session& session_;
  const Run& command_;
  Checkpoint& checkpoint_;
  Ports ports_;
  ValidateFlags validate_flags_;
  RegisterFlags register_flags_;
  AuditFlags audit_flags_;
  std::unique_ptr<FileJournal> journal_;
  Ending ending_;
  std::string incomplete_;   ///< the last stage whose report lists failed items
  bool covers_all_ = false;  ///< every table's KPIs are registered
};

constexpr const char* runs_folder = "kpi-runs";
/// A run that was begun longer ago is not gone on with. Well below a day, so that tonight's of a nightly
/// timer never takes yesterday's for its own, whatever seconds lie between.
constexpr std::chrono::hours longest_resume{12};

/// The folder to work in: --out, else with --from the newest run's, else one that was stopped within the last
/// hours, else a new one.
std::filesystem::path folder_for(const Run& command, const Session& session, const NewRun& new_run) {
  if (!command.out.empty()) return command.out;
  const std::filesystem::path runs = runs_folder;
  const auto& tenant = session.settings().tenant;
  if (!command.fresh) {
    const auto found = command.from.empty() ? unfinished_run(runs, tenant, new_run.not_before)
                                            : newest_run(runs, tenant, Which::any);
    if (found) return *found;
  }
  return runs / new_run.id;
}

/// With --changed-only: compares with the schema report of the tenant's last run that registered every table
/// (no dry run, no --table, nothing failed), where there is one and --since names no other; the first run
/// takes every table.
void look_back(Run& command, const Session& session) {
  if (!command.generate.changed_only || !command.discover.since.empty()) return;
  std::optional<std::filesystem::path> last;
  if (command.out.empty()) {
    last = newest_run(runs_folder, session.settings().tenant, Which::covers_all);
  } else if (covers_all(command.out)) {
    last = command.out;
  }
  std::error_code ignored;
  if (last && std::filesystem::exists(*last / "schema.json", ignored)) {
    command.discover.since = (*last / "schema.json").string();
  } else {
    command.generate.changed_only = false;
  }
}

/// `folder` becomes the one that the reports are in.
Result<Ending> carry_out(Run command, Surroundings& around, std::filesystem::path& folder) {
  auto session = Session::open(command.common, around, "kpi run");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  if (command.generate.changed_only && command.registration.prune) {
    return Error{Fault::input, "usage", "run",
                 "--changed-only with --prune would archive the KPIs of every table that did not change",
                 "leave one of them out"};
  }
  if (!command.generate.tables.empty() && command.registration.prune) {
    return Error{Fault::input, "usage", "run",
                 "--table with --prune would archive the KPIs of every other table", "leave one of them out"};
  }
  auto alone = lock_run(**session);
  if (!alone) return std::move(alone).error();
  const auto now = (*session)->clock().now();
  const NewRun new_run{new_run_id((*session)->clock()), (*session)->settings().tenant, iso_time(now),
                       iso_time(now - longest_resume)};
  look_back(command, **session);
  folder = folder_for(command, **session, new_run);
  const auto begin = command.fresh          ? Begin::afresh
                     : command.from.empty() ? Begin::where_stopped
                                            : Begin::on_reports;
  auto checkpoint = Checkpoint::open(folder, new_run, begin);
  if (!checkpoint) return std::move(checkpoint).error();
  return Pipeline(**session, command, *checkpoint).run();
}

/// How bad an exit code is, for the one that stands for several runs.
int gravity(Exit code) {
  static constexpr std::array order{Exit::done,   Exit::gate,        Exit::partial,
                                    Exit::usage,  Exit::unreachable, Exit::machine,
                                    Exit::closed, Exit::interrupted, Exit::defect};
  return static_cast<int>(std::find(order.begin(), order.end(), code) - order.begin());
}

/// One run a tenant of the configuration, one after the other; one that fails keeps no other from running.
/// Standard output says what became of each.
Result<Ending> run_all(const Run& command, Surroundings& around) {
  Run each = command;
  each.one_of_many = true;
  each.common.sources.all_tenants = true;
  auto session = Session::open(each.common, around, "kpi run");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  const auto tenants = (*session)->loaded().tenants;
  if (tenants.empty()) {
    return Error{Fault::input, "config.no_tenants", "config",
                 "--all-tenants: the configuration names no tenants", "name them under tenants: in kpi.yaml"};
  }
  Json list = Json::array();
  Ending worst;
  std::size_t failed = 0;
  for (const auto& tenant : tenants) {
    each.common.sources.flags["tenant"] = {tenant};
    each.common.sources.flag_names["tenant"] = "--tenant";
    each.out = command.out.empty() ? "" : (std::filesystem::path(command.out) / tenant).string();
    around.console.line("tenant " + tenant);
    std::filesystem::path folder;
    auto ended = carry_out(each, around, folder);
    Ending ending = ended ? *ended : Ending{exit_of(ended.error().fault), ended.error().line()};
    list.push_back({{"tenant", tenant},
                    {"exit_code", static_cast<int>(ending.code)},
                    {"folder", folder.empty() ? Json() : Json(folder.string())},
                    {"error", ending.why.empty() ? Json() : Json(ending.why)}});
    if (ending.code != Exit::done) ++failed;
    if (gravity(ending.code) > gravity(worst.code)) worst = {ending.code, tenant + ": " + ending.why};
    if (ending.code == Exit::interrupted || around.stop.stop_requested()) break;
  }
  if (worst.code != Exit::done) {
    worst.why = fmt::format("run: {} of {} tenants did not end well; {}", failed, tenants.size(), worst.why);
  }
  if (worst.code == Exit::interrupted) return worst;
  auto written = write_output(command.common.output, dump_json({{"tenants", std::move(list)}}, 2) + "\n");
  if (!written) return std::move(written).error();
  if (*written == Written::closed) return Ending{Exit::closed, ""};
  return worst;
}

}  // namespace

void add_run(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Run>();
  auto* command =
      root.add_subcommand("run",
                          "All five stages, each with a report in one folder; goes on where it was "
                          "stopped");
  Flags flags(*command, self->common);
  command->add_option("--out", self->out, "Folder for all reports (default: kpi-runs/RUN_ID)")
      ->type_name("DIR");
  auto* resume =
      command->add_flag("--resume", self->resume,
                        "Go on with a run that was begun within the last 12 hours and stopped (the default)");
  auto* fresh = command->add_flag("--fresh", self->fresh, "Start over")->excludes(resume);
  command
      ->add_option("--from", self->from,
                   "Run this stage and those after it again, on the reports that are there")
      ->check(CLI::IsMember(std::vector<std::string>(stage_names.begin(), stage_names.end())))
      ->excludes(fresh)
      ->option_text("STAGE");
  add_flags(flags, *command, self->discover);
  add_flags(flags, *command, self->generate);
  add_flags(flags, *command, self->validate);
  add_flags(flags, *command, self->registration);
  flags.output();
  flags.stage();
  command
      ->add_flag("--all-tenants", self->all_tenants,
                 "One run for each of the configuration's tenants; with --out in DIR/TENANT")
      ->excludes("--tenant");
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) {
      std::filesystem::path folder;
      return self->all_tenants ? run_all(*self, around) : carry_out(*self, around, folder);
    };
  });
}

}  // namespace kpi::app
