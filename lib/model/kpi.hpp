#pragma once

#include <kpi/base/json.hpp>
#include <kpi/model/finding.hpp>
#include <kpi/model/schema.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A KPI: the one value that travels through the stages and grows.
namespace kpi::model {

enum class Shape { scalar, series, breakdown, table };
enum class Unit { count, currency, percent, ratio, duration, number };

[[nodiscard]] std::string_view to_string(Shape shape);
[[nodiscard]] std::string_view to_string(Unit unit);
[[nodiscard]] std::optional<Shape> shape_named(std::string_view name);
[[nodiscard]] std::optional<Unit> unit_named(std::string_view name);

/// What the query gives back and how to show it.
struct ResultShape {
  Shape shape = Shape::table;
  Unit unit = Unit::number;
  std::string display = "table";  ///< Metabase's: scalar, line, bar, row, table, ...
};

/// Who wrote it.
struct Source {
  std::string provider;
  std::string model;
  std::string prompt_sha256;
  bool cached = false;
};

struct Repair {
  std::string kind;  ///< "rule" or "model"
  std::string code;
  std::string before;
  std::string after;
};

/// One column of a result, by its shape. The bounds are of numbers and times only, and of no column that may
/// be personal.
struct ResultColumn {
  std::string name;
  std::string type;
  std::optional<double> null_share = {};  ///< 0..1; none where there was no row
  std::optional<Json> min = {};
  std::optional<Json> max = {};
};

enum class RunStatus { ok, failed, skipped };

/// One run of the query: its shape, never its rows.
struct Execution {
  RunStatus status = RunStatus::skipped;
  std::optional<std::string> error;
  std::int64_t elapsed_ms = 0;
  std::int64_t rows = 0;
  bool truncated = false;
  std::vector<ResultColumn> columns;
  std::optional<Json> value = {};  ///< of a result of one row and one column that is a number or a time
};

/// What the database expects a query to take, by its own plan.
struct PlanEstimate {
  std::optional<double> rows;  ///< the most rows that one step of it handles
  std::optional<double> cost;  ///< in the database's own unit; none where it has none
};

/// How far one check came with a KPI.
struct Step {
  std::string name;     ///< "guard", "bind", "run"; the order is the order of checks
  std::string outcome;  ///< "ok", "findings", "failed", "changed" or "skipped"
  std::string note;     ///< why, where that is not plain
};

enum class Verdict { passed, repaired, rejected };

[[nodiscard]] std::string_view to_string(Verdict verdict);

struct Validation {
  Verdict status = Verdict::rejected;
  std::vector<Finding> findings;
  std::vector<Repair> repairs;
  std::optional<Execution> execution;
  std::vector<FieldReference> references;
  std::string fingerprint;
  std::vector<Step> steps = {};
  std::optional<PlanEstimate> plan = {};
};

struct ScoreComponent {
  std::string name;
  double value = 0;   ///< 0..1
  double weight = 0;  ///< of the mean
  std::string reason;
};

struct Score {
  int total = 0;  ///< 0..100
  std::string formula;
  std::vector<ScoreComponent> components;
  int rank = 0;  ///< 1 is the best of its report; 0: not ranked
};

enum class CardStatus { created, updated, unchanged, skipped, failed, planned };

[[nodiscard]] std::string_view to_string(CardStatus status);

/// One way in which a card is to change.
struct CardChange {
  std::string field;  ///< "sql", "name", "description", "display", "collection"
  std::string before;
  std::string after;
};

struct Registration {
  CardStatus status = CardStatus::skipped;
  std::optional<std::int64_t> card_id;
  std::optional<std::string> url;
  std::string collection;  ///< "KPIs/Sales & Revenue Analytics"
  std::optional<std::string> reason;
  std::string hash = {};         ///< of the card's content as it is to be, 12 hex digits; may be empty
  std::string hash_before = {};  ///< of what stood before; empty where nothing did
  std::vector<CardChange> changes = {};     ///< where what stood was read: how it differs
  std::optional<Execution> execution = {};  ///< of the card, once, after it was written
};

struct Kpi {
  std::string id;
  std::string name;
  std::string description;
  std::string business_value;
  std::string category;
  std::int64_t database_id = 0;
  std::vector<std::string> tables;  ///< "schema.table" or "table", the main one first
  std::string sql;
  Dialect dialect = Dialect::generic;
  ResultShape result;
  Source source;
  std::optional<Validation> validation;
  std::optional<Score> score;
  std::optional<Registration> registration;
  Json extra = Json::object();  ///< members we do not know, passed on as they came
};

/// The KPI's id: the first 16 hex digits of SHA-256 over tenant, database name (its id where the name is
/// unknown), `table` ("schema.table") and the name's key, joined by U+001F. Source: contract, section 2.
[[nodiscard]] std::string kpi_id(std::string_view tenant, std::string_view database, std::string_view table,
                                 std::string_view name);

[[nodiscard]] Json to_json(const Kpi& kpi);

/// Reads one object as the contract has it: `name`, `sql` and `database_id` are needed.
void read(JsonReader& reader, Kpi& kpi);

}  // namespace kpi::model
