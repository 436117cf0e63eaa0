#include <kpi/sql/newest.hpp>
#include <kpi/sql/quote.hpp>

namespace kpi::sql {

std::string newest_of(const model::Table& table, const std::string& column, model::Dialect dialect) {
  const char mark = dialect == model::Dialect::mysql ? '`' : '"';
  const std::string schema = table.schema.empty() ? "" : quote(table.schema, mark) + ".";
  return "SELECT max(" + quote(column, mark) + ") AS newest FROM " + schema + quote(table.name, mark);
}

}  // namespace kpi::sql
