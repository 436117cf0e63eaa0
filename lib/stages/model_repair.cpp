#include <kpi/base/text.hpp>
#include <kpi/sql/same_meaning.hpp>
#include <kpi/stages/model_repair.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace kpi::stages {
namespace {

constexpr std::size_t most_complaints = 6;

/// What a correction is asked for: errors, and results that cannot be meant.
bool is_complaint(const model::Finding& finding) {
  static constexpr std::array<std::string_view, 5> doubts{"result.empty", "result.all_null",
                                                          "result.out_of_range", "result.multiplied_rows",
                                                          "lint.unknown_value"};
  return finding.severity == model::Severity::error ||
         std::find(doubts.begin(), doubts.end(), finding.code) != doubts.end();
}

/// A model can do nothing about a database that is not there, nor may it about a personal column.
bool can_be_repaired(const Examined& examined, const Target& target) {
  if (examined.standing == Standing::sound || examined.unknown || target.schema == nullptr) return false;
  const auto& findings = examined.kpi.validation->findings;
  return std::none_of(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.code == "schema.unknown_database" || finding.code == "lint.personal_column";
  });
}

std::vector<std::string> complaints_of(const Examined& examined) {
  std::vector<std::string> complaints;
  for (const auto& finding : examined.kpi.validation->findings) {
    if (is_complaint(finding) && complaints.size() < most_complaints)
      complaints.push_back(finding.code + ": " + finding.message);
  }
  return complaints;
}

std::string first_complaint(const Examined& examined) {
  for (const auto& finding : examined.kpi.validation->findings) {
    if (is_complaint(finding)) return finding.code;
  }
  return "";
}

/// The KPI's own tables, those its statement reads, and their neighbours.
std::vector<const model::Table*> tables_of(const model::Kpi& kpi, const model::Database& schema,
                                           const std::vector<std::string>& read) {
  std::vector<const model::Table*> tables;
  const auto add = [&](const std::string& name) {
    const auto* table = schema.table(name);
    if (table != nullptr && std::find(tables.begin(), tables.end(), table) == tables.end())
      tables.push_back(table);
  };
  for (const auto& name : kpi.tables) add(name);
  for (const auto& name : read) add(name);
  const auto own = tables;
  for (const auto* table : own) {
    for (const auto& field : table->fields) {
      if (field.references) add(field.references->table);
    }
  }
  return tables;
}

void add_usage(model::RepairUsage& usage, const llm::Spent& spent) {
  usage.llm_calls += spent.calls;
  usage.cached_calls += spent.cached_calls;
  usage.prompt_tokens += spent.prompt_tokens;
  usage.completion_tokens += spent.completion_tokens;
  if (!spent.cost_usd) usage.cost_usd.reset();
  if (usage.cost_usd && spent.cost_usd) *usage.cost_usd += *spent.cost_usd;
}

/// There is no money for the next question either.
bool is_used_up(const Error& error) {
  return error.code == "llm.budget" || error.code == "llm.unpriced" || error.code == "state.day_budget" ||
         error.code == "state.month_budget";
}

/// Why `candidate` is not taken instead of `best`; empty: it is.
std::string objection(const Examined& candidate, const Examined& best, std::string_view original,
                      const sql::Analyzer& analyzer, const model::Database& schema) {
  if (auto other = sql::changed_meaning(analyzer, original, candidate.kpi.sql, best.kpi.dialect, schema))
    return "it answers another question: " + *other;
  if (candidate.standing > best.standing) return "";
  const auto complaints = complaints_of(candidate);
  return complaints.empty() ? "it came no further" : complaints.front();
}

/// `better` in place of `best`, with what was done written down.
void accept(Examined& best, Examined better, const std::string& code) {
  auto repairs = std::move(best.kpi.validation->repairs);
  repairs.push_back({"model", code, best.kpi.sql, better.kpi.sql});
  // What the rules did to the answer stands in its text already.
  better.kpi.validation->repairs = std::move(repairs);
  best = std::move(better);
}

}  // namespace

std::optional<Error> ModelRepair::lost() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void ModelRepair::lose(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!lost_) lost_ = error;
}

ModelRepair::Taken ModelRepair::repair(Examined& examined, const Target& target,
                                       const Examination& examination) {
  Taken taken;
  if (rounds_ < 1 || !repairer_for_ || !can_be_repaired(examined, target)) return taken;
  auto* repairer = repairer_for_(examined.kpi);
  if (repairer == nullptr) return taken;
  const auto& schema = *target.schema;
  const auto original = examined.kpi.sql;
  std::vector<llm::FailedRepair> failed;
  std::vector<std::string> notes;
  for (int round = 0; round < rounds_ && examined.standing != Standing::sound; ++round) {
    if ((taken.failure = lost()) || context_.stop.stop_requested()) {
      examined.whole = false;
      break;
    }
    taken.usage.asked = 1;
    const auto read = analyzer_.analyze(examined.kpi.sql, examined.kpi.dialect, &schema).tables;
    llm::Spent spent;
    auto answer = repairer->repair({schema, domain_, examined.kpi, complaints_of(examined),
                                    tables_of(examined.kpi, schema, read), failed},
                                   spent, context_.stop);
    add_usage(taken.usage, spent);
    if (!answer) {
      taken.failure = answer.error();
      examined.whole = false;
      // The next KPI would fail the same way.
      if (answer.error().fault != Fault::item || is_used_up(answer.error())) lose(answer.error());
      break;
    }
    auto candidate = examined.kpi;
    candidate.sql = *answer;
    if (answer->empty() || single_line(*answer) == single_line(examined.kpi.sql)) {
      notes.emplace_back("round " + std::to_string(round + 1) + ": no correction");
      break;
    }
    auto version = examination.examine(std::move(candidate), target);
    const auto against = objection(version, examined, original, analyzer_, schema);
    notes.push_back("round " + std::to_string(round + 1) + ": " +
                    (against.empty() ? "taken" : "dropped, " + against));
    examined.whole = version.whole = examined.whole && version.whole;
    if (version.unknown) break;
    if (against.empty()) {
      taken.usage.accepted = 1;
      const auto code = first_complaint(examined);
      accept(examined, std::move(version), code);
      failed.clear();
    } else {
      failed.push_back({std::move(version.kpi.sql), against});
    }
  }
  if (taken.failure) notes.push_back(taken.failure->code);
  const bool changed = taken.usage.accepted > 0;
  examined.kpi.validation->steps.push_back({"repair",
                                            changed                     ? "changed"
                                            : taken.failure.has_value() ? "skipped"
                                                                        : "failed",
                                            join(notes, "; ")});
  if (changed) settle(examined.kpi);
  return taken;
}

}  // namespace kpi::stages
