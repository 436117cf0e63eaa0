#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/json_stream.hpp>
#include <kpi/metabase/api.hpp>
#include <kpi/model/schema.hpp>

#include <cstdint>
#include <vector>

// Metabase's metadata as kpi's. No function here fails or does IO.
namespace kpi::metabase {

/// The rows of GET /api/database, by id; virtual databases and Metabase's own audit database left out.
[[nodiscard]] std::vector<DatabaseInfo> databases_of(const Json& rows);

/// The values of GET /api/field/:id/values: without labels, nulls and structures.
[[nodiscard]] std::vector<Json> values_of(const Json& answer);

/// Puts a database together from its tables' JSON, one at a time, so that only one is ever held.
class SchemaBuilder {
public:
  explicit SchemaBuilder(const DatabaseInfo& info);

  /// Takes a table with its `fields`; passes over inactive and hidden tables, and inactive, retired and
  /// hidden fields.
  void add(const Json& table);

  /// Takes the answer of GET /api/database/:id/metadata, table by table as the text is read: never more than
  /// one table is held as JSON, and of it only the members that count. Ill-formed UTF-8 is replaced. False
  /// where the text is cut or broken.
  bool add_all(const TextSource& answer);

  /// Tables in order, foreign keys resolved. Leaves the builder empty.
  [[nodiscard]] model::Database build();

private:
  struct ForeignKey {
    std::int64_t from = 0;  ///< field ids
    std::int64_t to = 0;
  };
  void add_field(const Json& json, model::Table& table);
  void describe(const Json& database);

  model::Database database_;
  std::vector<ForeignKey> foreign_keys_;
};

/// True for a row of a table listing that add() would take.
[[nodiscard]] bool is_visible_table(const Json& table);

}  // namespace kpi::metabase
