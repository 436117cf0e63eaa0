#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>
#include <kpi/sandbox/database.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kpi::sandbox {

struct FieldShape {
  std::string name;
  std::string database_type;
  std::string base_type;  ///< "type/Integer"
  std::optional<std::string> description;
  std::optional<std::string> default_value;
  std::vector<std::string> labels;  ///< of an enum type
  bool primary_key = false;
  bool not_null = false;
  bool auto_increment = false;
  bool generated = false;
  bool indexed = false;
};

struct ForeignKey {
  std::string field;
  std::string to_schema, to_table, to_field;
};

struct TableShape {
  std::string schema;  ///< "" where the engine has none
  std::string name;
  std::optional<std::string> description;
  std::optional<std::int64_t> estimated_rows;
  bool hidden = false;
  /// Changes when the rows may have changed: what was computed from them is kept under it.
  std::string identity;
  std::vector<FieldShape> fields;
  std::vector<ForeignKey> foreign_keys;
};

/// A database as it is now.
struct Shape {
  std::string flavor;    ///< "PostgreSQL"
  std::string version;   ///< "15.8"
  std::string timezone;  ///< "UTC"
  std::vector<TableShape> tables;
};

struct Query {
  std::string sql;
  std::size_t max_rows = 2000;
  std::chrono::milliseconds timeout{30'000};
  bool wide_integers_as_text = true;  ///< whole numbers beyond what JavaScript holds exactly
  std::stop_token stop;
};

struct ResultColumn {
  std::string name;
  std::string base_type;
  std::string database_type;
};

struct RowSet {
  std::vector<ResultColumn> columns;
  std::vector<Json> rows;  ///< arrays, one cell a column
};

/// Why the database did not answer, in its own words.
struct QueryFailure {
  enum class Kind { invalid, timed_out, cancelled, database };
  Kind kind = Kind::invalid;
  std::string message;
  std::string state;      ///< SQLSTATE, or ""
  std::string exception;  ///< the class that Metabase's driver would name
};

using QueryOutcome = std::variant<RowSet, QueryFailure>;

/// One database to read from. An engine more is one implementation more, and a line in make_source().
/// Any thread may call.
class Source {
public:
  virtual ~Source() = default;

  [[nodiscard]] virtual std::string_view engine() const = 0;  ///< Metabase's name: "postgres"
  [[nodiscard]] virtual bool has_schemas() const = 0;
  /// Tables, columns and keys; reads no rows. Fails (input) if there is no such database, (unreachable) if
  /// its server does not answer.
  virtual Result<Shape> describe() = 0;
  /// Runs one statement that can change nothing, whatever it says.
  virtual QueryOutcome run(const Query& query) = 0;

  /// `name` quoted as an identifier.
  [[nodiscard]] virtual std::string quote(std::string_view name) const;
  /// The expression for the first `bytes` characters of a text column.
  [[nodiscard]] virtual std::string prefix(std::string_view quoted, std::size_t characters) const = 0;
  /// The table's name as a statement needs it.
  [[nodiscard]] std::string qualified(const TableShape& table) const;
};

/// The source that `database.url` names. Fails (input, "sandbox.database") for an unknown scheme.
Result<std::unique_ptr<Source>> make_source(const DatabaseSource& database);

/// Rows of one answer are at most this many bytes, whatever the row cap.
constexpr std::size_t max_answer_bytes = std::size_t{64} << 20U;

}  // namespace kpi::sandbox
