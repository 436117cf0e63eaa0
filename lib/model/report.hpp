#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/json_stream.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/model/schema.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The five reports, as the contract has them. A report is what one stage writes and the next one reads.
namespace kpi::model {

inline constexpr int report_version = 1;

enum class ReportKind { schema, candidates, validation, registration, audit };

[[nodiscard]] std::string_view to_string(ReportKind kind);

struct Run {
  std::string id;
  std::string tenant = "default";
  std::string tool_version;
  std::string started_at;  ///< ISO time
  std::int64_t elapsed_ms = 0;
  std::string command;  ///< "kpi discover": the words, without values that may be private
};

/// Which report this one was made from.
struct InputReport {
  std::string report;
  std::string run_id;
  std::string sha256;  ///< of the bytes read
};

/// One item that failed while the stage went on.
struct ItemError {
  std::string stage;
  std::string item;
  std::string code;
  std::string message;
};

/// What all reports have.
struct Envelope {
  Run run;
  std::string metabase_url;
  std::string metabase_version;
  std::optional<InputReport> input;
  std::vector<ItemError> errors;
};

struct Change {
  std::string table;
  std::string field;  ///< empty: the table itself
  std::string before;
  std::string after;
};

struct Changes {
  std::vector<Change> added, removed, changed;
};

struct SchemaReport {
  Envelope envelope;
  std::int64_t requests = 0;  ///< HTTP requests made to Metabase
  std::vector<Database> databases;
  std::optional<Changes> changes;
};

enum class TableStatus { ok, too_short, failed, skipped };

[[nodiscard]] std::string_view to_string(TableStatus status);

/// What generation made of one table.
struct TableOutcome {
  std::int64_t database_id = 0;
  std::string schema;
  std::string name;
  TableStatus status = TableStatus::ok;  ///< too_short is written "short": fewer KPIs than asked for
  std::int64_t kpis = 0;
  std::int64_t attempts = 0;
  std::optional<std::string> error;
};

struct CandidatesReport {
  Envelope envelope;
  std::int64_t llm_calls = 0;
  std::int64_t cached_calls = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::optional<double> cost_usd = 0.0;  ///< none: a model of unknown price was called
  std::vector<Database> databases;
  std::vector<TableOutcome> tables;
  std::vector<Kpi> kpis;
};

/// What model repair took and gave.
struct RepairUsage {
  std::int64_t asked = 0;     ///< KPIs that a model was asked to correct
  std::int64_t accepted = 0;  ///< of them, those whose correction was taken
  std::int64_t llm_calls = 0;
  std::int64_t cached_calls = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::optional<double> cost_usd = 0.0;  ///< none: a model of unknown price was called
};

struct ValidationReport {
  Envelope envelope;
  RepairUsage repair;
  std::vector<Database> databases;
  std::vector<Kpi> kpis;
};

/// A card that --prune took out, or that it would.
struct ArchivedCard {
  std::string kpi_id;
  std::int64_t card_id = 0;
  std::string name;
  bool planned = false;  ///< in a dry run's report: it stands as it stood
};

/// The dashboard of one category.
struct DashboardOutcome {
  std::string collection;  ///< "KPIs/Sales & Revenue Analytics"
  CardStatus status = CardStatus::planned;
  std::optional<std::int64_t> dashboard_id;
  std::optional<std::string> url;
  std::int64_t cards = 0;
  std::optional<std::string> reason;
};

struct RegistrationReport {
  Envelope envelope;
  std::optional<std::string> collection_url;
  std::vector<Kpi> kpis;
  std::vector<ArchivedCard> archived;
  std::vector<DashboardOutcome> dashboards;
};

enum class AuditStatus { ok, broken, drifted, empty, slow, stale, duplicate, orphan, archived, unmanaged };

[[nodiscard]] std::string_view to_string(AuditStatus status);

/// What an audit found of one card.
struct CardAudit {
  std::string kpi_id;  ///< empty for an unmanaged card
  std::int64_t card_id = 0;
  std::string name;
  std::string url;
  AuditStatus status = AuditStatus::ok;
  std::string evidence;
  std::optional<std::string> last_ok_at;
  Json detail = Json::object();  ///< further members: value, usual range, changes by hand, remedy
};

struct AuditReport {
  Envelope envelope;
  std::vector<CardAudit> cards;
  Json summary =
      Json::object();  ///< coverage, cost, cache and error patterns; the counts by status are added
};

/// Writes the report to `sink` as the contract has it: two-space indented JSON, one line end at the last
/// line, item by item, so that the text is never held whole. Summaries are counted here, so that no two
/// writers count differently. False if `sink` took not all of it.
bool write_report(const SchemaReport& report, const TextSink& sink);
bool write_report(const CandidatesReport& report, const TextSink& sink);
bool write_report(const ValidationReport& report, const TextSink& sink);
bool write_report(const RegistrationReport& report, const TextSink& sink);
bool write_report(const AuditReport& report, const TextSink& sink);

/// What write_report() writes, as one text: of reports that are not large.
template <class Report>
[[nodiscard]] std::string report_text(const Report& report) {
  std::string text;
  (void)write_report(report, [&text](std::string_view piece) {
    text += piece;
    return true;
  });
  return text;
}

/// The same as a value, for who adds to it or looks into it.
template <class Report>
[[nodiscard]] Json to_json(const Report& report) {
  return *parse_json(report_text(report), "report");
}

/// Reads the text of a report; `name` says where it came from, for messages. Fails (input) with
/// "report.invalid" and the place, "report.kind" for a report of another stage, "report.version" for one of
/// another version. The result's envelope.input of the next stage is input_of(). A report written by hand
/// needs only what the contract says. Tables and KPIs are taken as they come: of the text no more is held
/// than one piece and the rest of the report.
Result<SchemaReport> read_schema_report(const TextSource& text, std::string_view name);
Result<CandidatesReport> read_candidates_report(const TextSource& text, std::string_view name);
Result<ValidationReport> read_validation_report(const TextSource& text, std::string_view name);
Result<RegistrationReport> read_registration_report(const TextSource& text, std::string_view name);
Result<AuditReport> read_audit_report(const TextSource& text, std::string_view name);

using AnyReport =
    std::variant<SchemaReport, CandidatesReport, ValidationReport, RegistrationReport, AuditReport>;
/// A report of whichever kind it says it is. Fails like the readers.
Result<AnyReport> read_any_report(const TextSource& text, std::string_view name);

/// How the next report names the one it was made from; `sha256` is of all its bytes.
[[nodiscard]] InputReport input_of(ReportKind kind, const Envelope& envelope, std::string sha256);

/// An error code, how many KPIs it rejected, and one of them with its message.
struct ErrorGroup {
  std::string code;
  std::int64_t count = 0;
  std::string example;
};

/// The error codes that rejected KPIs, most frequent first; a KPI counts once a code however often it
/// offends.
[[nodiscard]] std::vector<ErrorGroup> errors_by_code(const std::vector<Kpi>& kpis);

/// (passed + repaired) / total, 0..1; 1 for no KPIs at all.
[[nodiscard]] double success_rate(const std::vector<Kpi>& kpis);

}  // namespace kpi::model
