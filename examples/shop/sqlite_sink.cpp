#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/shop/sqlite_sink.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace kpi::shop {
namespace {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::integer:
      return "INTEGER";
    case Type::money:
      return "BIGINT";
    case Type::real:
      return "REAL";
    case Type::text:
      return "TEXT";
    case Type::flag:
      return "BOOLEAN";
    case Type::day:
      return "DATE";
    case Type::moment:
      return "TIMESTAMP";
    case Type::json:
      return "JSON";
  }
  return {};
}

std::string create_table(const Table& table, std::span<const Table> tables) {
  const auto keys = std::ranges::count(table.columns, true, &Column::key);
  std::vector<std::string> lines;
  std::vector<std::string> parts;
  for (const Column& column : table.columns) {
    const bool alone = column.key && keys == 1;
    lines.push_back(fmt::format("  {} {}{}{}", column.name, type_name(column.type),
                                column.nullable ? "" : " NOT NULL", alone ? " PRIMARY KEY" : ""));
    if (column.declared)
      lines.back() +=
          fmt::format(" REFERENCES {} ({})", column.references, key_of(tables, column.references));
    if (column.key) parts.emplace_back(column.name);
  }
  if (keys > 1) lines.push_back(fmt::format("  PRIMARY KEY ({})", join(parts, ", ")));
  return fmt::format("CREATE TABLE {} (\n{}\n)", table.name, join(lines, ",\n"));
}

/// Binds a cell to a place of a statement; gives SQLite's answer.
struct CellBinder {
  sqlite3_stmt* statement;
  int place;
  std::string& scratch;  ///< a date being written

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, place); }
  int operator()(bool flag) const { return sqlite3_bind_int(statement, place, flag ? 1 : 0); }
  int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, place, number); }
  int operator()(double number) const { return sqlite3_bind_double(statement, place, number); }
  int operator()(std::string_view text) const { return bind(text, SQLITE_STATIC); }
  int operator()(Day day) const { return bind_time(day); }
  int operator()(Moment moment) const { return bind_time(moment); }

private:
  [[nodiscard]] int bind(std::string_view text, sqlite3_destructor_type keep) const {
    return sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()), keep);
  }
  template <class Time>
  [[nodiscard]] int bind_time(Time time) const {
    scratch.clear();
    append(scratch, time);
    return bind(scratch, SQLITE_TRANSIENT);
  }
};

}  // namespace

void SqliteSink::Close::operator()(sqlite3* database) const { sqlite3_close(database); }
void SqliteSink::Close::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

SqliteSink::SqliteSink(std::span<const Table> tables) : tables_(tables) {}

Result<std::unique_ptr<SqliteSink>> SqliteSink::make(std::span<const Table> tables) {
  std::unique_ptr<SqliteSink> sink(new SqliteSink(tables));
  sqlite3* database = nullptr;
  const int opened = sqlite3_open(":memory:", &database);
  sink->database_.reset(database);
  sink->check(opened == SQLITE_OK);
  sink->run("BEGIN");
  for (const Table& table : tables) {
    sink->run(create_table(table, tables));
    std::string places = "?";
    for (std::size_t i = 1; i < table.columns.size(); ++i) places += ", ?";
    sink->inserts_[table.name] = sink->prepare(fmt::format("INSERT INTO {} VALUES ({})", table.name, places));
  }
  if (!sink->failed_.empty()) return sink->failure();
  return sink;
}

void SqliteSink::put(const Table& table, std::initializer_list<Value> row) {
  if (failed_.empty()) insert(inserts_.at(table.name).get(), row);
}

void SqliteSink::insert(sqlite3_stmt* statement, std::initializer_list<Value> row) {
  if (!failed_.empty()) return;
  int place = 0;
  for (const Value& value : row)
    check(std::visit(CellBinder{statement, ++place, scratch_}, value.held()) == SQLITE_OK);
  check(place == sqlite3_bind_parameter_count(statement) && sqlite3_step(statement) == SQLITE_DONE);
  sqlite3_reset(statement);
}

Result<Done> SqliteSink::finish(const std::filesystem::path& file) {
  for (const Table& table : tables_) {
    for (const Column& column : table.columns) {
      if (column.references.empty()) continue;
      run(fmt::format("CREATE INDEX {0}_{1} ON {0} ({1})", table.name, column.name));
    }
  }
  put_comments();
  run("COMMIT; PRAGMA analysis_limit = 1000; ANALYZE");
  if (!failed_.empty()) return failure();
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(
      sqlite3_serialize(database_.get(), "main", &size, 0), &sqlite3_free);
  if (bytes == nullptr) {
    check(false);
    return failure();
  }
  return write_file(file, {reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)});
}

void SqliteSink::put_comments() {
  run("CREATE TABLE kpi_comments (table_name TEXT NOT NULL, column_name TEXT, comment TEXT NOT NULL)");
  const auto comments = prepare("INSERT INTO kpi_comments VALUES (?, ?, ?)");
  for (const Table& table : tables_) {
    insert(comments.get(), {table.name, std::nullopt, table.comment});
    for (const Column& column : table.columns) {
      if (!column.comment.empty()) insert(comments.get(), {table.name, column.name, column.comment});
    }
  }
}

void SqliteSink::run(const std::string& sql) {
  if (failed_.empty())
    check(sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
}

SqliteSink::Statement SqliteSink::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (failed_.empty())
    check(sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
  return Statement(statement);
}

void SqliteSink::check(bool good) {
  if (!good && failed_.empty()) failed_ = sqlite3_errmsg(database_.get());
}

Error SqliteSink::failure() const {
  return {Fault::machine, "shop.sqlite", "shop", "SQLite cannot build the sample database: " + failed_,
          "make room in memory and run the same command again"};
}

}  // namespace kpi::shop
