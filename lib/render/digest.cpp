#include <kpi/base/text.hpp>
#include <kpi/render/digest.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/markdown.hpp>
#include <kpi/render/verdicts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace kpi::render {
namespace {

bool holds(const model::Kpi& kpi) {
  return kpi.validation && kpi.validation->status != model::Verdict::rejected;
}

int score_of(const model::Kpi& kpi) { return kpi.score ? kpi.score->total : 0; }

/// A cause and what it struck.
struct Cause {
  std::string code;
  std::vector<const Examined*> items;
  std::vector<const model::Finding*> findings;  ///< one an item
};

std::vector<Cause> causes_of(const std::vector<Verdicts>& stages) {
  std::map<std::string, Cause> causes;
  for (const auto& stage : stages) {
    for (const auto& item : stage.items) {
      std::vector<std::string_view> counted;
      for (const auto& finding : item.findings) {
        if (finding.severity != model::Severity::error) continue;
        if (std::find(counted.begin(), counted.end(), finding.code) != counted.end()) continue;
        counted.push_back(finding.code);
        auto& cause = causes[finding.code];
        cause.code = finding.code;
        cause.items.push_back(&item);
        cause.findings.push_back(&finding);
      }
    }
  }
  std::vector<Cause> sorted;
  for (auto& [code, cause] : causes) sorted.push_back(std::move(cause));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Cause& a, const Cause& b) { return a.items.size() > b.items.size(); });
  return sorted;
}

std::string cause_text(const Cause& cause) {
  std::string text = fmt::format("## {} ({})\n\n", markdown_text(cause.code), cause.items.size());
  if (const auto meaning = meaning_of(cause.code); !meaning.empty())
    text += "What it means: " + markdown_text(meaning) + ".\n\n";
  if (const auto advice = prevention_of(cause.code); !advice.empty())
    text += "What would prevent it: " + markdown_text(advice) + "\n\n";
  if (!cause.items.front()->sql.empty())
    text += "For example, " + markdown_text(cause.items.front()->name) + ":\n\n" +
            markdown_code(cause.items.front()->sql) + "\n";
  for (std::size_t i = 0; i < cause.items.size(); ++i) {
    const auto& item = *cause.items[i];
    text += "- " + markdown_text(item.name) +
            (item.group.empty() ? "" : " (" + markdown_text(item.group) + ")") + ": " +
            markdown_text(cause.findings[i]->message) + "\n";
  }
  return text + "\n";
}

}  // namespace

std::string_view prevention_of(std::string_view code) {
  // A code stands before its family.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 19> advice{{
      {"schema.json_path",
       "an example in the domain file that reads this JSON column the way its database does."},
      {"schema.unknown_table",
       "discover again, so that the report knows the tables there are now; or let the account read the "
       "table."},
      {"schema.unknown_column",
       "discover again, so that the report knows the columns there are now; if a model invents the name, a "
       "glossary entry in the domain file that says which column holds it."},
      {"schema.unknown_database", "a report of this Metabase: databases are matched by name."},
      {"schema.type_mismatch",
       "an example in the domain file that casts this column; --repair lets a model mend it."},
      {"schema.", "an example in the domain file for this kind of question; --repair lets a model mend it."},
      {"guard.function",
       "a model that keeps to the dialect; if the function only reads its arguments, an entry in "
       "config/sql-policy.yaml."},
      {"guard.",
       "nothing to mend: the statement was refused before any database saw it. A model that writes many of "
       "them is the wrong model."},
      {"syntax.", "a model that writes the database's dialect, or --repair to let it mend its answer."},
      {"lint.personal_column",
       "another question: KPIs show no personal columns. If the column is not personal, "
       "allow_personal_columns in config/sql-policy.yaml."},
      {"run.timeout", "an index on what the query filters by, a shorter time window, or a longer --timeout."},
      {"run.",
       "what the database says in the message; often a right that the account lacks, or a type that only the "
       "data shows. --repair lets a model mend it."},
      {"generate.short",
       "a wider --per-table, a larger --max-tokens, or a table with more columns to ask about."},
      {"generate.", "the message; --fallback rules writes KPIs for such tables without a model."},
      {"register.",
       "the message; often a right on the collection that the account lacks. The same command goes on from "
       "there."},
      {"audit.broken", "validate the KPI again: its table has changed, or its account lost a right."},
      {"http.", "Metabase or the model answering in time: look at their load, or lower --jobs."},
      {"metabase.", "what Metabase says in the message; kpi doctor checks rights and connection."},
      {"llm.", "the message; kpi doctor checks the key and the model's name."},
  }};
  for (const auto& [known, text] : advice) {
    if (known == code || (known.ends_with('.') && code.starts_with(known))) return text;
  }
  return "";
}

std::string working_kpis(const model::ValidationReport& validation,
                         const model::RegistrationReport* registration) {
  std::map<std::string, const model::Registration*> cards;
  if (registration != nullptr) {
    for (const auto& kpi : registration->kpis) {
      if (kpi.registration) cards.emplace(kpi.id, &*kpi.registration);
    }
  }
  std::map<std::string, std::vector<const model::Kpi*>> categories;
  std::size_t working = 0;
  for (const auto& kpi : validation.kpis) {
    if (!holds(kpi)) continue;
    categories[category_of(kpi)].push_back(&kpi);
    ++working;
  }
  std::string text = "# Working KPIs\n\n";
  text += fmt::format("{} of {} KPIs hold, in {} business function{}.\n\n", working, validation.kpis.size(),
                      categories.size(), categories.size() == 1 ? "" : "s");
  if (!validation.envelope.metabase_url.empty())
    text += "Metabase: " + markdown_text(validation.envelope.metabase_url) + "\n\n";
  for (auto& [category, kpis] : categories) {
    std::stable_sort(kpis.begin(), kpis.end(),
                     [](const auto* a, const auto* b) { return score_of(*a) > score_of(*b); });
    text += fmt::format(
        "## {} ({})\n\n| Score | KPI | Table | What it says | Card |\n| ---: | --- | --- | --- | --- |\n",
        markdown_text(category), kpis.size());
    for (const auto* kpi : kpis) {
      const auto at = cards.find(kpi->id);
      std::string card;
      if (at != cards.end()) {
        const auto& r = *at->second;
        card =
            r.card_id
                ? markdown_link("card " + std::to_string(*r.card_id), r.url.value_or(""))
                : markdown_text(std::string(model::to_string(r.status)) + (r.reason ? ": " + *r.reason : ""));
      }
      text += fmt::format("| {} | {} | {} | {} | {} |\n", kpi->score ? std::to_string(kpi->score->total) : "",
                          markdown_text(kpi->name), markdown_text(table_of(*kpi)),
                          markdown_text(kpi->description), card);
    }
    text += "\n";
  }
  return text;
}

std::string failures(const RunReports& reports) {
  std::vector<Verdicts> stages;
  if (reports.schema != nullptr) stages.push_back(verdicts(*reports.schema));
  if (reports.candidates != nullptr) stages.push_back(verdicts(*reports.candidates));
  if (reports.validation != nullptr) stages.push_back(verdicts(*reports.validation));
  if (reports.registration != nullptr) stages.push_back(verdicts(*reports.registration));
  if (reports.audit != nullptr) stages.push_back(verdicts(*reports.audit));
  const auto causes = causes_of(stages);
  std::string text = "# Failures\n\n";
  if (causes.empty()) return text + "Nothing failed.\n";
  text += "| Items | Cause | Meaning |\n| ---: | --- | --- |\n";
  for (const auto& cause : causes) {
    text += fmt::format("| {} | {} | {} |\n", cause.items.size(), markdown_text(cause.code),
                        markdown_text(meaning_of(cause.code)));
  }
  text += "\n";
  for (const auto& cause : causes) text += cause_text(cause);
  return text;
}

}  // namespace kpi::render
