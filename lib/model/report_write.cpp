// Reports as JSON text, item by item: a report may be larger than one wants to hold twice.
#include <kpi/model/failures.hpp>
#include <kpi/model/repair_usage.hpp>
#include <kpi/model/report.hpp>
#include <kpi/model/report_names.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace kpi::model {
namespace {

/// The members every report begins with, in the contract's order.
void open(JsonWriter& out, ReportKind kind, const Envelope& envelope, const Json& summary) {
  const auto& run = envelope.run;
  Json input = nullptr;
  if (envelope.input) {
    input = {{"report", envelope.input->report},
             {"run_id", envelope.input->run_id},
             {"sha256", envelope.input->sha256}};
  }
  out.begin_object();
  out.member("report", to_string(kind)).member("version", report_version);
  out.member("run", {{"id", run.id},
                     {"tenant", run.tenant},
                     {"tool_version", run.tool_version},
                     {"started_at", run.started_at},
                     {"elapsed_ms", run.elapsed_ms},
                     {"command", run.command}});
  out.member("metabase", {{"url", envelope.metabase_url}, {"version", envelope.metabase_version}});
  out.member("input", input).member("summary", summary);
}

Json errors_json(const Envelope& envelope) {
  Json errors = Json::array();
  for (const auto& error : envelope.errors) {
    errors.push_back(
        {{"stage", error.stage}, {"item", error.item}, {"code", error.code}, {"message", error.message}});
  }
  return errors;
}

bool close(JsonWriter& out, const Envelope& envelope) {
  out.member("errors", errors_json(envelope)).end();
  return out.finish();
}

void put_databases(JsonWriter& out, const std::vector<Database>& databases) {
  out.key("databases").begin_list();
  for (const auto& database : databases) write(out, database);
  out.end();
}

void put_kpis(JsonWriter& out, const std::vector<Kpi>& kpis) {
  out.key("kpis").begin_list();
  out.values(kpis.size(), [&](std::size_t i) { return to_json(kpis[i]); });
  out.end();
}

Json changes_json(const std::vector<Change>& changes) {
  Json list = Json::array();
  for (const auto& change : changes) {
    Json json{{"table", change.table}};
    if (!change.field.empty()) json["field"] = change.field;
    if (!change.before.empty()) json["before"] = change.before;
    if (!change.after.empty()) json["after"] = change.after;
    list.push_back(std::move(json));
  }
  return list;
}

Json by_error(const std::vector<Kpi>& kpis) {
  Json list = Json::array();
  for (const auto& group : errors_by_code(kpis)) {
    list.push_back({{"code", group.code}, {"count", group.count}, {"example", group.example}});
  }
  return list;
}

Json by_cause(const std::vector<Kpi>& kpis) {
  Json list = Json::array();
  for (const auto& cause : failure_causes(kpis)) {
    list.push_back({{"cause", cause.cause},
                    {"effect", cause.rejects ? "rejected" : "score 0"},
                    {"count", cause.count},
                    {"codes", cause.codes},
                    {"example", cause.example},
                    {"prevention", {{"kind", cause.kind}, {"advice", cause.advice}}}});
  }
  return list;
}

Json dashboards_json(const std::vector<DashboardOutcome>& dashboards) {
  Json list = Json::array();
  for (const auto& one : dashboards) {
    list.push_back({{"collection", one.collection},
                    {"status", to_string(one.status)},
                    {"dashboard_id", one.dashboard_id ? Json(*one.dashboard_id) : Json(nullptr)},
                    {"url", one.url ? Json(*one.url) : Json(nullptr)},
                    {"cards", one.cards},
                    {"reason", one.reason ? Json(*one.reason) : Json(nullptr)}});
  }
  return list;
}

/// Per key: how many KPIs, and how many of them hold.
template <class Key>
Json tally(const std::vector<Kpi>& kpis, const Key& key) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> groups;
  for (const auto& kpi : kpis) {
    auto& [total, good] = groups[key(kpi)];
    ++total;
    if (kpi.validation && kpi.validation->status != Verdict::rejected) ++good;
  }
  Json json = Json::object();
  for (const auto& [name, counts] : groups)
    json[name] = {{"total", counts.first}, {"working", counts.second}};
  return json;
}

}  // namespace

Json to_json(const RepairUsage& usage) {
  return {{"asked", usage.asked},
          {"accepted", usage.accepted},
          {"llm_calls", usage.llm_calls},
          {"cached_calls", usage.cached_calls},
          {"prompt_tokens", usage.prompt_tokens},
          {"completion_tokens", usage.completion_tokens},
          {"cost_usd", usage.cost_usd ? Json(*usage.cost_usd) : Json(nullptr)}};
}

bool write_report(const SchemaReport& report, const TextSink& sink) {
  std::size_t tables = 0;
  std::size_t fields = 0;
  std::size_t relationships = 0;
  std::size_t inferred = 0;
  for (const auto& database : report.databases) {
    tables += database.tables.size();
    relationships += database.relationships.size();
    for (const auto& table : database.tables) fields += table.fields.size();
    for (const auto& link : database.relationships) inferred += link.kind == "inferred" ? 1 : 0;
  }
  JsonWriter out(sink);
  open(out, ReportKind::schema, report.envelope,
       {{"databases", report.databases.size()},
        {"tables", tables},
        {"fields", fields},
        {"relationships", relationships},
        {"inferred", inferred},
        {"requests", report.requests}});
  put_databases(out, report.databases);
  if (report.changes) {
    out.member("changes", {{"added", changes_json(report.changes->added)},
                           {"removed", changes_json(report.changes->removed)},
                           {"changed", changes_json(report.changes->changed)}});
  }
  return close(out, report.envelope);
}

bool write_report(const CandidatesReport& report, const TextSink& sink) {
  JsonWriter out(sink);
  open(out, ReportKind::candidates, report.envelope,
       {{"tables", report.tables.size()},
        {"kpis", report.kpis.size()},
        {"llm_calls", report.llm_calls},
        {"cached_calls", report.cached_calls},
        {"prompt_tokens", report.prompt_tokens},
        {"completion_tokens", report.completion_tokens},
        {"cost_usd", report.cost_usd ? Json(*report.cost_usd) : Json(nullptr)}});
  put_databases(out, report.databases);
  put_kpis(out, report.kpis);
  Json tables = Json::array();
  for (const auto& table : report.tables) {
    Json item{{"database_id", table.database_id},
              {"schema", table.schema},
              {"name", table.name},
              {"status", name_of(table_statuses, table.status)},
              {"kpis", table.kpis},
              {"attempts", table.attempts}};
    if (table.error) item["error"] = *table.error;
    tables.push_back(std::move(item));
  }
  out.member("tables", tables);
  return close(out, report.envelope);
}

bool write_report(const ValidationReport& report, const TextSink& sink) {
  const auto& kpis = report.kpis;
  Json summary{{"total", kpis.size()},
               {"passed", count_verdict(kpis, Verdict::passed)},
               {"repaired", count_verdict(kpis, Verdict::repaired)},
               {"rejected", count_verdict(kpis, Verdict::rejected)},
               {"success_rate", success_rate(kpis)},
               {"by_error", by_error(kpis)},
               {"by_cause", by_cause(kpis)},
               {"by_category", tally(kpis, [](const Kpi& kpi) { return kpi.category; })},
               {"by_table", tally(kpis, [](const Kpi& kpi) {
                  return kpi.tables.empty() ? std::string("(none)") : kpi.tables.front();
                })}};
  if (report.repair.asked > 0) summary["repair"] = to_json(report.repair);
  JsonWriter out(sink);
  open(out, ReportKind::validation, report.envelope, summary);
  put_databases(out, report.databases);
  put_kpis(out, kpis);
  return close(out, report.envelope);
}

bool write_report(const RegistrationReport& report, const TextSink& sink) {
  const auto count = [&](CardStatus status) {
    return std::count_if(report.kpis.begin(), report.kpis.end(), [status](const Kpi& kpi) {
      return kpi.registration && kpi.registration->status == status;
    });
  };
  const auto to_archive = std::count_if(report.archived.begin(), report.archived.end(),
                                        [](const ArchivedCard& card) { return card.planned; });
  const auto taken = static_cast<std::ptrdiff_t>(report.archived.size()) - to_archive;
  Json summary{{"created", count(CardStatus::created)},     {"updated", count(CardStatus::updated)},
               {"unchanged", count(CardStatus::unchanged)}, {"skipped", count(CardStatus::skipped)},
               {"failed", count(CardStatus::failed)},       {"archived", taken}};
  if (const auto planned = count(CardStatus::planned); planned > 0) summary["planned"] = planned;
  if (to_archive > 0) summary["to_archive"] = to_archive;
  const auto broken = std::count_if(report.kpis.begin(), report.kpis.end(), [](const Kpi& kpi) {
    return kpi.registration && kpi.registration->execution &&
           kpi.registration->execution->status == RunStatus::failed;
  });
  if (broken > 0) summary["did_not_run"] = broken;
  summary["collection_url"] = report.collection_url ? Json(*report.collection_url) : Json(nullptr);
  JsonWriter out(sink);
  open(out, ReportKind::registration, report.envelope, summary);
  put_kpis(out, report.kpis);
  Json archived = Json::array();
  for (const auto& card : report.archived) {
    Json one{{"kpi_id", card.kpi_id}, {"card_id", card.card_id}, {"name", card.name}};
    if (card.planned) one["status"] = to_string(CardStatus::planned);
    archived.push_back(std::move(one));
  }
  out.member("archived", archived);
  if (!report.dashboards.empty()) out.member("dashboards", dashboards_json(report.dashboards));
  return close(out, report.envelope);
}

bool write_report(const AuditReport& report, const TextSink& sink) {
  Json summary = Json::object();
  summary["cards"] = report.cards.size();
  for (const auto& [status, name] : audit_statuses) {
    summary[std::string(name)] =
        std::count_if(report.cards.begin(), report.cards.end(),
                      [wanted = status](const CardAudit& card) { return card.status == wanted; });
  }
  for (const auto& [name, value] : report.summary.items()) summary[name] = value;
  JsonWriter out(sink);
  open(out, ReportKind::audit, report.envelope, summary);
  Json cards = Json::array();
  for (const auto& card : report.cards) {
    Json one{{"kpi_id", card.kpi_id},
             {"card_id", card.card_id},
             {"name", card.name},
             {"url", card.url},
             {"status", to_string(card.status)},
             {"evidence", card.evidence},
             {"last_ok_at", card.last_ok_at ? Json(*card.last_ok_at) : Json(nullptr)}};
    for (const auto& [name, value] : card.detail.items()) one[name] = value;
    cards.push_back(std::move(one));
  }
  out.member("cards", cards);
  return close(out, report.envelope);
}

}  // namespace kpi::model
