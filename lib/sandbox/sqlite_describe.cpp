#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/sqlite_describe.hpp>

#include <map>
#include <optional>
#include <vector>

namespace kpi::sandbox::sqlite {
namespace {

constexpr std::string_view comments_table = "kpi_comments";

using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// Asks one open database about itself.
class Reader {
public:
  Reader(sqlite3* db, const std::filesystem::path& file) : db_(db), file_(file) {}
  [[nodiscard]] Result<Shape> read_shape(const std::string& identity) const;

private:
  [[nodiscard]] Result<Rows> read_rows(const std::string& sql,
                                       const std::vector<std::string>& values = {}) const;
  [[nodiscard]] Result<TableShape> read_table(const std::string& name) const;

  sqlite3* db_;
  const std::filesystem::path& file_;
};

Result<Rows> Reader::read_rows(const std::string& sql, const std::vector<std::string>& values) const {
  sqlite3_stmt* raw = nullptr;
  sqlite3_prepare_v2(db_, sql.c_str(), -1, &raw, nullptr);
  const Statement statement(raw);
  if (statement == nullptr) return unreadable(file_, sqlite3_errmsg(db_));
  for (std::size_t i = 0; i < values.size(); ++i) {
    sqlite3_bind_text(raw, static_cast<int>(i) + 1, values[i].c_str(), -1, SQLITE_STATIC);
  }
  Rows read;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
    std::vector<std::optional<std::string>> row;
    for (int i = 0; i < sqlite3_column_count(raw); ++i) {
      const bool is_null = sqlite3_column_type(raw, i) == SQLITE_NULL;
      row.push_back(is_null ? std::nullopt : std::optional(repair_utf8(text_of(raw, i))));
    }
    read.push_back(std::move(row));
  }
  if (code != SQLITE_DONE) return unreadable(file_, sqlite3_errmsg(db_));
  return read;
}

Result<TableShape> Reader::read_table(const std::string& name) const {
  TableShape table;
  table.name = name;
  table.hidden = lower(name) == comments_table;
  const std::vector<std::string> named{name};

  auto columns =
      read_rows("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?)", named);
  if (!columns) return TableShape{table};  // a view over a table that is gone: no fields
  int keys = 0;
  for (const auto& row : *columns) {
    if (row[5] == "1") continue;  // a virtual table's hidden column
    FieldShape field;
    field.name = *row[0];
    field.database_type = row[1].value_or("");
    field.base_type = field.database_type.empty() ? "type/*" : sqlite_base_type(field.database_type);
    field.primary_key = row[4] != "0";
    field.not_null = row[2] != "0" || field.primary_key;
    field.default_value = row[3];
    field.generated = row[5] == "2" || row[5] == "3";
    keys += field.primary_key ? 1 : 0;
    table.fields.push_back(std::move(field));
  }
  for (auto& field : table.fields) {
    field.auto_increment = field.primary_key && keys == 1 && lower(field.database_type) == "integer";
    field.indexed = field.primary_key;
  }
  auto indexes = read_rows(
      "SELECT c.name FROM pragma_index_list(?) i JOIN pragma_index_info(i.name) c WHERE c.seqno = 0 AND "
      "c.name IS NOT NULL",
      named);
  if (indexes) {
    for (const auto& row : *indexes) {
      for (auto& field : table.fields) field.indexed = field.indexed || field.name == row[0];
    }
  }
  // A key to a table without naming the column points at that table's primary key.
  auto keys_out = read_rows(
      "SELECT k.\"from\", k.\"table\", coalesce(k.\"to\", (SELECT p.name FROM "
      "pragma_table_info(k.\"table\") p "
      "WHERE p.pk = k.seq + 1)) FROM pragma_foreign_key_list(?) k",
      named);
  if (keys_out) {
    for (const auto& row : *keys_out) {
      if (row[0] && row[1] && row[2]) table.foreign_keys.push_back({*row[0], "", *row[1], *row[2]});
    }
  }
  return table;
}

Result<Shape> Reader::read_shape(const std::string& identity) const {
  Shape shape;
  shape.flavor = "SQLite";
  shape.version = sqlite3_libversion();
  shape.timezone = "UTC";
  auto names = read_rows(
      "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE "
      "'\\' ORDER BY name COLLATE NOCASE, name");
  if (!names) return std::move(names).error();
  bool commented = false;
  for (const auto& row : *names) {
    auto table = read_table(*row[0]);
    if (!table) return std::move(table).error();
    table->identity = identity;
    commented = commented || table->hidden;
    if (!table->fields.empty()) shape.tables.push_back(std::move(*table));
  }
  if (!commented) return shape;

  auto comments = read_rows("SELECT table_name, column_name, comment FROM kpi_comments");
  if (!comments) return shape;  // not our kpi_comments
  std::map<std::pair<std::string, std::string>, std::string> by_name;
  for (const auto& row : *comments) {
    if (row[0] && row[2] && !trim(*row[2]).empty())
      by_name[{lower(*row[0]), lower(row[1].value_or(""))}] = *row[2];
  }
  const auto find = [&](const std::string& table, const std::string& column) -> std::optional<std::string> {
    const auto found = by_name.find({lower(table), lower(column)});
    return found == by_name.end() ? std::nullopt : std::optional(found->second);
  };
  for (auto& table : shape.tables) {
    table.description = find(table.name, "");
    for (auto& field : table.fields) field.description = find(table.name, field.name);
  }
  return shape;
}

}  // namespace

std::string text_of(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr
             ? ""
             : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

Error unreadable(const std::filesystem::path& file, std::string_view reason) {
  return {Fault::input, "sandbox.database", "sandbox", file.string() + ": " + std::string(reason),
          "name an existing SQLite file that may be read"};
}

Result<Shape> describe(sqlite3* db, const std::filesystem::path& file, const std::string& identity) {
  return Reader(db, file).read_shape(identity);
}

}  // namespace kpi::sandbox::sqlite
