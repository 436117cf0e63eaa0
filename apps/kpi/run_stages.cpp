// The stages of one kpi run, each with a report in one folder, so that a run that was stopped goes on.
#include "finish.hpp"
#include "journal.hpp"
#include "plan_diff.hpp"
#include "provider.hpp"
#include "run.hpp"
#include "version.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/render/digest.hpp>
#include <kpi/stages/register.hpp>

#include <algorithm>
#include <tuple>

namespace kpi::app {
namespace {

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

    auto candidates = stage<model::CandidatesReport>("generate", schema->input.sha256,
                                                     [&] { return generate_and_examine(*schema); });
    if (!candidates || stopped()) return give_up(candidates);

    auto validation = stage<model::ValidationReport>("validate", candidates->input.sha256, [&] {
      open_journal(*candidates);
      return validate(session_, ports_, *candidates, validate_flags_, id(), journal_.get(), early_.get());
    });
    if (!validation || stopped()) return give_up(validation);
    early_.reset();
    // Where no table has changed, that there is no KPI breaks no gate.
    if (!command_.generate.changed_only || !candidates->report.tables.empty())
      gate(broken_gate(validation->report, validate_flags_), "validate");
    // Now, and once more when all is known: what follows may fail, and this is worth having by then.
    render::RunReports reports{&schema->report, &candidates->report, &validation->report, nullptr, nullptr};
    if (auto left = leave_digests(reports); !left) return std::move(left).error();

    const bool dry_run = command_.common.dry_run;
    leave_out_prune();
    auto registration = stage<model::RegistrationReport>("register", validation->input.sha256, [&] {
      return register_cards(session_, ports_, *validation, register_flags_, dry_run, id(), &card_runs_);
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

  /// What a stage's report depends on: all that was asked for and can show in it, and the report it is made
  /// from.
  [[nodiscard]] std::string key_of(const std::string& stage, const std::string& input_sha256) const {
    std::string asked = stage + "\n" + std::string(version) + "\n" + input_sha256 + "\n";
    asked += settings_behind_reports(session_.loaded());
    const auto& d = command_.discover;
    const auto& g = command_.generate;
    const auto& v = command_.validate;
    const auto& r = command_.registration;
    asked += fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", command_.common.sandbox,
                         command_.common.dry_run, d.since, join(g.tables, ","), g.changed_only, g.replay,
                         g.fallback, v.no_execute, v.no_fix, v.metadata, r.prune, r.force, r.dashboard);
    return sha256_hex(asked);
  }

  /// Metabase need not wait for the model: what it has written is looked at while it writes on.
  Result<stages::Outcome<model::CandidatesReport>> generate_and_examine(
      const ReadReport<model::SchemaReport>& schema) {
    auto early = examine_early(session_, ports_, schema.report, validate_flags_, id());
    if (!early) return std::move(early).error();
    early_ = std::move(*early);
    auto outcome = generate(session_, ports_, schema, command_.generate, id(), early_.get());
    if (early_) early_->end();
    return outcome;
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
    auto outcome = audit(session_, ports_, audit_flags_, id(), &card_runs_);
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
  stages::CardRuns card_runs_;                       ///< of the cards that this run has written
  std::unique_ptr<stages::EarlyExamination> early_;  ///< uses ports_
  std::unique_ptr<FileJournal> journal_;
  Ending ending_;
  std::string incomplete_;   ///< the last stage whose report lists failed items
  bool covers_all_ = false;  ///< every table's KPIs are registered
};

}  // namespace

Result<Ending> run_stages(Session& session, const Run& command, Checkpoint& checkpoint) {
  return Pipeline(session, command, checkpoint).run();
}

}  // namespace kpi::app
