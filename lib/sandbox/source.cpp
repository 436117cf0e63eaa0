#include <kpi/base/text.hpp>
#include <kpi/sandbox/postgres_source.hpp>
#include <kpi/sandbox/source.hpp>
#include <kpi/sandbox/sqlite_source.hpp>

namespace kpi::sandbox {

std::string Source::quote(std::string_view name) const { return '"' + replace_all(name, "\"", "\"\"") + '"'; }

std::string Source::qualified(const TableShape& table) const {
  return table.schema.empty() ? quote(table.name) : quote(table.schema) + '.' + quote(table.name);
}

Result<std::unique_ptr<Source>> make_source(const DatabaseSource& database) {
  if (database.url.starts_with("sqlite:")) return make_sqlite_source(database.url.substr(7));
  if (database.url.starts_with("postgres")) return make_postgres_source(database.url, database.password);
  return Error{Fault::input, "sandbox.database", "sandbox",
               "cannot serve the database " + printable(database.name),
               "give sqlite:FILE or postgres://user@host:port/name"};
}

}  // namespace kpi::sandbox
