#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/model/names.hpp>

#include <array>
#include <utility>

namespace kpi::model {
namespace {

constexpr std::array<std::pair<Shape, std::string_view>, 4> shapes{{{Shape::scalar, "scalar"},
                                                                    {Shape::series, "series"},
                                                                    {Shape::breakdown, "breakdown"},
                                                                    {Shape::table, "table"}}};
constexpr std::array<std::pair<Unit, std::string_view>, 6> units{{{Unit::count, "count"},
                                                                  {Unit::currency, "currency"},
                                                                  {Unit::percent, "percent"},
                                                                  {Unit::ratio, "ratio"},
                                                                  {Unit::duration, "duration"},
                                                                  {Unit::number, "number"}}};
constexpr std::array<std::pair<Severity, std::string_view>, 3> severities{
    {{Severity::error, "error"}, {Severity::warning, "warning"}, {Severity::note, "note"}}};
constexpr std::array<std::pair<Verdict, std::string_view>, 3> verdicts{
    {{Verdict::passed, "passed"}, {Verdict::repaired, "repaired"}, {Verdict::rejected, "rejected"}}};
constexpr std::array<std::pair<RunStatus, std::string_view>, 3> run_statuses{
    {{RunStatus::ok, "ok"}, {RunStatus::failed, "failed"}, {RunStatus::skipped, "skipped"}}};
constexpr std::array<std::pair<CardStatus, std::string_view>, 6> card_statuses{
    {{CardStatus::created, "created"},
     {CardStatus::updated, "updated"},
     {CardStatus::unchanged, "unchanged"},
     {CardStatus::skipped, "skipped"},
     {CardStatus::failed, "failed"},
     {CardStatus::planned, "planned"}}};

/// Takes an enumeration by its name; an unknown name is an error.
template <class Table, class Enum>
void take_named(JsonReader& reader, const char* member, const Table& table, Enum& target) {
  std::string name;
  reader.take(member, name);
  if (name.empty()) return;
  if (const auto value = value_of(table, name)) {
    target = *value;
  } else {
    reader.fail(member, "has an unknown value \"" + shorten(single_line(name), 40) + "\"");
  }
}

Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json execution_json(const Execution& run) {
  Json columns = Json::array();
  for (const auto& column : run.columns) {
    Json json{{"name", column.name}, {"type", column.type}};
    if (column.null_share) json["null_share"] = *column.null_share;
    if (column.min) json["min"] = *column.min;
    if (column.max) json["max"] = *column.max;
    columns.push_back(std::move(json));
  }
  Json json{{"status", name_of(run_statuses, run.status)},
            {"error", or_null(run.error)},
            {"elapsed_ms", run.elapsed_ms},
            {"rows", run.rows},
            {"truncated", run.truncated},
            {"columns", std::move(columns)}};
  if (run.value) json["value"] = *run.value;
  return json;
}

Json number_or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

Json validation_json(const Validation& validation) {
  Json findings = Json::array();
  for (const auto& finding : validation.findings) {
    findings.push_back({{"code", finding.code},
                        {"severity", to_string(finding.severity)},
                        {"message", finding.message},
                        {"position", finding.position ? Json(*finding.position) : Json(nullptr)}});
  }
  Json repairs = Json::array();
  for (const auto& repair : validation.repairs) {
    repairs.push_back(
        {{"kind", repair.kind}, {"code", repair.code}, {"before", repair.before}, {"after", repair.after}});
  }
  Json references = Json::array();
  for (const auto& reference : validation.references) {
    references.push_back({{"table", reference.table}, {"field", reference.field}});
  }
  Json json{{"status", to_string(validation.status)},
            {"findings", std::move(findings)},
            {"repairs", std::move(repairs)},
            {"execution", validation.execution ? execution_json(*validation.execution) : Json(nullptr)},
            {"references", std::move(references)},
            {"fingerprint", validation.fingerprint}};
  if (!validation.steps.empty()) {
    Json steps = Json::array();
    for (const auto& step : validation.steps) {
      Json one{{"step", step.name}, {"outcome", step.outcome}};
      if (!step.note.empty()) one["note"] = step.note;
      steps.push_back(std::move(one));
    }
    json["steps"] = std::move(steps);
  }
  if (validation.plan) {
    json["plan"] = {{"rows", number_or_null(validation.plan->rows)},
                    {"cost", number_or_null(validation.plan->cost)}};
  }
  return json;
}

Json score_json(const Score& score) {
  Json components = Json::array();
  for (const auto& part : score.components) {
    components.push_back(
        {{"name", part.name}, {"value", part.value}, {"weight", part.weight}, {"reason", part.reason}});
  }
  Json json{{"total", score.total}, {"formula", score.formula}, {"components", std::move(components)}};
  if (score.rank > 0) json["rank"] = score.rank;
  return json;
}

Json registration_json(const Registration& registration) {
  Json json{{"status", to_string(registration.status)},
            {"card_id", registration.card_id ? Json(*registration.card_id) : Json(nullptr)},
            {"url", or_null(registration.url)},
            {"collection", registration.collection},
            {"reason", or_null(registration.reason)}};
  if (!registration.hash.empty()) json["hash"] = registration.hash;
  if (!registration.hash_before.empty()) json["hash_before"] = registration.hash_before;
  for (const auto& change : registration.changes) {
    json["changes"].push_back({{"field", change.field}, {"before", change.before}, {"after", change.after}});
  }
  if (registration.execution) json["execution"] = execution_json(*registration.execution);
  return json;
}

void read_execution(JsonReader& reader, Execution& run) {
  take_named(reader, "status", run_statuses, run.status);
  reader.take("error", run.error)
      .take("elapsed_ms", run.elapsed_ms)
      .take("rows", run.rows)
      .take("truncated", run.truncated)
      .each("columns", [&](JsonReader& inner) {
        auto& column = run.columns.emplace_back();
        inner.need("name", column.name).take("type", column.type).take("null_share", column.null_share);
        if (const Json* min = inner.find("min")) column.min = *min;
        if (const Json* max = inner.find("max")) column.max = *max;
      });
  if (const Json* value = reader.find("value")) run.value = *value;
}

void read_validation(JsonReader& reader, Validation& validation) {
  if (reader.find("status") == nullptr) reader.fail("status", "is missing");
  take_named(reader, "status", verdicts, validation.status);
  reader
      .each("findings",
            [&](JsonReader& inner) {
              auto& finding = validation.findings.emplace_back();
              inner.need("code", finding.code)
                  .take("message", finding.message)
                  .take("position", finding.position);
              take_named(inner, "severity", severities, finding.severity);
            })
      .each("repairs",
            [&](JsonReader& inner) {
              auto& repair = validation.repairs.emplace_back();
              inner.take("kind", repair.kind)
                  .take("code", repair.code)
                  .take("before", repair.before)
                  .take("after", repair.after);
            })
      .inside("execution", [&](JsonReader& inner) { read_execution(inner, validation.execution.emplace()); })
      .each("references",
            [&](JsonReader& inner) {
              auto& reference = validation.references.emplace_back();
              inner.need("table", reference.table).need("field", reference.field);
            })
      .take("fingerprint", validation.fingerprint)
      .each("steps",
            [&](JsonReader& inner) {
              auto& step = validation.steps.emplace_back();
              inner.need("step", step.name).take("outcome", step.outcome).take("note", step.note);
            })
      .inside("plan", [&](JsonReader& inner) {
        auto& plan = validation.plan.emplace();
        inner.take("rows", plan.rows).take("cost", plan.cost);
      });
}

void read_score(JsonReader& reader, Score& score) {
  std::int64_t total = 0;
  std::int64_t rank = 0;
  reader.take("total", total)
      .take("rank", rank)
      .take("formula", score.formula)
      .each("components", [&](JsonReader& inner) {
        auto& part = score.components.emplace_back();
        inner.need("name", part.name)
            .take("value", part.value)
            .take("weight", part.weight)
            .take("reason", part.reason);
      });
  if (total < 0 || total > 100) reader.fail("total", "must be 0 to 100");
  if (rank < 0 || rank > 1'000'000) reader.fail("rank", "must be 1 or more");
  score.total = static_cast<int>(total);
  score.rank = static_cast<int>(rank);
}

void read_registration(JsonReader& reader, Registration& registration) {
  take_named(reader, "status", card_statuses, registration.status);
  reader.take("card_id", registration.card_id)
      .take("url", registration.url)
      .take("collection", registration.collection)
      .take("reason", registration.reason)
      .take("hash", registration.hash)
      .take("hash_before", registration.hash_before)
      .each("changes",
            [&](JsonReader& inner) {
              auto& change = registration.changes.emplace_back();
              inner.need("field", change.field).take("before", change.before).take("after", change.after);
            })
      .inside("execution",
              [&](JsonReader& inner) { read_execution(inner, registration.execution.emplace()); });
}

bool is_known_member(std::string_view name) {
  static constexpr std::array known{"id",          "name",       "description", "business_value", "category",
                                    "database_id", "tables",     "sql",         "dialect",        "result",
                                    "source",      "validation", "score",       "registration"};
  for (const std::string_view member : known) {
    if (member == name) return true;
  }
  return false;
}

}  // namespace

std::string_view to_string(Shape shape) { return name_of(shapes, shape); }
std::string_view to_string(Unit unit) { return name_of(units, unit); }
std::string_view to_string(Severity severity) { return name_of(severities, severity); }
std::string_view to_string(Verdict verdict) { return name_of(verdicts, verdict); }
std::string_view to_string(CardStatus status) { return name_of(card_statuses, status); }
std::optional<Shape> shape_named(std::string_view name) { return value_of(shapes, name); }
std::optional<Unit> unit_named(std::string_view name) { return value_of(units, name); }

std::string kpi_id(std::string_view tenant, std::string_view database, std::string_view table,
                   std::string_view name) {
  constexpr char separator = '\x1F';
  std::string text;
  text.append(tenant).push_back(separator);
  text.append(database).push_back(separator);
  text.append(table).push_back(separator);
  text.append(name_key(name));
  return sha256_hex(text).substr(0, 16);
}

Json to_json(const Kpi& kpi) {
  Json json{{"id", kpi.id},
            {"name", kpi.name},
            {"description", kpi.description},
            {"business_value", kpi.business_value},
            {"category", kpi.category},
            {"database_id", kpi.database_id},
            {"tables", kpi.tables},
            {"sql", kpi.sql},
            {"dialect", to_string(kpi.dialect)},
            {"result",
             {{"shape", to_string(kpi.result.shape)},
              {"unit", to_string(kpi.result.unit)},
              {"display", kpi.result.display}}},
            {"source",
             {{"provider", kpi.source.provider},
              {"model", kpi.source.model},
              {"prompt_sha256", kpi.source.prompt_sha256},
              {"cached", kpi.source.cached}}}};
  if (kpi.validation) json["validation"] = validation_json(*kpi.validation);
  if (kpi.score) json["score"] = score_json(*kpi.score);
  if (kpi.registration) json["registration"] = registration_json(*kpi.registration);
  for (const auto& [name, value] : kpi.extra.items()) json[name] = value;
  return json;
}

void read(JsonReader& reader, Kpi& kpi) {
  std::string dialect;
  reader.take("id", kpi.id)
      .need("name", kpi.name)
      .take("description", kpi.description)
      .take("business_value", kpi.business_value)
      .take("category", kpi.category)
      .need("database_id", kpi.database_id)
      .take("tables", kpi.tables)
      .need("sql", kpi.sql)
      .take("dialect", dialect)
      .inside("result",
              [&](JsonReader& inner) {
                take_named(inner, "shape", shapes, kpi.result.shape);
                take_named(inner, "unit", units, kpi.result.unit);
                inner.take("display", kpi.result.display);
              })
      .inside("source",
              [&](JsonReader& inner) {
                inner.take("provider", kpi.source.provider)
                    .take("model", kpi.source.model)
                    .take("prompt_sha256", kpi.source.prompt_sha256)
                    .take("cached", kpi.source.cached);
              })
      .inside("validation", [&](JsonReader& inner) { read_validation(inner, kpi.validation.emplace()); })
      .inside("score", [&](JsonReader& inner) { read_score(inner, kpi.score.emplace()); })
      .inside("registration",
              [&](JsonReader& inner) { read_registration(inner, kpi.registration.emplace()); });
  kpi.dialect = dialect_named(dialect);
  for (const auto& [name, value] : reader.json().items()) {
    if (!is_known_member(name)) kpi.extra[name] = value;
  }
}

}  // namespace kpi::model
