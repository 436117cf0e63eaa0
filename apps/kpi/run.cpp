// kpi run: all five stages, each with a report in one folder, so that a run that was stopped goes on.
#include "checkpoint.hpp"
#include "finish.hpp"
#include "invocation.hpp"
#include "provider.hpp"
#include "stage_commands.hpp"
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
  }

  Result<Ending> run() {
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
      return validate(session_, ports_, *candidates, validate_flags_, id());
    });
    if (!validation || stopped()) return give_up(validation);
    gate(broken_gate(validation->report, validate_flags_), "validate");
    // Now, and once more when all is known: what follows may fail, and this is worth having by then.
    render::RunReports reports{&schema->report, &candidates->report, &validation->report, nullptr, nullptr};
    if (auto left = leave_digests(reports); !left) return std::move(left).error();

    const bool dry_run = command_.common.dry_run;
    auto registration = stage<model::RegistrationReport>("register", validation->input.sha256, [&] {
      return register_cards(session_, ports_, *validation, command_.registration, dry_run, id());
    });
    if (!registration || stopped()) return give_up(registration);

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
    asked += fmt::format("{} {} {} {} {} {} {} {} {} {} {} {}", command_.common.sandbox,
                         command_.common.dry_run, d.since, join(g.tables, ","), g.changed_only, g.replay,
                         g.fallback, v.no_execute, v.no_fix, v.metadata, r.prune, r.force);
    return sha256_hex(asked);
  }

  /// Runs one stage, or reads the report it left in the folder when it was run for the same.
  template <class Report, class Make>
  Result<ReadReport<Report>> stage(const std::string& name, const std::string& input_sha256,
                                   const Make& make) {
    const auto key = key_of(name, input_sha256);
    const auto file = checkpoint_.report_file(name);
    if (checkpoint_.has(name, key) || comes_before_from(name)) {
      auto report = load_report<Report>(file.string(), session_.stop());
      if (report || comes_before_from(name)) {
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
    auto file = FileWriter::open(checkpoint_.report_file(name));
    if (!file) return std::move(file).error();
    Sha256 sum;
    model::write_report(outcome.report, [&](std::string_view piece) {
      sum.add(piece);
      return file->write(piece);
    });
    if (auto saved = file->commit(); !saved) return std::move(saved).error();
    sum_up(session_, outcome.report);
    // A stage with failures is run again when the run is; what it has paid for comes from the state file.
    if (!outcome.interrupted && !outcome.partial) {
      if (auto noted = checkpoint_.note(name, key); !noted) return std::move(noted).error();
    }
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

  void gate(const std::string& broken, const std::string& name) {
    if (!broken.empty() && ending_.code == Exit::done) ending_ = {Exit::gate, name + ": " + broken};
  }

  [[nodiscard]] bool comes_before_from(const std::string& name) const {
    if (command_.from.empty()) return false;
    return std::find(stage_names.begin(), stage_names.end(), name) <
           std::find(stage_names.begin(), stage_names.end(), command_.from);
  }

  Result<Ending> end(const model::RegistrationReport& report) {
    if (ending_.code != Exit::partial) {
      if (auto done = checkpoint_.finish(); !done) return std::move(done).error();
    }
    auto written = write_output(session_.common().output, [&](const TextSink& sink) {
      write_to(sink, report, session_.common());
    });
    if (!written) return std::move(written).error();
    if (*written == Written::closed) return Ending{Exit::closed, ""};
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
  AuditFlags audit_flags_;
  Ending ending_;
};

/// The folder to work in: --out, else the newest run that has something left, else a new one.
std::filesystem::path folder_for(const Run& command, const std::string& new_run_id) {
  if (!command.out.empty()) return command.out;
  const std::filesystem::path runs = "kpi-runs";
  if (!command.fresh) {
    const auto which = command.from.empty() ? Which::unfinished : Which::any;
    if (const auto found = newest_run(runs, which)) return *found;
  }
  return runs / new_run_id;
}

Result<Ending> carry_out(const Run& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi run");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  const auto new_id = new_run_id((*session)->clock());
  auto checkpoint = Checkpoint::open(folder_for(command, new_id), new_id, command.fresh);
  if (!checkpoint) return std::move(checkpoint).error();
  return Pipeline(**session, command, *checkpoint).run();
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
  auto* resume = command->add_flag("--resume", self->resume,
                                   "Go on with an unfinished run for the same flags (the default)");
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
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return carry_out(*self, around); };
  });
}

}  // namespace kpi::app
