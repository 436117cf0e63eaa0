#include <kpi/base/text.hpp>
#include <kpi/model/failures.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace kpi::model {
namespace {

/// Which codes are of a cause. The first that fits counts.
struct Rule {
  std::string_view code;     ///< glob on the code
  std::string_view message;  ///< glob on the message
  Cause cause;
};

// What the database says is in its own words: PostgreSQL's and SQLite's, as Metabase passes them on.
constexpr std::array rules{
    Rule{"guard.function",
         "*",
         {"calls a function that is not allowed", "settings",
          "if it only reads its arguments, add it to config/sql-policy.yaml; else have the prompt name one "
          "that is allowed"}},
    Rule{"guard.*",
         "*",
         {"is not one harmless SELECT", "prompt",
          "have prompts/system.mustache say it again, or take another model; nothing of it was run"}},
    Rule{"syntax.*",
         "*",
         {"is not valid SQL in this dialect", "prompt",
          "give the domain file a worked example in this dialect; --repair lets a model mend it"}},
    Rule{"schema.unknown_table",
         "*",
         {"names a table that does not exist", "domain",
          "name the right table in the domain's glossary; if it is new, discover again, and let the account "
          "read it"}},
    Rule{"schema.unknown_column",
         "*",
         {"names a column that does not exist", "domain",
          "say in the domain's glossary which column holds it, or comment the column in the database; if it "
          "is new, discover again"}},
    Rule{"schema.json_path",
         "*",
         {"takes a field inside a JSON column for a column", "prompt",
          "give the domain file an example that reads this field"}},
    Rule{"schema.unknown_database",
         "*",
         {"names a database that Metabase does not have", "settings",
          "write the candidates again against this Metabase: databases are matched by name"}},
    Rule{"schema.*",
         "*",
         {"does not fit the columns' types or grouping", "prompt",
          "give the domain file a worked example of this kind of figure; --repair lets a model mend it"}},
    Rule{"lint.personal_column",
         "*",
         {"shows a personal column", "prompt",
          "count people by their key; if the column is not personal, name it in allow_personal_columns of "
          "config/sql-policy.yaml"}},
    Rule{"run.error",
         "*permission denied*",
         {"reads what the account may not read", "permission",
          "grant SELECT on it to the account that Metabase connects with, or exclude the table"}},
    Rule{"run.error",
         "*no rights*",
         {"reads what the account may not read", "permission",
          "grant native queries on the database in Metabase's admin settings"}},
    Rule{"run.error",
         "*division by zero*",
         {"divides by zero", "prompt", "have the prompt insist on NULLIF around every divisor"}},
    Rule{"run.error",
         "*does not exist*",
         {"names what the database does not have", "domain",
          "run kpi discover again: the schema has moved on since"}},
    Rule{"run.error",
         "*no such *",
         {"names what the database does not have", "domain",
          "run kpi discover again: the schema has moved on since"}},
    Rule{"run.error",
         "*invalid input syntax*",
         {"casts text that is no such value", "domain",
          "say in the domain's glossary what the column holds, and which rows to leave out"}},
    Rule{"run.timeout",
         "*",
         {"does not end in time", "settings",
          "index the columns it filters by, narrow its time window, or raise --timeout"}},
    Rule{"run.cost",
         "*",
         {"is too dear by the database's own plan", "settings",
          "index the columns it joins and filters by, or raise validate.max_plan_rows or "
          "validate.max_plan_cost"}},
    Rule{"run.skipped",
         "*",
         {"could not be run", "settings", "run validate again when Metabase answers; kpi doctor looks why"}},
    Rule{"run.*",
         "*",
         {"is refused by the database", "prompt",
          "give the domain file a worked example in this dialect; --repair lets a model mend it"}},
    Rule{"result.empty",
         "*",
         {"gives no rows", "data",
          "check the values it filters by; if the data has stopped, anchor its window to the latest row"}},
    Rule{"result.all_null",
         "*",
         {"gives nothing but nulls", "data",
          "the column is not filled: leave it out by an entry in the domain's glossary"}},
    Rule{"result.constant",
         "*",
         {"gives the same value everywhere", "data", "group or measure by a column whose values differ"}},
    Rule{"dup.*", "*", {"asks what another KPI asks", "prompt", "nothing is lost: the better one stays"}},
    // What other stages say of tables and cards, and what struck the stage itself.
    Rule{"validate.rejected",
         "*",
         {"was rejected, and the report does not say why", "settings", "validate the candidates again"}},
    Rule{"generate.*",
         "*",
         {"has no KPIs, for none could be written", "prompt",
          "see the message; --fallback rules writes KPIs for such tables without a model"}},
    Rule{"register.*",
         "*",
         {"could not be written to Metabase", "permission",
          "see the message: often a right on the collection that the account lacks; the same command goes on "
          "from there"}},
    Rule{"audit.broken",
         "*",
         {"is a card that runs no more", "data",
          "validate the KPI again: its table has changed, or its account lost a right"}},
    Rule{"llm.budget",
         "*",
         {"is not paid for: the budget is used up", "settings",
          "raise --budget and run again: finished answers are kept"}},
    Rule{"state.*_budget",
         "*",
         {"is not paid for: the tenant's budget is used up", "settings",
          "raise llm.budget_day_usd or llm.budget_month_usd, or run again when the day or month is over"}},
    Rule{"llm.*",
         "*",
         {"got no usable answer from the model", "settings",
          "see the message; kpi doctor checks the key and the model's name"}},
    Rule{"http.*",
         "*",
         {"had a server that did not answer in time", "settings",
          "look at the load of Metabase or the model, or lower --jobs"}},
    Rule{"metabase.*",
         "*",
         {"was refused by Metabase", "permission",
          "see the message; kpi doctor checks connection and rights"}},
};

struct Group {
  FailureCause cause;
  std::set<std::string> codes;
};

}  // namespace

const Cause* cause_of(std::string_view code, std::string_view message) {
  const auto text = single_line(message);
  const auto* at = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) {
    return glob_match(rule.code, code) && glob_match(rule.message, text);
  });
  return at == rules.end() ? nullptr : &at->cause;
}

const Finding* failure_of(const Kpi& kpi) {
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

std::vector<FailureCause> failure_causes(const std::vector<Kpi>& kpis) {
  std::map<std::pair<bool, std::string>, Group> groups;
  for (const auto& kpi : kpis) {
    const auto* finding = failure_of(kpi);
    if (finding == nullptr) continue;
    const bool rejects = kpi.validation->status == Verdict::rejected;
    const auto* cause = cause_of(finding->code, finding->message);
    const std::string text(cause == nullptr ? std::string_view(finding->code) : cause->text);
    auto& group = groups[{!rejects, text}];
    if (group.cause.count++ == 0) {
      group.cause.cause = text;
      group.cause.rejects = rejects;
      group.cause.example = single_line(kpi.name) + ": " + single_line(finding->message);
      group.cause.kind = cause == nullptr ? "prompt" : cause->kind;
      group.cause.advice = cause == nullptr ? "see kpi validate --list-findings" : cause->advice;
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
