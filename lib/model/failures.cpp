#include <kpi/base/text.hpp>
#include <kpi/model/failures.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace kpi::model {
namespace {

/// One reason: which findings are of it, and what a person can do. The first that fits counts.
struct Rule {
  std::string_view code;     ///< glob on the finding's code
  std::string_view message;  ///< glob on its message
  std::string_view cause;
  std::string_view kind;
  std::string_view advice;
};

// What the database says is in its own words: PostgreSQL's and SQLite's, as Metabase passes them on.
constexpr std::array rules{
    Rule{
        "guard.function", "*", "calls a function that is not allowed", "settings",
        "if it is harmless, add it to config/sql-policy.yaml; else have the prompt name one that is allowed"},
    Rule{"guard.*", "*", "is not one harmless SELECT", "prompt",
         "have prompts/system.mustache say it again; nothing of it was run"},
    Rule{"syntax.*", "*", "is not valid SQL in this dialect", "prompt",
         "give the domain file a worked example in this dialect"},
    Rule{"schema.unknown_table", "*", "names a table that does not exist", "domain",
         "name the right table in the domain's glossary, or include it in discovery"},
    Rule{"schema.unknown_column", "*", "names a column that does not exist", "domain",
         "say in the domain's glossary which column holds it, or comment the column in the database"},
    Rule{"schema.json_path", "*", "takes a field inside a JSON column for a column", "prompt",
         "give the domain file an example that reads this field"},
    Rule{"schema.unknown_database", "*", "names a database that Metabase does not have", "settings",
         "write the candidates again against this Metabase"},
    Rule{"schema.*", "*", "does not fit the columns' types or grouping", "prompt",
         "give the domain file a worked example of this kind of figure"},
    Rule{"lint.personal_column", "*", "shows a personal column", "prompt",
         "count people by their key; if the column is not personal, unmark it in Metabase"},
    Rule{"run.error", "*permission denied*", "reads what the account may not read", "permission",
         "grant SELECT on it to the account that Metabase connects with, or exclude the table"},
    Rule{"run.error", "*no rights*", "reads what the account may not read", "permission",
         "grant native queries on the database in Metabase's admin settings"},
    Rule{"run.error", "*division by zero*", "divides by zero", "prompt",
         "have the prompt insist on NULLIF around every divisor"},
    Rule{"run.error", "*does not exist*", "names what the database does not have", "domain",
         "run kpi discover again: the schema has moved on since"},
    Rule{"run.error", "*no such *", "names what the database does not have", "domain",
         "run kpi discover again: the schema has moved on since"},
    Rule{"run.error", "*invalid input syntax*", "casts text that is no such value", "domain",
         "say in the domain's glossary what the column holds, and which rows to leave out"},
    Rule{"run.timeout", "*", "does not end in time", "settings",
         "index the columns it filters by, narrow its time window, or raise --timeout"},
    Rule{"run.cost", "*", "is too dear by the database's own plan", "settings",
         "index the columns it joins and filters by, or raise validate.max_plan_cost"},
    Rule{"run.skipped", "*", "could not be run", "settings", "run validate again when Metabase answers"},
    Rule{"run.*", "*", "is refused by the database", "prompt",
         "give the domain file a worked example in this dialect"},
    Rule{"result.empty", "*", "gives no rows", "data",
         "check the values it filters by; if the data has stopped, anchor its window to the latest row"},
    Rule{"result.all_null", "*", "gives nothing but nulls", "data",
         "the column is not filled: leave it out by an entry in the domain's glossary"},
    Rule{"result.constant", "*", "gives the same value everywhere", "data",
         "group or measure by a column whose values differ"},
    Rule{"dup.*", "*", "asks what another KPI asks", "prompt", "nothing is lost: the better one stays"},
};

const Rule* rule_for(const Finding& finding) {
  const auto text = single_line(finding.message);
  const auto at = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) {
    return glob_match(rule.code, finding.code) && glob_match(rule.message, text);
  });
  return at == rules.end() ? nullptr : &*at;
}

/// The finding a KPI failed for, if it did: the first error, else the first that closes a gate of the score.
const Finding* reason(const Kpi& kpi) {
  if (!kpi.validation) return nullptr;
  const auto& findings = kpi.validation->findings;
  if (kpi.validation->status == Verdict::rejected) {
    const auto at = std::find_if(findings.begin(), findings.end(),
                                 [](const auto& one) { return one.severity == Severity::error; });
    return at == findings.end() ? nullptr : &*at;
  }
  if (!kpi.score || kpi.score->total > 0) return nullptr;
  static constexpr std::array<std::string_view, 4> gates{"result.empty", "result.all_null", "result.constant",
                                                         "dup.*"};
  for (const auto gate : gates) {
    const auto at = std::find_if(findings.begin(), findings.end(),
                                 [&](const auto& one) { return glob_match(gate, one.code); });
    if (at != findings.end()) return &*at;
  }
  return nullptr;
}

struct Group {
  FailureCause cause;
  std::set<std::string> codes;
};

}  // namespace

std::vector<FailureCause> failure_causes(const std::vector<Kpi>& kpis) {
  std::map<std::pair<bool, std::string>, Group> groups;
  for (const auto& kpi : kpis) {
    const auto* finding = reason(kpi);
    if (finding == nullptr) continue;
    const bool rejects = kpi.validation->status == Verdict::rejected;
    const auto* rule = rule_for(*finding);
    const std::string cause(rule == nullptr ? std::string_view(finding->code) : rule->cause);
    auto& group = groups[{!rejects, cause}];
    if (group.cause.count++ == 0) {
      group.cause.cause = cause;
      group.cause.rejects = rejects;
      group.cause.example = single_line(kpi.name) + ": " + single_line(finding->message);
      group.cause.kind = rule == nullptr ? "prompt" : rule->kind;
      group.cause.advice = rule == nullptr ? "see kpi validate --list-findings" : rule->advice;
    }
    group.codes.insert(finding->code);
  }
  std::vector<FailureCause> causes;
  for (auto& [key, group] : groups) {
    group.cause.codes.assign(group.codes.begin(), group.codes.end());
    causes.push_back(std::move(group.cause));
  }
  std::stable_sort(causes.begin(), causes.end(), [](const auto& a, const auto& b) {
    return a.rejects != b.rejects ? a.rejects : a.count > b.count;
  });
  return causes;
}

}  // namespace kpi::model
