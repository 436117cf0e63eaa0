#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/model/failures.hpp>
#include <kpi/model/names.hpp>
#include <kpi/model/report.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace kpi::model {
namespace {

constexpr std::array<std::pair<ReportKind, std::string_view>, 5> kinds{
    {{ReportKind::schema, "schema"},
     {ReportKind::candidates, "candidates"},
     {ReportKind::validation, "validation"},
     {ReportKind::registration, "registration"},
     {ReportKind::audit, "audit"}}};
constexpr std::array<std::pair<TableStatus, std::string_view>, 4> table_statuses{
    {{TableStatus::ok, "ok"},
     {TableStatus::too_short, "short"},
     {TableStatus::failed, "failed"},
     {TableStatus::skipped, "skipped"}}};
constexpr std::array<std::pair<AuditStatus, std::string_view>, 10> audit_statuses{
    {{AuditStatus::ok, "ok"},
     {AuditStatus::broken, "broken"},
     {AuditStatus::drifted, "drifted"},
     {AuditStatus::empty, "empty"},
     {AuditStatus::slow, "slow"},
     {AuditStatus::stale, "stale"},
     {AuditStatus::duplicate, "duplicate"},
     {AuditStatus::orphan, "orphan"},
     {AuditStatus::archived, "archived"},
     {AuditStatus::unmanaged, "unmanaged"}}};

/// The members every report begins with, in the contract's order; the summary follows.
Json opening(ReportKind kind, const Envelope& envelope, Json summary) {
  Json input = nullptr;
  if (envelope.input) {
    input = {{"report", envelope.input->report},
             {"run_id", envelope.input->run_id},
             {"sha256", envelope.input->sha256}};
  }
  return {{"report", to_string(kind)},
          {"version", report_version},
          {"run",
           {{"id", envelope.run.id},
            {"tenant", envelope.run.tenant},
            {"tool_version", envelope.run.tool_version},
            {"started_at", envelope.run.started_at},
            {"elapsed_ms", envelope.run.elapsed_ms},
            {"command", envelope.run.command}}},
          {"metabase", {{"url", envelope.metabase_url}, {"version", envelope.metabase_version}}},
          {"input", std::move(input)},
          {"summary", std::move(summary)}};
}

Json errors_json(const Envelope& envelope) {
  Json errors = Json::array();
  for (const auto& error : envelope.errors) {
    errors.push_back(
        {{"stage", error.stage}, {"item", error.item}, {"code", error.code}, {"message", error.message}});
  }
  return errors;
}

template <class Item>
Json list_json(const std::vector<Item>& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_json(item));
  return list;
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

Json repair_json(const RepairUsage& repair) {
  return {{"asked", repair.asked},
          {"accepted", repair.accepted},
          {"llm_calls", repair.llm_calls},
          {"cached_calls", repair.cached_calls},
          {"prompt_tokens", repair.prompt_tokens},
          {"completion_tokens", repair.completion_tokens},
          {"cost_usd", repair.cost_usd ? Json(*repair.cost_usd) : Json(nullptr)}};
}

void read_repair(JsonReader& reader, RepairUsage& repair) {
  reader.take("asked", repair.asked)
      .take("accepted", repair.accepted)
      .take("llm_calls", repair.llm_calls)
      .take("cached_calls", repair.cached_calls)
      .take("prompt_tokens", repair.prompt_tokens)
      .take("completion_tokens", repair.completion_tokens);
  if (reader.find("cost_usd") == nullptr) repair.cost_usd.reset();
  reader.take("cost_usd", repair.cost_usd);
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

std::int64_t count_verdict(const std::vector<Kpi>& kpis, Verdict verdict) {
  return std::count_if(kpis.begin(), kpis.end(), [verdict](const Kpi& kpi) {
    return kpi.validation && kpi.validation->status == verdict;
  });
}

void read_envelope(JsonReader& reader, Envelope& envelope) {
  reader
      .inside("run",
              [&](JsonReader& inner) {
                inner.take("id", envelope.run.id)
                    .take("tenant", envelope.run.tenant)
                    .take("tool_version", envelope.run.tool_version)
                    .take("started_at", envelope.run.started_at)
                    .take("elapsed_ms", envelope.run.elapsed_ms)
                    .take("command", envelope.run.command);
              })
      .inside("metabase",
              [&](JsonReader& inner) {
                inner.take("url", envelope.metabase_url).take("version", envelope.metabase_version);
              })
      .inside("input",
              [&](JsonReader& inner) {
                auto& input = envelope.input.emplace();
                inner.take("report", input.report).take("run_id", input.run_id).take("sha256", input.sha256);
              })
      .each("errors", [&](JsonReader& inner) {
        auto& error = envelope.errors.emplace_back();
        inner.take("stage", error.stage)
            .take("item", error.item)
            .take("code", error.code)
            .take("message", error.message);
      });
}

void read_databases(JsonReader& reader, std::vector<Database>& databases) {
  reader.each("databases", [&](JsonReader& inner) { read(inner, databases.emplace_back()); });
}

void read_kpis(JsonReader& reader, std::vector<Kpi>& kpis) {
  reader.each("kpis", [&](JsonReader& inner) { read(inner, kpis.emplace_back()); });
}

void read_changes(JsonReader& reader, const char* name, std::vector<Change>& changes) {
  reader.each(name, [&](JsonReader& inner) {
    auto& change = changes.emplace_back();
    inner.need("table", change.table)
        .take("field", change.field)
        .take("before", change.before)
        .take("after", change.after);
  });
}

Error invalid(std::string_view name, std::string what) {
  return {Fault::input, "report.invalid", std::string(name), std::move(what), ""};
}

Result<ReportKind> kind_of(const Json& json, std::string_view name) {
  JsonReader reader(json, "");
  std::string kind;
  std::int64_t version = 0;
  reader.need("report", kind).need("version", version);
  if (!reader.error().empty()) {
    return Error{Fault::input, "report.invalid", std::string(name), "is not a kpi report: " + reader.error(),
                 "give a report that a kpi stage wrote"};
  }
  for (const auto& [known, known_name] : kinds) {
    if (known_name != kind) continue;
    if (version == report_version) return known;
    return Error{Fault::input, "report.version", std::string(name),
                 "is a report of version " + std::to_string(version) + "; this kpi reads version " +
                     std::to_string(report_version),
                 version > report_version ? "use a newer kpi" : "write the report again with this kpi"};
  }
  return Error{Fault::input, "report.kind", std::string(name),
               "names an unknown report \"" + shorten(single_line(kind), 40) + "\"", ""};
}

/// Parses, checks kind and version, then lets `fill` take the rest.
template <class Report, class Fill>
Result<Report> read_report(ReportKind wanted, std::string_view text, std::string_view name,
                           const Fill& fill) {
  auto json = parse_json(text, name);
  if (!json) return std::move(json).error();
  const auto kind = kind_of(*json, name);
  if (!kind) return kind.error();
  if (*kind != wanted) {
    return Error{Fault::input, "report.kind", std::string(name),
                 "is a " + std::string(to_string(*kind)) + " report; a " + std::string(to_string(wanted)) +
                     " report is needed here",
                 "check the order of the stages"};
  }
  Report report;
  JsonReader reader(*json, "");
  read_envelope(reader, report.envelope);
  fill(reader, report);
  if (!reader.error().empty()) return invalid(name, reader.error());
  return report;
}

}  // namespace

std::string_view to_string(ReportKind kind) { return name_of(kinds, kind); }
std::string_view to_string(TableStatus status) { return name_of(table_statuses, status); }
std::string_view to_string(AuditStatus status) { return name_of(audit_statuses, status); }

std::vector<ErrorGroup> errors_by_code(const std::vector<Kpi>& kpis) {
  std::map<std::string, ErrorGroup> groups;
  for (const auto& kpi : kpis) {
    if (!kpi.validation) continue;
    std::set<std::string_view> counted;
    for (const auto& finding : kpi.validation->findings) {
      if (finding.severity != Severity::error || !counted.insert(finding.code).second) continue;
      auto& group = groups[finding.code];
      if (group.count++ == 0) group = {finding.code, 1, kpi.name + ": " + finding.message};
    }
  }
  std::vector<ErrorGroup> sorted;
  for (auto& [code, group] : groups) sorted.push_back(std::move(group));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  return sorted;
}

double success_rate(const std::vector<Kpi>& kpis) {
  if (kpis.empty()) return 1.0;
  const auto good = count_verdict(kpis, Verdict::passed) + count_verdict(kpis, Verdict::repaired);
  return static_cast<double>(good) / static_cast<double>(kpis.size());
}

Json to_json(const SchemaReport& report) {
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
  Json json = opening(ReportKind::schema, report.envelope,
                      {{"databases", report.databases.size()},
                       {"tables", tables},
                       {"fields", fields},
                       {"relationships", relationships},
                       {"inferred", inferred},
                       {"requests", report.requests}});
  json["databases"] = list_json(report.databases);
  if (report.changes) {
    json["changes"] = {{"added", changes_json(report.changes->added)},
                       {"removed", changes_json(report.changes->removed)},
                       {"changed", changes_json(report.changes->changed)}};
  }
  json["errors"] = errors_json(report.envelope);
  return json;
}

Json to_json(const CandidatesReport& report) {
  Json json = opening(ReportKind::candidates, report.envelope,
                      {{"tables", report.tables.size()},
                       {"kpis", report.kpis.size()},
                       {"llm_calls", report.llm_calls},
                       {"cached_calls", report.cached_calls},
                       {"prompt_tokens", report.prompt_tokens},
                       {"completion_tokens", report.completion_tokens},
                       {"cost_usd", report.cost_usd ? Json(*report.cost_usd) : Json(nullptr)}});
  json["databases"] = list_json(report.databases);
  json["kpis"] = list_json(report.kpis);
  Json tables = Json::array();
  for (const auto& table : report.tables) {
    Json item{{"database_id", table.database_id},  {"schema", table.schema}, {"name", table.name},
              {"status", to_string(table.status)}, {"kpis", table.kpis},     {"attempts", table.attempts}};
    if (table.error) item["error"] = *table.error;
    tables.push_back(std::move(item));
  }
  json["tables"] = std::move(tables);
  json["errors"] = errors_json(report.envelope);
  return json;
}

Json to_json(const ValidationReport& report) {
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
  if (report.repair.asked > 0) summary["repair"] = repair_json(report.repair);
  Json json = opening(ReportKind::validation, report.envelope, std::move(summary));
  json["databases"] = list_json(report.databases);
  json["kpis"] = list_json(kpis);
  json["errors"] = errors_json(report.envelope);
  return json;
}

Json to_json(const RegistrationReport& report) {
  const auto count = [&](CardStatus status) {
    return std::count_if(report.kpis.begin(), report.kpis.end(), [status](const Kpi& kpi) {
      return kpi.registration && kpi.registration->status == status;
    });
  };
  Json summary{{"created", count(CardStatus::created)},     {"updated", count(CardStatus::updated)},
               {"unchanged", count(CardStatus::unchanged)}, {"skipped", count(CardStatus::skipped)},
               {"failed", count(CardStatus::failed)},       {"archived", report.archived.size()}};
  if (const auto planned = count(CardStatus::planned); planned > 0) summary["planned"] = planned;
  summary["collection_url"] = report.collection_url ? Json(*report.collection_url) : Json(nullptr);
  Json json = opening(ReportKind::registration, report.envelope, std::move(summary));
  json["kpis"] = list_json(report.kpis);
  Json archived = Json::array();
  for (const auto& card : report.archived) {
    archived.push_back({{"kpi_id", card.kpi_id}, {"card_id", card.card_id}, {"name", card.name}});
  }
  json["archived"] = std::move(archived);
  json["errors"] = errors_json(report.envelope);
  return json;
}

Json to_json(const AuditReport& report) {
  Json summary = Json::object();
  summary["cards"] = report.cards.size();
  for (const auto& [status, name] : audit_statuses) {
    summary[std::string(name)] =
        std::count_if(report.cards.begin(), report.cards.end(),
                      [wanted = status](const CardAudit& card) { return card.status == wanted; });
  }
  for (const auto& [name, value] : report.summary.items()) summary[name] = value;
  Json json = opening(ReportKind::audit, report.envelope, std::move(summary));
  Json cards = Json::array();
  for (const auto& card : report.cards) {
    cards.push_back({{"kpi_id", card.kpi_id},
                     {"card_id", card.card_id},
                     {"name", card.name},
                     {"url", card.url},
                     {"status", to_string(card.status)},
                     {"evidence", card.evidence},
                     {"last_ok_at", card.last_ok_at ? Json(*card.last_ok_at) : Json(nullptr)}});
  }
  json["cards"] = std::move(cards);
  json["errors"] = errors_json(report.envelope);
  return json;
}

Result<SchemaReport> read_schema_report(std::string_view text, std::string_view name) {
  return read_report<SchemaReport>(
      ReportKind::schema, text, name, [](JsonReader& reader, SchemaReport& report) {
        read_databases(reader, report.databases);
        reader.inside("changes", [&](JsonReader& inner) {
          auto& changes = report.changes.emplace();
          read_changes(inner, "added", changes.added);
          read_changes(inner, "removed", changes.removed);
          read_changes(inner, "changed", changes.changed);
        });
        reader.inside("summary", [&](JsonReader& inner) { inner.take("requests", report.requests); });
      });
}

Result<CandidatesReport> read_candidates_report(std::string_view text, std::string_view name) {
  return read_report<CandidatesReport>(ReportKind::candidates, text, name,
                                       [](JsonReader& reader, CandidatesReport& report) {
                                         read_databases(reader, report.databases);
                                         read_kpis(reader, report.kpis);
                                         reader
                                             .each("tables",
                                                   [&](JsonReader& inner) {
                                                     auto& table = report.tables.emplace_back();
                                                     std::string status;
                                                     inner.take("database_id", table.database_id)
                                                         .take("schema", table.schema)
                                                         .need("name", table.name)
                                                         .take("status", status)
                                                         .take("kpis", table.kpis)
                                                         .take("attempts", table.attempts)
                                                         .take("error", table.error);
                                                     for (const auto& [known, known_name] : table_statuses) {
                                                       if (known_name == status) table.status = known;
                                                     }
                                                   })
                                             .inside("summary", [&](JsonReader& inner) {
                                               inner.take("llm_calls", report.llm_calls)
                                                   .take("cached_calls", report.cached_calls)
                                                   .take("prompt_tokens", report.prompt_tokens)
                                                   .take("completion_tokens", report.completion_tokens)
                                                   .take("cost_usd", report.cost_usd);
                                             });
                                       });
}

Result<ValidationReport> read_validation_report(std::string_view text, std::string_view name) {
  return read_report<ValidationReport>(
      ReportKind::validation, text, name, [](JsonReader& reader, ValidationReport& report) {
        read_databases(reader, report.databases);
        read_kpis(reader, report.kpis);
        reader.inside("summary", [&](JsonReader& summary) {
          summary.inside("repair", [&](JsonReader& inner) { read_repair(inner, report.repair); });
        });
        for (std::size_t i = 0; i < report.kpis.size(); ++i) {
          if (!report.kpis[i].validation) {
            reader.fail(("kpis[" + std::to_string(i) + "].validation").c_str(), "is missing");
          }
        }
      });
}

Result<RegistrationReport> read_registration_report(std::string_view text, std::string_view name) {
  return read_report<RegistrationReport>(
      ReportKind::registration, text, name, [](JsonReader& reader, RegistrationReport& report) {
        read_kpis(reader, report.kpis);
        reader
            .each("archived",
                  [&](JsonReader& inner) {
                    auto& card = report.archived.emplace_back();
                    inner.take("kpi_id", card.kpi_id).take("card_id", card.card_id).take("name", card.name);
                  })
            .inside("summary",
                    [&](JsonReader& inner) { inner.take("collection_url", report.collection_url); });
      });
}

Result<AuditReport> read_audit_report(std::string_view text, std::string_view name) {
  return read_report<AuditReport>(ReportKind::audit, text, name, [](JsonReader& reader, AuditReport& report) {
    reader.each("cards", [&](JsonReader& inner) {
      auto& card = report.cards.emplace_back();
      std::string status;
      inner.take("kpi_id", card.kpi_id)
          .take("card_id", card.card_id)
          .take("name", card.name)
          .take("url", card.url)
          .take("status", status)
          .take("evidence", card.evidence)
          .take("last_ok_at", card.last_ok_at);
      if (const auto known = value_of(audit_statuses, status)) card.status = *known;
    });
    if (const Json* summary = reader.find("summary"); summary != nullptr && summary->is_object()) {
      for (const auto& item : summary->items()) {
        const bool counted = item.key() == "cards" || value_of(audit_statuses, item.key());
        if (!counted) report.summary[item.key()] = item.value();
      }
    }
  });
}

Result<ReportKind> report_kind(std::string_view text, std::string_view name) {
  auto json = parse_json(text, name);
  if (!json) return std::move(json).error();
  return kind_of(*json, name);
}

InputReport input_of(ReportKind kind, const Envelope& envelope, std::string_view text) {
  return {std::string(to_string(kind)), envelope.run.id, sha256_hex(text)};
}

}  // namespace kpi::model
