#pragma once

#include "common.hpp"
#include "exit.hpp"
#include "ports.hpp"
#include "report_io.hpp"
#include "session.hpp"

#include <kpi/llm/generator.hpp>
#include <kpi/model/report.hpp>
#include <kpi/stages/card_run.hpp>
#include <kpi/stages/early_examination.hpp>
#include <kpi/stages/generate.hpp>
#include <kpi/stages/journal.hpp>
#include <kpi/stages/ports.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

// Each stage as flags, wiring and gate, for its own command and for `kpi run`. Flags that stand for
// configuration keys are not here: they reach the stage through the settings.
namespace kpi::app {

struct DiscoverFlags {
  std::string since;
};
void add_flags(Flags& flags, CLI::App& command, DiscoverFlags& target);
Result<stages::Outcome<model::SchemaReport>> discover(Session& session, Ports& ports,
                                                      const DiscoverFlags& flags,
                                                      const std::string& run_id = "");

struct GenerateFlags {
  std::vector<std::string> tables;
  bool changed_only = false;
  bool no_cache = false;
  std::string record;
  std::string replay;
  std::string fallback = "none";
};
void add_flags(Flags& flags, CLI::App& command, GenerateFlags& target);
[[nodiscard]] stages::GenerateOptions options_of(const Session& session, const GenerateFlags& flags);
/// `early` (may be null) is handed each table's KPIs as they are written.
Result<stages::Outcome<model::CandidatesReport>> generate(Session& session, Ports& ports,
                                                          const ReadReport<model::SchemaReport>& schema,
                                                          const GenerateFlags& flags,
                                                          const std::string& run_id = "",
                                                          stages::EarlyExamination* early = nullptr);

struct ValidateFlags {
  bool no_execute = false;
  bool no_fix = false;
  std::optional<double> min_success;
  std::vector<std::string> fail_on;
  std::string metadata;
  bool no_cache = false;  ///< this and the next two are generate's flags, taken over by `kpi run`
  std::string record;
  std::string replay;
};
void add_flags(Flags& flags, CLI::App& command, ValidateFlags& target);
/// Makes sure, before anything is waited for, that a model that was asked for by flag can be opened.
Result<Done> check_repairer(Session& session, Ports& ports, const ValidateFlags& flags);
/// Who examines candidates while generate() writes others, for the validate() that follows; null where the
/// flags leave nothing to gain.
Result<std::unique_ptr<stages::EarlyExamination>> examine_early(Session& session, Ports& ports,
                                                                const model::SchemaReport& schema,
                                                                const ValidateFlags& flags,
                                                                const std::string& run_id);
/// `journal` (may be null) holds what an earlier try of the same has finished, `early` (may be null) what was
/// examined while the candidates were written.
Result<stages::Outcome<model::ValidationReport>> validate(
    Session& session, Ports& ports, const ReadReport<model::CandidatesReport>& candidates,
    const ValidateFlags& flags, const std::string& run_id = "", stages::Journal* journal = nullptr,
    stages::EarlyExamination* early = nullptr);
/// All that the verdict on one KPI depends on beside the KPI and its database: what a journal is for.
[[nodiscard]] std::string purpose_of_validation(const Session& session,
                                                const ReadReport<model::CandidatesReport>& candidates,
                                                const ValidateFlags& flags);
/// What --min-success and --fail-on say of it; empty where they hold.
[[nodiscard]] std::string broken_gate(const model::ValidationReport& report, const ValidateFlags& flags);

struct RegisterFlags {
  bool prune = false;
  bool force = false;
  bool detailed_exitcode = false;
  bool dashboard = false;
  bool no_execute = false;  ///< `kpi run` takes validation's
};
void add_flags(Flags& flags, CLI::App& command, RegisterFlags& target);
/// `runs` (may be null) takes what the cards that were written came to, for the audit() of the same run.
Result<stages::Outcome<model::RegistrationReport>> register_cards(
    Session& session, Ports& ports, const ReadReport<model::ValidationReport>& validation,
    const RegisterFlags& flags, bool dry_run, const std::string& run_id = "",
    stages::CardRuns* runs = nullptr);

struct AuditFlags {
  bool no_execute = false;
  bool fix = false;
  std::vector<std::string> fail_on;
};
void add_flags(Flags& flags, CLI::App& command, AuditFlags& target);
/// Cards that `runs` (may be null) knows are not run once more.
Result<stages::Outcome<model::AuditReport>> audit(Session& session, Ports& ports, const AuditFlags& flags,
                                                  const std::string& run_id = "",
                                                  const stages::CardRuns* runs = nullptr);
/// What --fail-on says of it; empty where it holds.
[[nodiscard]] std::string broken_gate(const model::AuditReport& report, const AuditFlags& flags);
/// The words that `audit --fail-on` takes.
[[nodiscard]] const std::vector<std::string>& audit_gates();

}  // namespace kpi::app
