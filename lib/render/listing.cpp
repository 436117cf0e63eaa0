#include <kpi/base/text.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/failures.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/summary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::render {
namespace {

constexpr auto text = ColumnKind::text;
constexpr auto number = ColumnKind::number;
constexpr auto status = ColumnKind::status;

void add_if_any(std::vector<Listing>& all, Listing listing) {
  if (!listing.rows.empty()) all.push_back(std::move(listing));
}

void add_errors(std::vector<Listing>& all, const model::Envelope& envelope) {
  Listing listing{
      "What failed",
      {{"Stage", text, 3, Facet::yes}, {"Item"}, {"Code", text, 2, Facet::yes}, {"What happened"}},
      {}};
  for (const auto& one : envelope.errors)
    listing.rows.push_back({{one.stage, one.item, one.code, one.message}, ""});
  add_if_any(all, std::move(listing));
}

std::string score_text(const model::Kpi& kpi) { return kpi.score ? std::to_string(kpi.score->total) : ""; }

Listing relationships(const model::SchemaReport& report) {
  Listing listing{
      "Relationships",
      {{"From"}, {"To"}, {"Kind", text, 2, Facet::yes}, {"Confidence", number, 3}, {"Reason", text, 4}},
      {}};
  for (const auto& database : report.databases) {
    for (const auto& one : database.relationships) {
      listing.rows.push_back({{one.from.table + "." + one.from.field, one.to.table + "." + one.to.field,
                               one.kind, fmt::format("{:.2f}", one.confidence), one.reason},
                              ""});
    }
  }
  return listing;
}

Listing changes(const model::SchemaReport& report) {
  Listing listing{
      "Changes",
      {{"Change", text, 0, Facet::yes}, {"Table"}, {"Field"}, {"Before", text, 2}, {"After", text, 2}},
      {}};
  if (!report.changes) return listing;
  const auto add = [&](const char* kind, const std::vector<model::Change>& list) {
    for (const auto& one : list)
      listing.rows.push_back({{kind, one.table, one.field, one.before, one.after}, ""});
  };
  add("added", report.changes->added);
  add("removed", report.changes->removed);
  add("changed", report.changes->changed);
  return listing;
}

/// "coverage": {"by_category": {"Sales": 3}} of an audit's summary as rows; what is not of that shape is left
/// out.
Listing coverage(const Json& summary, const char* member, std::string title, std::string head) {
  Listing listing{std::move(title), {{std::move(head)}, {"Cards", number}}, {}};
  const auto all = summary.find("coverage");
  if (all == summary.end() || !all->is_object()) return listing;
  const auto part = all->find(member);
  if (part == all->end() || !part->is_object()) return listing;
  for (const auto& item : part->items()) {
    if (item.value().is_number_integer())
      listing.rows.push_back({{item.key(), std::to_string(item.value().get<std::int64_t>())}, ""});
  }
  return listing;
}

Listing error_patterns(const Json& summary) {
  Listing listing{"What broke cards", {{"Cards", number}, {"Evidence"}}, {}};
  const auto list = summary.find("error_patterns");
  if (list == summary.end() || !list->is_array()) return listing;
  for (const auto& one : *list) {
    if (!one.is_object()) continue;
    std::vector<std::string> cells(2);
    for (const auto& item : one.items()) {
      if (item.value().is_number_integer()) cells[0] = std::to_string(item.value().get<std::int64_t>());
      if (item.value().is_string()) cells[1] = item.value().get<std::string>();
    }
    listing.rows.push_back({std::move(cells), ""});
  }
  return listing;
}

}  // namespace

Tone tone_of(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, Tone>, 22> tones{{
      {"passed", Tone::good},    {"ok", Tone::good},        {"created", Tone::good}, {"updated", Tone::good},
      {"unchanged", Tone::good}, {"repaired", Tone::fair},  {"short", Tone::fair},   {"planned", Tone::fair},
      {"drifted", Tone::fair},   {"empty", Tone::fair},     {"slow", Tone::fair},    {"stale", Tone::fair},
      {"warning", Tone::fair},   {"duplicate", Tone::fair}, {"rejected", Tone::bad}, {"failed", Tone::bad},
      {"broken", Tone::bad},     {"orphan", Tone::bad},     {"error", Tone::bad},    {"skipped", Tone::muted},
      {"archived", Tone::muted}, {"score 0", Tone::fair},
  }};
  for (const auto& [known, tone] : tones) {
    if (known == word) return tone;
  }
  return word == "unmanaged" || word == "note" ? Tone::muted : Tone::none;
}

std::string_view to_string(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::fair:
      return "fair";
    case Tone::bad:
      return "bad";
    case Tone::muted:
      return "muted";
    case Tone::none:
      break;
  }
  return "";
}

std::string category_of(const model::Kpi& kpi) {
  return kpi.category.empty() ? std::string(model::general_category) : kpi.category;
}

std::string table_of(const model::Kpi& kpi) { return kpi.tables.empty() ? "(none)" : kpi.tables.front(); }

std::vector<model::Finding> findings_of(const model::Kpi& kpi) {
  std::vector<model::Finding> findings;
  if (!kpi.validation) return findings;
  for (const auto& finding : kpi.validation->findings) {
    const bool said = std::any_of(findings.begin(), findings.end(), [&](const model::Finding& before) {
      return before.code == finding.code && before.message == finding.message;
    });
    if (!said) findings.push_back(finding);
  }
  return findings;
}

std::vector<std::string> codes_of(const model::Kpi& kpi) {
  std::vector<std::string> codes;
  if (!kpi.validation) return codes;
  for (const auto severity : {model::Severity::error, model::Severity::warning, model::Severity::note}) {
    for (const auto& finding : kpi.validation->findings) {
      if (finding.severity == severity && std::find(codes.begin(), codes.end(), finding.code) == codes.end())
        codes.push_back(finding.code);
    }
  }
  return codes;
}

std::vector<Listing> listings(const model::SchemaReport& report) {
  Listing tables{"Tables",
                 {{"Table"},
                  {"Database", text, 5, Facet::yes},
                  {"Category", text, 2, Facet::yes},
                  {"Rows", number, 1},
                  {"Fields", number, 3},
                  {"One row is", text, 4},
                  {"Description", text, 6}},
                 {}};
  for (const auto& database : report.databases) {
    for (const auto& table : database.tables) {
      tables.rows.push_back(
          {{table.qualified_name(), database.name, table.category,
            table.row_count ? std::to_string(*table.row_count) : "", std::to_string(table.fields.size()),
            table.grain.value_or(""), table.description},
           ""});
    }
  }
  std::vector<Listing> all{std::move(tables)};
  add_if_any(all, relationships(report));
  add_if_any(all, changes(report));
  add_errors(all, report.envelope);
  return all;
}

std::vector<Listing> listings(const model::CandidatesReport& report) {
  Listing kpis{"KPIs",
               {{"KPI"},
                {"Category", text, 3, Facet::yes},
                {"Table", text, 1, Facet::yes},
                {"Shape", text, 2, Facet::yes},
                {"Unit", text, 4, Facet::yes},
                {"Written by", text, 5, Facet::yes}},
               {}};
  for (const auto& kpi : report.kpis) {
    kpis.rows.push_back(
        {{kpi.name, category_of(kpi), table_of(kpi), std::string(model::to_string(kpi.result.shape)),
          std::string(model::to_string(kpi.result.unit)),
          kpi.source.model.empty() ? kpi.source.provider : kpi.source.model},
         ""});
  }
  std::vector<Listing> all{std::move(kpis)};
  Listing tables{"Tables",
                 {{"Table"},
                  {"Status", status, 0, Facet::yes},
                  {"KPIs", number},
                  {"Attempts", number, 2},
                  {"Error", text, 1}},
                 {}};
  for (const auto& table : report.tables) {
    tables.rows.push_back({{table.schema.empty() ? table.name : table.schema + "." + table.name,
                            std::string(model::to_string(table.status)), std::to_string(table.kpis),
                            std::to_string(table.attempts), table.error.value_or("")},
                           ""});
  }
  add_if_any(all, std::move(tables));
  add_errors(all, report.envelope);
  return all;
}

std::vector<Listing> listings(const model::ValidationReport& report) {
  Listing kpis{"KPIs",
               {{"Verdict", status, 0, Facet::yes},
                {"Score", number, 1},
                {"KPI"},
                {"Category", text, 4, Facet::yes},
                {"Table", text, 3, Facet::yes},
                {"Findings", text, 2}},
               {}};
  for (const auto& kpi : report.kpis) {
    kpis.rows.push_back(
        {{kpi.validation ? std::string(model::to_string(kpi.validation->status)) : "", score_text(kpi),
          kpi.name, category_of(kpi), table_of(kpi), join(codes_of(kpi), ", ")},
         ""});
  }
  std::vector<Listing> all{std::move(kpis)};
  Listing causes{"Why KPIs failed",
                 {{"KPIs", number},
                  {"Cause"},
                  {"Effect", status, 1},
                  {"Example", text, 2},
                  {"Prevented by", text, 3, Facet::yes},
                  {"How", text, 3}},
                 {}};
  for (const auto& cause : model::failure_causes(report.kpis)) {
    causes.rows.push_back({{std::to_string(cause.count), cause.cause, cause.rejects ? "rejected" : "score 0",
                            cause.example, cause.kind, cause.advice},
                           ""});
  }
  add_if_any(all, std::move(causes));
  add_errors(all, report.envelope);
  return all;
}

std::vector<Listing> listings(const model::RegistrationReport& report) {
  Listing kpis{"KPIs",
               {{"Status", status, 0, Facet::yes},
                {"KPI"},
                {"Collection", text, 1, Facet::yes},
                {"Score", number, 3},
                {"Card", number, 2},
                {"Reason", text, 1}},
               {}};
  for (const auto& kpi : report.kpis) {
    const auto r = kpi.registration.value_or(model::Registration{});
    kpis.rows.push_back(
        {{kpi.registration ? std::string(model::to_string(r.status)) : "", kpi.name, r.collection,
          score_text(kpi), r.card_id ? std::to_string(*r.card_id) : "", r.reason.value_or("")},
         r.url.value_or("")});
  }
  std::vector<Listing> all{std::move(kpis)};
  Listing archived{archived_title(report), {{"Card", number}, {"Name"}, {"KPI id", text, 1}}, {}};
  for (const auto& card : report.archived)
    archived.rows.push_back({{std::to_string(card.card_id), card.name, card.kpi_id}, ""});
  add_if_any(all, std::move(archived));
  add_errors(all, report.envelope);
  return all;
}

std::vector<Listing> listings(const model::AuditReport& report) {
  Listing cards{"Cards",
                {{"Status", status, 0, Facet::yes},
                 {"Card", number, 3},
                 {"Name"},
                 {"Evidence", text, 1},
                 {"Last seen well", text, 2}},
                {}};
  for (const auto& card : report.cards) {
    cards.rows.push_back({{std::string(model::to_string(card.status)), std::to_string(card.card_id),
                           card.name, card.evidence, card.last_ok_at.value_or("")},
                          card.url});
  }
  std::vector<Listing> all{std::move(cards)};
  add_if_any(all, error_patterns(report.summary));
  add_if_any(all, coverage(report.summary, "by_category", "Coverage of business functions", "Category"));
  add_if_any(all, coverage(report.summary, "by_table", "Coverage of tables", "Table"));
  add_errors(all, report.envelope);
  return all;
}

}  // namespace kpi::render
