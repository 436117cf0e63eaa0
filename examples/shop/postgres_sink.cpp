#include <kpi/base/text.hpp>
#include <kpi/shop/postgres_sink.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <variant>
#include <vector>

namespace kpi::shop {
namespace {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::integer:
      return "integer";
    case Type::money:
      return "bigint";
    case Type::real:
      return "double precision";
    case Type::text:
      return "text";
    case Type::flag:
      return "boolean";
    case Type::day:
      return "date";
    case Type::moment:
      return "timestamp";
    case Type::json:
      return "jsonb";
  }
  return {};
}

std::string column_list(const Table& table, bool keys_only) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) {
    if (column.key || !keys_only) names.emplace_back(column.name);
  }
  return join(names, ", ");
}

std::string create_table(const Table& table) {
  std::vector<std::string> lines;
  for (const Column& column : table.columns) {
    lines.push_back(
        fmt::format("  {} {}{}", column.name, type_name(column.type), column.nullable ? "" : " NOT NULL"));
  }
  return fmt::format("CREATE TABLE {} (\n{}\n);\n", lower(table.name), join(lines, ",\n"));
}

std::string quoted(std::string_view text) { return fmt::format("'{}'", replace_all(text, "'", "''")); }

std::string comments(const Table& table) {
  const auto name = lower(table.name);
  auto sql = fmt::format("COMMENT ON TABLE {} IS {};\n", name, quoted(table.comment));
  for (const Column& column : table.columns) {
    if (!column.comment.empty())
      sql += fmt::format("COMMENT ON COLUMN {}.{} IS {};\n", name, column.name, quoted(column.comment));
  }
  return sql;
}

/// Foreign keys for the declared references, an index for every one.
std::string references(const Table& table, std::span<const Table> tables) {
  const auto name = lower(table.name);
  std::string sql;
  for (const Column& column : table.columns) {
    if (column.references.empty()) continue;
    sql += fmt::format("CREATE INDEX {0}_{1}_idx ON {0} ({1});\n", name, column.name);
    if (!column.declared) continue;
    sql += fmt::format("ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({});\n", name, column.name,
                       lower(column.references), key_of(tables, column.references));
  }
  return sql;
}

/// Appends a cell as COPY reads it.
struct CellWriter {
  std::string& text;

  void operator()(std::monostate) const { text += "\\N"; }
  void operator()(bool flag) const { text += flag ? 't' : 'f'; }
  void operator()(std::int64_t number) const { fmt::format_to(std::back_inserter(text), "{}", number); }
  void operator()(double number) const { fmt::format_to(std::back_inserter(text), "{}", number); }
  void operator()(Day day) const { append(text, day); }
  void operator()(Moment moment) const { append(text, moment); }
  void operator()(std::string_view cell) const {
    for (const char letter : cell) {
      switch (letter) {
        case '\\':
          text += "\\\\";
          break;
        case '\t':
          text += "\\t";
          break;
        case '\n':
          text += "\\n";
          break;
        case '\r':
          text += "\\r";
          break;
        default:
          text += letter;
      }
    }
  }
};

}  // namespace

PostgresSink::PostgresSink(std::span<const Table> tables) : tables_(tables) {
  for (const Table& table : tables) rows_[table.name];
}

void PostgresSink::put(const Table& table, std::initializer_list<Value> row) {
  std::string& text = rows_.at(table.name);
  bool first = true;
  for (const Value& value : row) {
    if (!first) text += '\t';
    first = false;
    std::visit(CellWriter{text}, value.held());
  }
  text += '\n';
}

void PostgresSink::finish(std::ostream& out) const {
  out << "-- The sample shop. Load into an empty database: psql -v ON_ERROR_STOP=1 -f FILE\n"
         "BEGIN;\nSET LOCAL client_encoding = 'UTF8';\nSET LOCAL datestyle = 'ISO';\n\n";
  for (const Table& table : tables_) out << create_table(table);
  for (const Table& table : tables_) {
    out << fmt::format("\nCOPY {} ({}) FROM stdin;\n", lower(table.name), column_list(table, false))
        << rows_.at(table.name) << "\\.\n";
  }
  out << '\n';
  for (const Table& table : tables_)
    out << fmt::format("ALTER TABLE {} ADD PRIMARY KEY ({});\n", lower(table.name), column_list(table, true));
  std::vector<std::string> names;
  for (const Table& table : tables_) {
    out << references(table, tables_) << comments(table);
    names.push_back(lower(table.name));
  }
  out << "COMMIT;\nANALYZE " << join(names, ", ") << ";\n";
}

}  // namespace kpi::shop
