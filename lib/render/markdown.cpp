#include <kpi/base/text.hpp>
#include <kpi/model/failures.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/markdown.hpp>
#include <kpi/render/summary.hpp>

#include <fmt/format.h>

#include <map>

namespace kpi::render {
namespace {

/// A Markdown table; cells are escaped here, once. The first cell of a row may be a link.
class Grid {
public:
  explicit Grid(const std::vector<std::string>& heads) {
    text_ = "|";
    for (const auto& head : heads) text_ += " " + head + " |";
    text_ += "\n|";
    for (std::size_t i = 0; i < heads.size(); ++i) text_ += " --- |";
    text_ += "\n";
  }
  void row(const std::vector<std::string>& cells, std::string_view link = "") {
    text_ += "|";
    for (const auto& cell : cells) {
      const bool linked = &cell == &cells.front() && !link.empty();
      text_ += " " + (linked ? markdown_link(cell, link) : markdown_text(cell)) + " |";
    }
    text_ += "\n";
    ++rows_;
  }
  /// The table, or "" where it has no row.
  [[nodiscard]] std::string text() const { return rows_ == 0 ? "" : text_ + "\n"; }

private:
  std::string text_;
  std::size_t rows_ = 0;
};

std::string heading(const std::string& title, const model::Envelope& envelope,
                    const std::vector<std::string>& summary_lines) {
  std::string text = "# " + title + "\n\n";
  for (const auto& line : summary_lines) text += "- " + markdown_text(line) + "\n";
  text += "\n";
  Grid grid({"", ""});
  grid.row({"Tenant", envelope.run.tenant});
  if (!envelope.metabase_url.empty()) {
    grid.row(
        {"Metabase", envelope.metabase_url +
                         (envelope.metabase_version.empty() ? "" : " (" + envelope.metabase_version + ")")});
  }
  grid.row({"Run", envelope.run.id + ", " + envelope.run.started_at});
  return text + grid.text();
}

std::string errors_section(const model::Envelope& envelope) {
  Grid grid({"Stage", "Item", "Code", "What happened"});
  for (const auto& error : envelope.errors) grid.row({error.stage, error.item, error.code, error.message});
  const auto text = grid.text();
  return text.empty() ? "" : "## What failed\n\n" + text;
}

/// KPIs under their categories, each written by `one`.
template <class One>
std::string by_category(const std::vector<model::Kpi>& kpis, const One& one) {
  std::map<std::string, std::string> sections;
  for (const auto& kpi : kpis) sections[category_of(kpi)] += one(kpi);
  std::string text;
  for (const auto& [category, section] : sections) text += "## " + markdown_text(category) + "\n\n" + section;
  return text;
}

/// How many KPIs of each category there are and hold.
std::string tally(const std::vector<model::Kpi>& kpis) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> counts;
  for (const auto& kpi : kpis) {
    auto& [total, good] = counts[category_of(kpi)];
    ++total;
    if (kpi.validation && kpi.validation->status != model::Verdict::rejected) ++good;
  }
  Grid grid({"Business function", "KPIs", "Hold"});
  for (const auto& [category, count] : counts)
    grid.row({category, std::to_string(count.first), std::to_string(count.second)});
  return grid.text();
}

std::string causes(const std::vector<model::Kpi>& kpis) {
  Grid grid({"Cause", "KPIs", "Effect", "Example", "What would prevent it"});
  for (const auto& cause : model::failure_causes(kpis))
    grid.row({cause.cause, std::to_string(cause.count), cause.rejects ? "rejected" : "score 0", cause.example,
              cause.kind + ": " + cause.advice});
  const auto text = grid.text();
  return text.empty() ? "" : "## Why KPIs failed\n\n" + text;
}

std::string kpi_text(const model::Kpi& kpi, const std::string& remarks) {
  std::string text = "### " + markdown_text(kpi.name) + "\n\n";
  if (!kpi.description.empty()) text += markdown_text(kpi.description) + "\n\n";
  if (!kpi.business_value.empty()) text += "Why: " + markdown_text(kpi.business_value) + "\n\n";
  if (!kpi.tables.empty()) text += "From: " + markdown_text(join(kpi.tables, ", ")) + "\n\n";
  return text + remarks + markdown_code(kpi.sql) + "\n";
}

std::string verdict_text(const model::Kpi& kpi) {
  std::string text;
  if (kpi.validation) {
    text += "Verdict: " + std::string(model::to_string(kpi.validation->status));
    if (kpi.score) text += fmt::format(", score {}", kpi.score->total);
    text += "\n\n";
    for (const auto& finding : findings_of(kpi)) {
      text += fmt::format("- {} {}: {}\n", model::to_string(finding.severity), markdown_text(finding.code),
                          markdown_text(finding.message));
    }
    for (const auto& repair : kpi.validation->repairs) {
      text += "- mended: " + markdown_text(repair.code) + "\n";
    }
    if (!kpi.validation->findings.empty() || !kpi.validation->repairs.empty()) text += "\n";
  }
  return text;
}

}  // namespace

std::string markdown(const model::SchemaReport& report) {
  std::string text = heading("Schema report", report.envelope, summary(report));
  for (const auto& database : report.databases) {
    text += "## " + markdown_text(database.name) + "\n\n";
    Grid tables({"Table", "Category", "Rows", "Fields", "One row is", "Description"});
    for (const auto& table : database.tables) {
      tables.row({table.qualified_name(), table.category,
                  table.row_count ? std::to_string(*table.row_count) : "",
                  std::to_string(table.fields.size()), table.grain.value_or(""), table.description});
    }
    text += tables.text();
    Grid links({"From", "To", "Kind", "Confidence", "Reason"});
    for (const auto& one : database.relationships) {
      links.row({one.from.table + "." + one.from.field, one.to.table + "." + one.to.field, one.kind,
                 fmt::format("{:.2f}", one.confidence), one.reason});
    }
    text += links.text();
  }
  if (report.changes) {
    Grid changes({"Change", "Table", "Field", "Before", "After"});
    const auto add = [&](const char* kind, const std::vector<model::Change>& list) {
      for (const auto& one : list) changes.row({kind, one.table, one.field, one.before, one.after});
    };
    add("added", report.changes->added);
    add("removed", report.changes->removed);
    add("changed", report.changes->changed);
    text += "## Changes\n\n" + changes.text();
  }
  return text + errors_section(report.envelope);
}

std::string markdown(const model::CandidatesReport& report) {
  std::string text = heading("Candidate KPIs", report.envelope, summary(report));
  text += by_category(report.kpis, [](const model::Kpi& kpi) { return kpi_text(kpi, ""); });
  return text + errors_section(report.envelope);
}

std::string markdown(const model::ValidationReport& report) {
  std::string text = heading("Validation of KPIs", report.envelope, summary(report));
  text += tally(report.kpis) + causes(report.kpis);
  text += by_category(report.kpis, [](const model::Kpi& kpi) { return kpi_text(kpi, verdict_text(kpi)); });
  return text + errors_section(report.envelope);
}

std::string markdown(const model::RegistrationReport& report) {
  std::string text = heading("Registered KPIs", report.envelope, summary(report));
  std::map<std::string, Grid> grids;
  for (const auto& kpi : report.kpis) {
    if (!kpi.registration) continue;
    const auto& r = *kpi.registration;
    auto& grid =
        grids.try_emplace(r.collection, Grid({"KPI", "Status", "Card", "Score", "Reason"})).first->second;
    grid.row({kpi.name, std::string(model::to_string(r.status)), r.card_id ? std::to_string(*r.card_id) : "",
              kpi.score ? std::to_string(kpi.score->total) : "", r.reason.value_or("")},
             r.url.value_or(""));
  }
  for (const auto& [collection, grid] : grids) {
    text += "## " + markdown_text(collection.empty() ? "Not registered" : collection) + "\n\n" + grid.text();
  }
  Grid archived({"Card", "Name"});
  for (const auto& card : report.archived) archived.row({std::to_string(card.card_id), card.name});
  if (!report.archived.empty()) text += "## " + archived_title(report) + "\n\n" + archived.text();
  return text + errors_section(report.envelope);
}

std::string markdown(const model::AuditReport& report) {
  std::string text = heading("Audit of registered KPIs", report.envelope, summary(report));
  Grid grid({"Card", "Status", "Evidence", "Last seen well"});
  for (const auto& card : report.cards) {
    grid.row(
        {card.name, std::string(model::to_string(card.status)), card.evidence, card.last_ok_at.value_or("")},
        card.url);
  }
  return text + grid.text() + errors_section(report.envelope);
}

}  // namespace kpi::render
