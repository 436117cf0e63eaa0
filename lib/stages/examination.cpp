#include <kpi/base/text.hpp>
#include <kpi/sql/explain.hpp>
#include <kpi/stages/examination.hpp>
#include <kpi/stages/infer_shape.hpp>
#include <kpi/stages/without_values.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace kpi::stages {
namespace {

using model::Severity;

constexpr std::chrono::seconds plan_patience{5};  ///< a plan takes milliseconds; one that does not is no use

bool is_of(const model::Finding& finding, std::string_view family) {
  return finding.code.compare(0, family.size(), family) == 0;
}

bool has(const std::vector<model::Finding>& findings, std::string_view code) {
  return std::any_of(findings.begin(), findings.end(), [&](const auto& one) { return one.code == code; });
}

/// "failed" for an error of `family`, "findings" for less, else "ok".
std::string outcome_of(const std::vector<model::Finding>& findings, std::string_view family) {
  std::string outcome = "ok";
  for (const auto& finding : findings) {
    if (!is_of(finding, family)) continue;
    if (finding.severity == Severity::error) return "failed";
    outcome = "findings";
  }
  return outcome;
}

bool shows_personal(const model::Kpi& kpi, const model::Database& schema) {
  const auto& references = kpi.validation->references;
  return std::any_of(references.begin(), references.end(), [&](const auto& reference) {
    const auto* table = schema.table(reference.table);
    const auto* field = table == nullptr ? nullptr : table->field(reference.field);
    return field != nullptr && field->pii;
  });
}

/// Its result cannot be meant, and another statement may do better. No rows where every value that it filters
/// by exists is the data's own answer.
bool is_doubtful(const std::vector<model::Finding>& findings) {
  if (has(findings, "result.out_of_range") || has(findings, "result.multiplied_rows")) return true;
  return has(findings, "lint.unknown_value") &&
         (has(findings, "result.empty") || has(findings, "result.all_null"));
}

}  // namespace

/// One statement of one KPI.
class Examination::Check {
public:
  Check(const Examination& by, model::Kpi kpi, const Target& target)
      : by_(by),
        target_(target),
        options_(by.options_) {
    examined_.kpi = std::move(kpi);
    this->kpi().validation.emplace();
  }

  Examined run() && {
    check();
    settle(kpi());
    return std::move(examined_);
  }

private:
  model::Kpi& kpi() { return examined_.kpi; }
  model::Validation& validation() { return *examined_.kpi.validation; }

  void add(const char* code, Severity severity, std::string message) {
    validation().findings.push_back({code, severity, std::move(message), std::nullopt});
  }
  void step(const char* name, std::string outcome, std::string note = "") {
    validation().steps.push_back({name, std::move(outcome), std::move(note)});
  }

  Result<metabase::QueryResult> ask(const metabase::Query& query) {
    auto answer = by_.runner_.run(query);
    if (!answer) examined_.whole = false;
    return answer;
  }

  void check() {
    if (target_.schema != nullptr) kpi().dialect = target_.schema->dialect;
    kpi().database_id = target_.database_id;
    if (!target_.known) {
      add("schema.unknown_database", Severity::error,
          "Metabase has no database with id " + std::to_string(kpi().database_id));
      step("bind", "failed", "no such database");
      examined_.standing = Standing::unbound;
      return;
    }
    const auto analysis = look();
    if (!analysis.may_run()) return;
    examined_.standing = Standing::unbound;
    if (analysis.has_error()) return;
    if (!options_.execute || !by_.runner_.can_run()) {
      validation().execution = model::Execution{};
      step("run", "skipped", "--no-execute");
      examined_.standing = Standing::sound;
      return;
    }
    examined_.standing = Standing::failed;
    if (!affordable(analysis) || !execute()) return;
    examined_.standing = is_doubtful(validation().findings) ? Standing::doubtful : Standing::sound;
  }

  /// Mends, and says what can be said without the database.
  sql::Analysis look() {
    if (options_.mend) {
      auto mended = by_.analyzer_.mend(kpi().sql, kpi().dialect, target_.schema);
      std::vector<std::string> rules;
      for (const auto& repair : mended.repairs) rules.push_back(repair.code);
      if (!rules.empty()) kpi().sql = std::move(mended.sql);
      validation().repairs = std::move(mended.repairs);
      mended_ = join(rules, ", ");
    }
    auto analysis = by_.analyzer_.analyze(kpi().sql, kpi().dialect, target_.schema);
    if (kpi().tables.empty()) kpi().tables = analysis.tables;
    validation().findings = analysis.findings;
    validation().references = analysis.references;
    validation().fingerprint = analysis.fingerprint;
    const auto& findings = validation().findings;
    step("guard", outcome_of(findings, "guard."));
    step("parse", outcome_of(findings, "syntax."));
    if (target_.schema == nullptr) {
      step("bind", "skipped", "the database's tables are not known");
    } else {
      step("bind", outcome_of(findings, "schema."));
    }
    step("lint", outcome_of(findings, "lint."));
    if (!options_.mend) {
      step("mend", "skipped", "--no-fix");
    } else {
      step("mend", mended_.empty() ? "ok" : "changed", mended_);
    }
    return analysis;
  }

  /// Looks at the database's own plan where that is worth a query; false where it is over the limits.
  bool affordable(const sql::Analysis& analysis) {
    if (!sql::wants_plan(kpi().sql, kpi().dialect, target_.schema,
                         static_cast<double>(options_.plan_from_rows))) {
      step("plan", "skipped", "reads one table of no great size");
      return true;
    }
    const auto explain = sql::explain_statement(kpi().sql, analysis, kpi().dialect);
    if (!explain) {
      step("plan", "skipped", "no plan can be had in this dialect");
      return true;
    }
    const std::chrono::milliseconds patience = std::min(plan_patience, options_.timeout);
    const auto answer = ask({target_.database_id, *explain, 2000, patience});
    const auto plan = answer && answer->ok
                          ? sql::read_plan(answer->rows, kpi().sql, kpi().dialect, target_.schema)
                          : std::nullopt;
    if (!plan) {
      step("plan", "skipped", "the database gave none");
      return true;
    }
    validation().plan = plan->estimate;
    joined_rows_ = plan->joined_rows;
    const auto over = over_limit(plan->estimate);
    step("plan", over.empty() ? "ok" : "failed", over);
    if (over.empty()) return true;
    add("run.cost", Severity::error, over + "; it was not run");
    step("run", "skipped", "too dear");
    return false;
  }

  [[nodiscard]] std::string over_limit(const model::PlanEstimate& plan) const {
    const auto most_rows = static_cast<double>(options_.max_plan_rows);
    const auto most_cost = static_cast<double>(options_.max_plan_cost);
    if (most_rows > 0 && plan.rows && *plan.rows > most_rows)
      return fmt::format("its plan expects {:.2g} rows, and validate.max_plan_rows is {:.2g}", *plan.rows,
                         most_rows);
    if (most_cost > 0 && plan.cost && *plan.cost > most_cost)
      return fmt::format("its plan costs {:.2g}, and validate.max_plan_cost is {:.2g}", *plan.cost,
                         most_cost);
    return "";
  }

  /// Runs it and judges its rows; false where there are none to judge.
  bool execute() {
    auto& execution = validation().execution.emplace();
    const auto answer = ask({target_.database_id, kpi().sql, options_.max_rows, options_.timeout});
    if (!answer) {
      execution.error = answer.error().line();
      add("run.skipped", Severity::error, "could not be run: " + answer.error().line());
      step("run", "skipped", answer.error().code);
      examined_.unknown = answer.error();
      return false;
    }
    execution.elapsed_ms = answer->elapsed.count();
    if (!answer->ok) {
      refused(*answer, execution);
      return false;
    }
    execution.status = model::RunStatus::ok;
    const bool bounds = target_.schema != nullptr && !shows_personal(kpi(), *target_.schema);
    describe(execution, *answer, bounds);
    infer_shape(kpi(), *answer);
    examined_.facts = facts_of(kpi().result, *answer);
    step("run", "ok");
    for (auto& found : check_result(kpi(), *answer, *examined_.facts, by_.limits_))
      validation().findings.push_back(std::move(found));
    probe_join();
    step("result", outcome_of(validation().findings, "result."));
    return true;
  }

  void refused(const metabase::QueryResult& answer, model::Execution& execution) {
    const auto error = without_values(answer.error, kpi().sql, target_.schema);
    execution.status = model::RunStatus::failed;
    execution.error = error;
    add(answer.timed_out ? "run.timeout" : "run.error", Severity::error,
        answer.timed_out ? "took longer than " + std::to_string(options_.timeout.count()) + " s" : error);
    step("run", "failed");
  }

  /// Asks the data whether a join repeats what is summed, where neither the keys nor the plan settle it.
  void probe_join() {
    if (target_.schema == nullptr) return;
    const auto probe = sql::join_probe(kpi().sql, kpi().dialect, *target_.schema);
    if (!probe) return;
    const bool settled = joined_rows_ && probe->table_rows &&
                         *joined_rows_ <= static_cast<double>(*probe->table_rows) &&
                         !has(validation().findings, "lint.fan_out");
    if (settled) return;
    const auto analysis = by_.analyzer_.analyze(probe->sql, kpi().dialect, target_.schema);
    if (!analysis.may_run() || analysis.has_error()) return;
    const auto answer = ask({target_.database_id, probe->sql, 2, options_.timeout});
    if (!answer || !answer->ok || answer->rows.size() != 1 || answer->rows.front().size() != 2) return;
    const auto met = number_in(answer->rows.front()[0]);
    const auto own = number_in(answer->rows.front()[1]);
    if (!met || !own || *own < 1 || *met <= *own) return;
    add("result.multiplied_rows", Severity::warning,
        fmt::format("the join meets each row of {} {:.2g} times on average, and the sum takes it as often",
                    probe->table, *met / *own));
  }

  const Examination& by_;
  const Target& target_;
  const ValidateOptions& options_;
  std::string mended_;  ///< the rules that mended it
  std::optional<double> joined_rows_;
  Examined examined_;
};

Examined Examination::examine(model::Kpi kpi, const Target& target) const {
  return Check(*this, std::move(kpi), target).run();
}

void settle(model::Kpi& kpi) {
  auto& validation = *kpi.validation;
  const bool refused = std::any_of(validation.findings.begin(), validation.findings.end(),
                                   [](const auto& finding) { return finding.severity == Severity::error; });
  validation.status = refused                      ? model::Verdict::rejected
                      : validation.repairs.empty() ? model::Verdict::passed
                                                   : model::Verdict::repaired;
}

}  // namespace kpi::stages
