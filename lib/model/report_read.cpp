// Reports read back, item by item: see report_write.cpp.
#include <kpi/base/text.hpp>
#include <kpi/model/repair_usage.hpp>
#include <kpi/model/report.hpp>
#include <kpi/model/report_names.hpp>

#include <algorithm>
#include <utility>

namespace kpi::model {
namespace {

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

std::string item_path(std::size_t database, const char* list, std::size_t item) {
  return "databases[" + std::to_string(database) + "]." + list + "[" + std::to_string(item) + "]";
}

/// The items of a report that may be many, taken as they come; what is wrong with the first bad one.
class Items {
public:
  [[nodiscard]] std::vector<JsonPart> parts() {
    return {{{"databases", "*", "tables", "*"},
             [this](const std::vector<std::size_t>& places, const Json& json) {
               take(json, item_path(places[0], "tables", places[1]), database(places[0]).tables);
             }},
            {{"databases", "*", "relationships", "*"},
             [this](const std::vector<std::size_t>& places, const Json& json) {
               take(json, item_path(places[0], "relationships", places[1]),
                    database(places[0]).relationships);
             }},
            {{"kpis", "*"}, [this](const std::vector<std::size_t>& places, const Json& json) {
               take(json, "kpis[" + std::to_string(places[0]) + "]", kpis_);
             }}};
  }
  [[nodiscard]] const std::string& error() const { return error_; }

  /// What is left of `databases` and `kpis` in the report, with the items put back into their places.
  void put_back(JsonReader& reader, std::vector<Database>& databases) {
    reader.each("databases", [&](JsonReader& inner) { read(inner, databases.emplace_back()); });
    for (std::size_t i = 0; i < std::min(databases.size(), databases_.size()); ++i) {
      databases[i].tables = std::move(databases_[i].tables);
      databases[i].relationships = std::move(databases_[i].relationships);
    }
  }
  void put_back(JsonReader& reader, std::vector<Kpi>& kpis) {
    reader.each("kpis", [&](JsonReader& inner) { read(inner, kpis.emplace_back()); });
    kpis = std::move(kpis_);
  }

private:
  template <class Item>
  void take(const Json& json, std::string path, std::vector<Item>& items) {
    JsonReader reader(json, std::move(path));
    read(reader, items.emplace_back());
    if (error_.empty()) error_ = reader.error();
  }
  Database& database(std::size_t index) {
    if (databases_.size() <= index) databases_.resize(index + 1);
    return databases_[index];
  }

  std::vector<Database> databases_;
  std::vector<Kpi> kpis_;
  std::string error_;
};

/// A report's text once it is parsed: its items in `items`, the rest as it stands.
struct Opened {
  Json json;
  ReportKind kind;
};

/// Parses, and checks kind and version.
Result<Opened> open(const TextSource& text, std::string_view name, Items& items) {
  auto json = read_json(text, name, items.parts());
  if (!json) return std::move(json).error();
  auto kind = kind_of(*json, name);
  if (!kind) return std::move(kind).error();
  return Opened{std::move(*json), *kind};
}

void fill(JsonReader& reader, SchemaReport& report) {
  reader.inside("changes", [&](JsonReader& inner) {
    auto& changes = report.changes.emplace();
    read_changes(inner, "added", changes.added);
    read_changes(inner, "removed", changes.removed);
    read_changes(inner, "changed", changes.changed);
  });
  reader.inside("summary", [&](JsonReader& inner) { inner.take("requests", report.requests); });
}

void fill(JsonReader& reader, CandidatesReport& report) {
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
}

void fill(JsonReader& reader, ValidationReport& report) {
  reader.inside("summary", [&](JsonReader& summary) {
    summary.inside("repair", [&](JsonReader& inner) { read(inner, report.repair); });
  });
  for (std::size_t i = 0; i < report.kpis.size(); ++i) {
    if (!report.kpis[i].validation) {
      reader.fail(("kpis[" + std::to_string(i) + "].validation").c_str(), "is missing");
    }
  }
}

void fill(JsonReader& reader, RegistrationReport& report) {
  reader
      .each("archived",
            [&](JsonReader& inner) {
              auto& card = report.archived.emplace_back();
              std::string status;
              inner.take("kpi_id", card.kpi_id)
                  .take("card_id", card.card_id)
                  .take("name", card.name)
                  .take("status", status);
              card.planned = status == to_string(CardStatus::planned);
            })
      .each("dashboards",
            [&](JsonReader& inner) {
              auto& one = report.dashboards.emplace_back();
              std::string status;
              inner.take("collection", one.collection)
                  .take("status", status)
                  .take("dashboard_id", one.dashboard_id)
                  .take("url", one.url)
                  .take("cards", one.cards)
                  .take("reason", one.reason);
              for (const auto known : {CardStatus::created, CardStatus::updated, CardStatus::unchanged,
                                       CardStatus::skipped, CardStatus::failed}) {
                if (to_string(known) == status) one.status = known;
              }
            })
      .inside("summary", [&](JsonReader& inner) { inner.take("collection_url", report.collection_url); });
}

void fill(JsonReader& reader, AuditReport& report) {
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
    const auto known = value_of(audit_statuses, status);
    if (known) {
      card.status = *known;
    } else {
      inner.fail("status", "is no status of a card that this kpi knows");
    }
    static constexpr std::array own{"kpi_id", "card_id", "name", "url", "status", "evidence", "last_ok_at"};
    for (const auto& [member, value] : inner.json().items()) {
      if (std::find(own.begin(), own.end(), member) == own.end()) card.detail[member] = value;
    }
  });
  if (const Json* summary = reader.find("summary"); summary != nullptr && summary->is_object()) {
    for (const auto& item : summary->items()) {
      const bool counted = item.key() == "cards" || value_of(audit_statuses, item.key()).has_value();
      if (!counted) report.summary[item.key()] = item.value();
    }
  }
}

/// The report that was opened, whose kind it is.
template <class Report>
Result<Report> take(const Opened& opened, Items& items, std::string_view name) {
  Report report;
  JsonReader reader(opened.json, "");
  read_envelope(reader, report.envelope);
  if constexpr (requires { report.databases; }) items.put_back(reader, report.databases);
  if constexpr (requires { report.kpis; }) items.put_back(reader, report.kpis);
  if (!items.error().empty()) return invalid(name, items.error());
  fill(reader, report);
  if (!reader.error().empty()) return invalid(name, reader.error());
  return report;
}

template <class Report>
Result<Report> read_report(ReportKind wanted, const TextSource& text, std::string_view name) {
  Items items;
  auto opened = open(text, name, items);
  if (!opened) return std::move(opened).error();
  if (opened->kind != wanted) {
    return Error{Fault::input, "report.kind", std::string(name),
                 "is a " + std::string(to_string(opened->kind)) + " report; a " +
                     std::string(to_string(wanted)) + " report is needed here",
                 "check the order of the stages"};
  }
  return take<Report>(*opened, items, name);
}

template <class Report>
Result<AnyReport> take_any(const Opened& opened, Items& items, std::string_view name) {
  auto report = take<Report>(opened, items, name);
  if (!report) return std::move(report).error();
  return AnyReport(*std::move(report));
}

}  // namespace

void read(JsonReader& reader, RepairUsage& usage) {
  reader.take("asked", usage.asked)
      .take("accepted", usage.accepted)
      .take("llm_calls", usage.llm_calls)
      .take("cached_calls", usage.cached_calls)
      .take("prompt_tokens", usage.prompt_tokens)
      .take("completion_tokens", usage.completion_tokens);
  if (reader.find("cost_usd") == nullptr) usage.cost_usd.reset();
  reader.take("cost_usd", usage.cost_usd);
}

Result<SchemaReport> read_schema_report(const TextSource& text, std::string_view name) {
  return read_report<SchemaReport>(ReportKind::schema, text, name);
}

Result<CandidatesReport> read_candidates_report(const TextSource& text, std::string_view name) {
  return read_report<CandidatesReport>(ReportKind::candidates, text, name);
}

Result<ValidationReport> read_validation_report(const TextSource& text, std::string_view name) {
  return read_report<ValidationReport>(ReportKind::validation, text, name);
}

Result<RegistrationReport> read_registration_report(const TextSource& text, std::string_view name) {
  return read_report<RegistrationReport>(ReportKind::registration, text, name);
}

Result<AuditReport> read_audit_report(const TextSource& text, std::string_view name) {
  return read_report<AuditReport>(ReportKind::audit, text, name);
}

Result<AnyReport> read_any_report(const TextSource& text, std::string_view name) {
  Items items;
  auto opened = open(text, name, items);
  if (!opened) return std::move(opened).error();
  switch (opened->kind) {
    case ReportKind::schema:
      return take_any<SchemaReport>(*opened, items, name);
    case ReportKind::candidates:
      return take_any<CandidatesReport>(*opened, items, name);
    case ReportKind::validation:
      return take_any<ValidationReport>(*opened, items, name);
    case ReportKind::registration:
      return take_any<RegistrationReport>(*opened, items, name);
    case ReportKind::audit:
      break;
  }
  return take_any<AuditReport>(*opened, items, name);
}

}  // namespace kpi::model
