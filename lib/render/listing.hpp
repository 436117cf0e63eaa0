#pragma once

#include <kpi/model/report.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Any report as tables of plain text: what the terminal and the HTML page show, each in its own way. Cells
// hold names as they came from databases and models; who shows them makes them safe.
namespace kpi::render {

/// How a status reads at a glance.
enum class Tone { none, good, fair, bad, muted };

/// The tone of a word that any report uses for a status: "passed" is good, "broken" bad.
[[nodiscard]] Tone tone_of(std::string_view status);
[[nodiscard]] std::string_view to_string(Tone tone);

enum class ColumnKind { text, number, status };
enum class Facet { no, yes };  ///< whether few different values make the column worth a filter

struct Column {
  std::string label;
  ColumnKind kind = ColumnKind::text;
  int priority = 0;  ///< 0 is always shown; where room is short, the highest is left out first
  Facet facet = Facet::no;
};

struct Row {
  std::vector<std::string> cells;  ///< one a column
  std::string link;                ///< where the item stands in Metabase; empty where it does not
};

struct Listing {
  std::string title;
  std::vector<Column> columns;
  std::vector<Row> rows;
};

/// The first listing has a row for each item the report is about (table, KPI, card), in the report's order;
/// those after it, none of them empty, hold the rest: causes, relationships, changes, what failed.
[[nodiscard]] std::vector<Listing> listings(const model::SchemaReport& report);
[[nodiscard]] std::vector<Listing> listings(const model::CandidatesReport& report);
[[nodiscard]] std::vector<Listing> listings(const model::ValidationReport& report);
[[nodiscard]] std::vector<Listing> listings(const model::RegistrationReport& report);
[[nodiscard]] std::vector<Listing> listings(const model::AuditReport& report);

/// The category a KPI is shown under.
[[nodiscard]] std::string category_of(const model::Kpi& kpi);
/// The KPI's main table, or "(none)".
[[nodiscard]] std::string table_of(const model::Kpi& kpi);
/// The KPI's findings, each once: one that stands at several places of its SQL says the same of each.
[[nodiscard]] std::vector<model::Finding> findings_of(const model::Kpi& kpi);
/// The codes of the KPI's findings, each once, errors first.
[[nodiscard]] std::vector<std::string> codes_of(const model::Kpi& kpi);

}  // namespace kpi::render
