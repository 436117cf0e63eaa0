#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/json_stream.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What is known of a database: the value that `discover` makes and every later stage reads. Names are
// Metabase's.
namespace kpi::model {

/// Which SQL a database speaks; `generic` is checked by the strictest rules.
enum class Dialect { postgres, sqlite, mysql, generic };

[[nodiscard]] std::string_view to_string(Dialect dialect);
/// The dialect called `name`; `generic` where there is none such.
[[nodiscard]] Dialect dialect_named(std::string_view name);
/// The dialect of a Metabase engine ("postgres", "redshift" is generic); `generic` where unknown.
[[nodiscard]] Dialect dialect_of_engine(std::string_view engine);

/// Metabase's fingerprint of a field, from a sample of at most 10,000 rows: `distinct` is a floor and min/max
/// are no true bounds. Every part may be unknown.
struct FieldStats {
  std::optional<std::int64_t> distinct;
  std::optional<double> null_fraction;  ///< 0..1
  std::optional<double> min, max, avg, q1, q3, sd;
  std::optional<std::string> earliest, latest;                                    ///< ISO dates or times
  std::optional<double> average_length;                                           ///< characters
  std::optional<double> percent_json, percent_url, percent_email, percent_state;  ///< 0..1
};

/// A field that a foreign key points at.
struct FieldReference {
  std::string table;
  std::string field;
  friend bool operator==(const FieldReference&, const FieldReference&) = default;
};

struct Field {
  std::int64_t id = 0;
  std::string name;
  std::vector<std::string> path;  ///< of a JSON-unfolded field: the column, then the keys; else empty
  std::string database_type;      ///< as the database says: "int4"
  std::string type;               ///< Metabase's effective type: "type/Integer"
  std::string semantic_type;      ///< "type/FK"; empty where unknown
  std::string description;
  std::optional<bool> nullable;
  bool pii = false;  ///< looks personal: its values never leave the machine
  std::optional<FieldStats> stats;
  std::optional<std::vector<Json>> values;  ///< the known values of a category, scalars
  std::optional<FieldReference> references;
};

/// A field worth adding up or averaging.
struct Measure {
  std::string field;
  std::vector<std::string> aggregations;  ///< "sum", "avg", "min", "max", "median"
  std::string unit;                       ///< what stored_unit() in measures.hpp reads
};

/// What the rows of a table are to a business.
enum class Role {
  unknown,
  fact,       ///< something that happened and has a life of its own: an order
  event_log,  ///< something that happened and is never touched again: a visit
  snapshot,   ///< figures as of a day or month
  junction,   ///< nothing but that two or more others belong together
  dimension,  ///< what others refer to: a product
};
[[nodiscard]] std::string_view to_string(Role role);  ///< "event_log"; "" for unknown

struct Table {
  std::int64_t id = 0;
  std::string schema;  ///< empty where the database has none
  std::string name;
  std::string description;
  std::string category;
  Role role = Role::unknown;
  std::optional<std::int64_t> row_count;
  std::string hash;  ///< of all but statistics and values: the table's shape
  std::vector<std::string> primary_key;
  std::vector<std::string> time_columns;
  std::vector<std::string> dimensions;
  std::vector<Measure> measures;
  std::optional<std::string> grain;  ///< what one row is: "one row per order_id"
  std::vector<Field> fields;

  /// "schema.name", or "name" without a schema.
  [[nodiscard]] std::string qualified_name() const;
  /// The field called `name` exactly; nullptr if none.
  [[nodiscard]] const Field* field(std::string_view field_name) const;
};

struct Relationship {
  FieldReference from;
  FieldReference to;
  std::string kind;         ///< "declared" or "inferred"
  double confidence = 1.0;  ///< 0..1
  std::string reason;
};

struct Database {
  std::int64_t id = 0;
  std::string name;
  std::string engine;
  Dialect dialect = Dialect::generic;
  std::string timezone;
  std::vector<Table> tables;
  std::vector<Relationship> relationships;

  /// The table called `name` or `schema.name`, without regard to ASCII case where no exact one exists; else
  /// nullptr.
  [[nodiscard]] const Table* table(std::string_view table_name) const;
};

[[nodiscard]] Json to_json(const Field& field);
[[nodiscard]] Json to_json(const Table& table);
/// Writes a database table by table.
void write(JsonWriter& out, const Database& database);

/// Each reads one object as the contract has it; a missing optional member keeps its default, and what is
/// wrong stays in the reader's error().
void read(JsonReader& reader, Field& field);
void read(JsonReader& reader, Table& table);
void read(JsonReader& reader, Relationship& link);
void read(JsonReader& reader, Database& database);

/// The semantic type without its family: "Category" for "type/Category".
[[nodiscard]] std::string_view bare_semantic(const Field& field);

// Metabase's type families, without regard to which release wrote the name.
[[nodiscard]] bool is_number(const Field& field);
[[nodiscard]] bool is_integer(const Field& field);
[[nodiscard]] bool is_text(const Field& field);
[[nodiscard]] bool is_boolean(const Field& field);
[[nodiscard]] bool is_temporal(const Field& field);   ///< a date or a date with a time
[[nodiscard]] bool is_date_only(const Field& field);  ///< a date without a time
[[nodiscard]] bool is_json(const Field& field);       ///< a document or an array

}  // namespace kpi::model
