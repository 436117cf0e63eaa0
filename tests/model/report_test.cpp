#include <kpi/model/report.hpp>

#include <doctest/doctest.h>

using namespace kpi;

namespace {

model::Kpi full_kpi() {
  model::Kpi kpi;
  kpi.id = "0123456789abcdef";
  kpi.name = "Orders";
  kpi.sql = "SELECT 1";
  kpi.database_id = 3;
  kpi.tables = {"public.orders"};
  kpi.dialect = model::Dialect::postgres;
  kpi.result = {model::Shape::series, model::Unit::currency, "line"};
  auto& validation = kpi.validation.emplace();
  validation.status = model::Verdict::repaired;
  validation.findings.push_back({"lint.select_star", model::Severity::warning, "names no columns", 7});
  validation.repairs.push_back({"rule", "repair.semicolon", "SELECT 1;", "SELECT 1"});
  auto& run = validation.execution.emplace();
  run.status = model::RunStatus::ok;
  run.rows = 2;
  run.columns.push_back({"n", "type/Integer"});
  validation.references.push_back({"public.orders", "id"});
  kpi.score = model::Score{80, "f", {{"cost", 1.0, 0.1, "under 1 s"}}};
  kpi.registration =
      model::Registration{model::CardStatus::created, 9, "http://m/question/9", "KPIs/Sales", std::nullopt};
  kpi.extra["owner"] = "Kim";
  return kpi;
}

std::string error_of(std::string_view text) {
  auto report = model::read_validation_report(source_of(text), "r.json");
  return report ? "" : report.error().line();
}

}  // namespace

TEST_CASE("model::RegistrationReport: what a dry run would archive is not counted as archived") {
  model::RegistrationReport report;
  report.archived = {{"0123456789abcdef", 7, "Old", true}, {"0123456789abcde0", 8, "Older", true}};
  const auto text = model::report_text(report);
  const auto json = parse_json(text, "report");
  REQUIRE(json);
  CHECK((*json)["summary"]["archived"] == 0);
  CHECK((*json)["summary"]["to_archive"] == 2);
  CHECK((*json)["archived"][0]["status"] == "planned");
  const auto again = model::read_any_report(source_of(text), "report");
  REQUIRE(again);
  const auto& read = std::get<model::RegistrationReport>(*again);
  REQUIRE(read.archived.size() == 2);
  CHECK(read.archived[1].planned);

  report.archived = {{"0123456789abcdef", 7, "Old"}};
  const auto done = parse_json(model::report_text(report), "report");
  REQUIRE(done);
  CHECK((*done)["summary"]["archived"] == 1);
  CHECK_FALSE((*done)["summary"].contains("to_archive"));
  CHECK_FALSE((*done)["archived"][0].contains("status"));
}

TEST_CASE("model::report: what was written reads back to the same bytes") {
  model::ValidationReport report;
  report.envelope.run.id = "r1";
  report.envelope.metabase_url = "http://m";
  report.envelope.input = model::InputReport{"candidates", "r0", "00"};
  report.envelope.errors.push_back({"validate", "Orders", "run.error", "broke"});
  report.kpis = {full_kpi()};
  model::Database database;
  database.id = 3;
  database.engine = "postgres";
  database.dialect = model::Dialect::postgres;
  model::Table table;
  table.name = "orders";
  table.measures.push_back({"total", {"sum"}, "currency"});
  model::Field field;
  field.name = "a → b";
  field.path = {"a", "b"};
  field.type = "type/Text";
  field.values.emplace().push_back("x");
  field.stats.emplace().distinct = 4;
  field.references = model::FieldReference{"t", "f"};
  table.fields = {field};
  database.tables = {table};
  database.relationships.push_back({{"t", "a"}, {"u", "b"}, "inferred", 0.7, "by name"});
  report.databases = {database};
  const auto text = model::report_text(report);
  const auto again = model::read_validation_report(source_of(text), "r.json");
  REQUIRE(again.has_value());
  CHECK(model::report_text(*again) == text);
  CHECK(again->kpis[0].extra["owner"] == "Kim");
}

TEST_CASE("model::report: a truncated file, a wrong kind and another version are refused with the place") {
  model::ValidationReport report;
  report.kpis = {full_kpi()};
  const auto text = model::report_text(report);
  CHECK(error_of(text.substr(0, text.size() / 2)).find("r.json: not valid JSON at line") == 0);
  CHECK(error_of("") ==
        "r.json: not valid JSON at line 1, column 1: the text ends too early; give the whole file");
  CHECK(error_of(R"({"report":"candidates","version":1})")
            .find("is a candidates report; a validation report is needed") != std::string::npos);
  CHECK(error_of(R"({"report":"validation","version":2})")
            .find("version 2; this kpi reads version 1; use a newer kpi") != std::string::npos);
  CHECK(error_of(R"({"report":"poem","version":1})").find("unknown report \"poem\"") != std::string::npos);
  CHECK(error_of("[1]").find("must be an object") != std::string::npos);
  CHECK(
      error_of(
          R"({"report":"validation","version":1,"kpis":[{"name":"a","sql":"s","database_id":1,"validation":{"status":"passed"}},{"name":"b","sql":4,"database_id":1}]})") ==
      "r.json: kpis[1].sql must be text");
  CHECK(error_of(R"({"report":"validation","version":1,"kpis":[{"name":"a","sql":"s","database_id":1}]})")
            .find("kpis[0].validation is missing") != std::string::npos);
  CHECK(error_of(std::string(100'000, '[')).find("r.json: ") == 0);
}

TEST_CASE(
    "model::report: what should be a list and is an object is refused, whatever its members are called") {
  const auto candidates = model::read_candidates_report(
      source_of(R"({"report":"candidates","version":1,"kpis":{"*":{}}})"), "r.json");
  REQUIRE_FALSE(candidates.has_value());
  CHECK(candidates.error().fault == Fault::input);
  CHECK(candidates.error().line().find("kpis must be a list") != std::string::npos);
  for (const char* databases :
       {R"({"*":{"tables":{"*":{}}}})", R"([{"tables":{"*":{"name":"t"}}}])", R"({"*":{"tables":[{}]}})"}) {
    CAPTURE(databases);
    const auto schema = model::read_schema_report(
        source_of(R"({"report":"schema","version":1,"databases":)" + std::string(databases) + "}"), "r.json");
    REQUIRE_FALSE(schema.has_value());
    CHECK(schema.error().fault == Fault::input);
  }
}

TEST_CASE("model::report: one written by hand needs no more than the contract says") {
  const auto report = model::read_candidates_report(
      source_of(
          R"({"report":"candidates","version":1,"kpis":[{"name":"a","sql":"SELECT 1","database_id":2.0,"tag":[1]}]})"),
      "-");
  REQUIRE(report.has_value());
  CHECK(report->kpis.at(0).database_id == 2);
  CHECK(report->kpis[0].extra["tag"] == Json::array({1}));
  CHECK(report->kpis[0].result.display == "table");
}

TEST_CASE("model::report: summaries are counted from the items") {
  model::ValidationReport report;
  auto rejected = full_kpi();
  rejected.validation->status = model::Verdict::rejected;
  rejected.validation->findings = {{"run.error", model::Severity::error, "broke", std::nullopt}};
  report.kpis = {full_kpi(), rejected, rejected};
  const auto summary = model::to_json(report)["summary"];
  CHECK(summary["total"] == 3);
  CHECK(summary["repaired"] == 1);
  CHECK(summary["success_rate"].get<double>() == doctest::Approx(1.0 / 3));
  CHECK(summary["by_error"] == Json::parse(R"([{"code":"run.error","count":2,"example":"Orders: broke"}])"));
  CHECK(summary["by_table"]["public.orders"]["working"] == 1);
}

TEST_CASE("model::kpi: an id stays with tenant, database, table and what people call it") {
  const auto id = model::kpi_id("default", "shop", "public.orders", "Total  Orders!");
  CHECK(id.size() == 16);
  CHECK(id == model::kpi_id("default", "shop", "public.orders", "total orders"));
  CHECK(id != model::kpi_id("acme", "shop", "public.orders", "total orders"));
  CHECK(id != model::kpi_id("default", "shop", "public.order", "s total orders"));
}

TEST_CASE("model::read_any_report: reads every kind of report back, and says what is wrong with one") {
  const auto read = [](const std::string& text) { return model::read_any_report(source_of(text), "a.json"); };
  model::AuditReport audit;
  audit.cards.push_back({"k", 1, "n", "u", model::AuditStatus::ok, "", {}});
  const auto found = read(model::report_text(audit));
  REQUIRE(found);
  REQUIRE(std::holds_alternative<model::AuditReport>(*found));
  CHECK(std::get<model::AuditReport>(*found).cards.size() == 1);
  CHECK(std::holds_alternative<model::SchemaReport>(*read(model::report_text(model::SchemaReport{}))));
  CHECK(
      std::holds_alternative<model::CandidatesReport>(*read(model::report_text(model::CandidatesReport{}))));
  CHECK(
      std::holds_alternative<model::ValidationReport>(*read(model::report_text(model::ValidationReport{}))));
  CHECK(std::holds_alternative<model::RegistrationReport>(
      *read(model::report_text(model::RegistrationReport{}))));
  CHECK(read("{}").error().code == "report.invalid");
  CHECK_FALSE(read("{\"report\": \"schema\""));
  const auto bad =
      read(R"({"report":"validation","version":1,"kpis":[{"name":"x","sql":"y","database_id":1}]})");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().what.find("kpis[0].validation") != std::string::npos);
}
