#include <kpi/base/text.hpp>
#include <kpi/model/failures.hpp>
#include <kpi/render/digest.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/markdown.hpp>
#include <kpi/render/verdicts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>
#include <set>
#include <utility>

namespace kpi::render {
namespace {

bool holds(const model::Kpi& kpi) {
  return kpi.validation && kpi.validation->status != model::Verdict::rejected;
}

int score_of(const model::Kpi& kpi) { return kpi.score ? kpi.score->total : 0; }

/// One thing that failed.
struct Failed {
  const Examined* item;
  const model::Finding* finding;  ///< why
  bool rejects;                   ///< false: a KPI that runs, and scores 0
};

/// A cause and what it struck.
struct Cause {
  std::string text;
  const model::Cause* known = nullptr;
  bool rejects = true;
  std::vector<Failed> items;
};

const model::Finding* first_error(const Examined& item) {
  const auto at = std::find_if(item.findings.begin(), item.findings.end(), [](const model::Finding& finding) {
    return finding.severity == model::Severity::error;
  });
  return at == item.findings.end() ? nullptr : &*at;
}

void add_failed(const Verdicts& stage, std::vector<Failed>& failed) {
  for (const auto& item : stage.items) {
    if (const auto* finding = first_error(item); finding != nullptr) failed.push_back({&item, finding, true});
  }
}

/// The KPIs of `validation`, whose verdicts are `stage`: those that are rejected, and those worth nothing.
void add_failed(const Verdicts& stage, const model::ValidationReport& validation,
                std::vector<Failed>& failed) {
  for (std::size_t i = 0; i < stage.items.size(); ++i) {
    const auto& item = stage.items[i];
    if (const auto* finding = first_error(item); finding != nullptr) {
      failed.push_back({&item, finding, true});
    } else if (i < validation.kpis.size()) {
      if (const auto* reason = model::failure_of(validation.kpis[i]); reason != nullptr)
        failed.push_back({&item, reason, false});
    }
  }
}

/// As model::failure_causes() groups and sorts, over all that a run looked at.
std::vector<Cause> causes_of(const std::vector<Failed>& failed) {
  std::map<std::pair<bool, std::string>, Cause> causes;
  for (const auto& one : failed) {
    const auto* known = model::cause_of(one.finding->code, one.finding->message);
    std::string text(known == nullptr ? std::string_view(one.finding->code) : known->text);
    auto& cause = causes[{!one.rejects, text}];
    if (cause.items.empty()) cause = {std::move(text), known, one.rejects, {}};
    cause.items.push_back(one);
  }
  std::vector<Cause> sorted;
  for (auto& [key, cause] : causes) sorted.push_back(std::move(cause));
  std::stable_sort(sorted.begin(), sorted.end(), [](const Cause& a, const Cause& b) {
    return a.rejects != b.rejects ? a.rejects : a.items.size() > b.items.size();
  });
  return sorted;
}

std::string_view effect_of(const Cause& cause) { return cause.rejects ? "failed" : "runs, and scores 0"; }

std::string cause_text(const Cause& cause) {
  std::string text = fmt::format("## {} ({})\n\n", markdown_text(cause.text), cause.items.size());
  std::set<std::string> codes;
  for (const auto& one : cause.items) codes.insert(one.finding->code);
  for (const auto& code : codes) {
    const auto meaning = meaning_of(code);
    text += "- " + markdown_text(code) + (meaning.empty() ? "" : ": " + markdown_text(meaning)) + "\n";
  }
  text += "\n";
  if (cause.known != nullptr)
    text += fmt::format("What would prevent it ({}): {}.\n\n", cause.known->kind,
                        markdown_text(cause.known->advice));
  const auto& example = *cause.items.front().item;
  if (!example.sql.empty())
    text += "For example, " + markdown_text(example.name) + ":\n\n" + markdown_code(example.sql) + "\n";
  for (const auto& one : cause.items) {
    text += "- " + markdown_text(one.item->name) +
            (one.item->group.empty() ? "" : " (" + markdown_text(one.item->group) + ")") + ": " +
            markdown_text(one.finding->message) + "\n";
  }
  return text + "\n";
}

}  // namespace

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
  std::size_t worthless = 0;
  for (const auto& kpi : validation.kpis) {
    if (!holds(kpi)) continue;
    // Empty, constant or said twice: failures() tells why, and a KPI stands in one of the two.
    if (model::failure_of(kpi) != nullptr) {
      ++worthless;
      continue;
    }
    categories[category_of(kpi)].push_back(&kpi);
    ++working;
  }
  std::string text = "# Working KPIs\n\n";
  text += fmt::format(
      "{} of {} KPIs hold, in {} business function{}.{}\n\n", working, validation.kpis.size(),
      categories.size(), categories.size() == 1 ? "" : "s",
      worthless == 0 ? "" : fmt::format(" {} more run and score 0; failures.md says why.", worthless));
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
  std::list<Verdicts> stages;  // what failed points into them
  std::vector<Failed> failed;
  const auto add = [&](const auto* report) {
    if (report != nullptr) add_failed(stages.emplace_back(verdicts(*report)), failed);
  };
  add(reports.schema);
  add(reports.candidates);
  if (reports.validation != nullptr)
    add_failed(stages.emplace_back(verdicts(*reports.validation)), *reports.validation, failed);
  add(reports.registration);
  add(reports.audit);
  const auto causes = causes_of(failed);
  std::string text = "# Failures\n\n";
  if (causes.empty()) return text + "Nothing failed.\n";
  text += "| Items | Cause | Effect | Prevented by |\n| ---: | --- | --- | --- |\n";
  for (const auto& cause : causes) {
    text += fmt::format("| {} | {} | {} | {} |\n", cause.items.size(), markdown_text(cause.text),
                        effect_of(cause), cause.known == nullptr ? "" : cause.known->kind);
  }
  text += "\n";
  for (const auto& cause : causes) text += cause_text(cause);
  return text;
}

}  // namespace kpi::render
