#pragma once

#include <kpi/model/report.hpp>

#include <cstddef>
#include <string>

// Reports of every kind whose every text tries to be something else.
namespace kpi::render::test {

/// Ends elements, attributes, scripts and comments, makes links and table cells, moves cursors, begins
/// commands.
inline const std::string hostile =
    "</script><script>alert(1)</script><!-- \"'><img src=x onerror=alert(2)> | `x` [y](javascript:z) "
    "{{{data}}} "
    "]]> %0A\n::error::fake\r\n\x1b[2J\x07\xE2\x80\xAE 100% \xFF";

inline model::Kpi hostile_kpi(std::string id = "0123456789abcdef") {
  model::Kpi kpi;
  kpi.id = std::move(id);
  kpi.name = "Name " + hostile;
  kpi.description = "Description " + hostile;
  kpi.business_value = "Value " + hostile;
  kpi.category = "Category " + hostile;
  kpi.database_id = 1;
  kpi.tables = {"public." + hostile};
  kpi.sql = "SELECT '" + hostile + "'\nFROM t";
  kpi.source = {"rules" + hostile, hostile, hostile, false};
  kpi.result.display = hostile;
  model::Validation validation;
  validation.status = model::Verdict::rejected;
  validation.findings = {{"schema.unknown_column", model::Severity::error, "Message " + hostile, 9},
                         {"made.up" + hostile, model::Severity::warning, hostile, 100'000},
                         {"lint.comment", model::Severity::note, hostile, {}}};
  validation.repairs = {{"rule", "lint.semicolon" + hostile, hostile, hostile}};
  validation.execution =
      model::Execution{model::RunStatus::failed, hostile, 1234, 3, true, {{hostile, hostile}}};
  kpi.validation = validation;
  kpi.score = model::Score{0, "0: " + hostile, {{hostile, 0.5, 0.25, hostile}}};
  kpi.registration =
      model::Registration{model::CardStatus::failed, 7, "javascript:alert(3)", hostile, hostile};
  return kpi;
}

inline model::Envelope hostile_envelope() {
  model::Envelope envelope;
  envelope.run = {hostile, hostile, hostile, hostile, 1500, hostile};
  envelope.metabase_url = "javascript:" + hostile;
  envelope.metabase_version = hostile;
  envelope.errors = {{hostile, hostile, hostile, hostile}};
  return envelope;
}

inline model::SchemaReport hostile_schema() {
  model::SchemaReport report;
  report.envelope = hostile_envelope();
  model::Field field;
  field.name = field.type = field.description = hostile;
  field.values = {{hostile}};
  model::Table table;
  table.name = table.schema = table.category = table.description = hostile;
  table.fields = {field};
  model::Database database;
  database.name = database.engine = hostile;
  database.tables = {table};
  database.relationships = {{{hostile, hostile}, {hostile, hostile}, hostile, 0.5, hostile}};
  report.databases = {database};
  report.changes = model::Changes{{{hostile, hostile, hostile, hostile}}, {}, {}};
  return report;
}

inline model::CandidatesReport hostile_candidates() {
  model::CandidatesReport report;
  report.envelope = hostile_envelope();
  report.kpis = {hostile_kpi()};
  report.tables = {{1, hostile, hostile, model::TableStatus::failed, 0, 1, hostile},
                   {1, "", "short", model::TableStatus::too_short, 3, 1, {}}};
  return report;
}

inline model::ValidationReport hostile_validation() {
  model::ValidationReport report;
  report.envelope = hostile_envelope();
  report.kpis = {hostile_kpi()};
  return report;
}

inline model::RegistrationReport hostile_registration() {
  model::RegistrationReport report;
  report.envelope = hostile_envelope();
  report.collection_url = "javascript:alert(4)";
  report.kpis = {hostile_kpi()};
  report.archived = {{hostile, 3, hostile}};
  return report;
}

inline model::AuditReport hostile_audit() {
  model::AuditReport report;
  report.envelope = hostile_envelope();
  report.cards = {{hostile, 7, hostile, "javascript:alert(5)", model::AuditStatus::broken, hostile, hostile}};
  report.summary = {{"coverage", {{"by_category", {{hostile, 1}}}, {"by_table", {{hostile, 0}}}}},
                    {"error_patterns", Json::array({{{"pattern", hostile}, {"count", 1}}})}};
  return report;
}

/// A KPI like those of an ordinary run.
inline model::Kpi plain_kpi(const std::string& id, const std::string& name, model::Verdict verdict,
                            int score) {
  model::Kpi kpi;
  kpi.id = id;
  kpi.name = name;
  kpi.category = "Sales";
  kpi.tables = {"TB_ORDER"};
  kpi.sql = "SELECT count(*)\nFROM TB_ORDER";
  kpi.validation.emplace().status = verdict;
  kpi.score =
      model::Score{score, "100 * sum(weight * value) / sum(weight)", {{"cost", score / 100.0, 1.0, "cheap"}}};
  return kpi;
}

inline std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace kpi::render::test
