#include <kpi/base/text.hpp>
#include <kpi/llm/prompt_data.hpp>
#include <kpi/llm/prompt_template.hpp>
#include <kpi/llm/repair_prompt.hpp>
#include <kpi/sql/dialect.hpp>

#include <algorithm>
#include <utility>

namespace kpi::llm {
namespace {

constexpr const char* file_name = "repair.mustache";
constexpr std::size_t most_sql_bytes = 16'000;
constexpr std::size_t most_line_bytes = 400;
constexpr std::size_t most_tables = 6;
constexpr std::size_t most_others = 60;  ///< tables that are only named

/// A statement as it may stand in a prompt: its operators as they are, unable to close the fence.
std::string as_sql(std::string_view sql) {
  auto text = replace_all(shorten(printable(sql), most_sql_bytes), "</", "< /");
  return replace_all(text, "<metadata", "< metadata");
}

mustache::data line(const char* name, std::string text) {
  mustache::data item;
  item.set(name, std::move(text));
  return item;
}

mustache::data lines(const char* name, const std::vector<std::string>& texts) {
  mustache::data list{mustache::data::type::list};
  for (const auto& text : texts) list << line(name, as_data(text, most_line_bytes));
  return list;
}

mustache::data table_data(const sql::DialectWriter& sql, const model::Table& table) {
  mustache::data fields{mustache::data::type::list};
  for (const auto& field : table.fields) {
    mustache::data item;
    item.set("sql", as_data(sql.column(field), most_line_bytes));
    item.set("type", as_data(field.database_type.empty() ? field.type : field.database_type, 60));
    if (field.pii) item.set("personal", true);
    if (field.references)
      item.set("references", as_data(field.references->table + "." + field.references->field, 200));
    fields << item;
  }
  mustache::data data;
  data.set("name", as_data(sql.table(table), most_line_bytes));
  data.set("fields", fields);
  return data;
}

}  // namespace

Result<RepairPrompt> RepairPrompt::load(const std::filesystem::path& folder) {
  auto text = load_template(folder, file_name);
  if (!text) return std::move(text).error();
  return RepairPrompt(std::move(*text));
}

std::string RepairPrompt::text(const RepairTask& task) const {
  const sql::DialectWriter sql(task.database.dialect);
  mustache::data data;
  data.set("name", as_data(task.kpi.name, 200));
  data.set("description", as_data(task.kpi.description, most_line_bytes));
  data.set("shape", std::string(model::to_string(task.kpi.result.shape)));
  data.set("unit", std::string(model::to_string(task.kpi.result.unit)));
  data.set("sql", as_sql(task.kpi.sql));
  data.set("complaints", lines("text", task.complaints));
  if (!task.failed.empty()) {
    mustache::data tried{mustache::data::type::list};
    for (const auto& failed : task.failed) {
      mustache::data item;
      item.set("sql", as_sql(failed.sql));
      item.set("why", as_data(failed.why, most_line_bytes));
      tried << item;
    }
    data.set("has_failed", true);
    data.set("failed", tried);
  }
  mustache::data tables{mustache::data::type::list};
  for (std::size_t i = 0; i < task.tables.size() && i < most_tables; ++i) {
    tables << table_data(sql, *task.tables[i]);
  }
  data.set("tables", tables);
  std::vector<std::string> others;
  for (const auto& table : task.database.tables) {
    const bool shown = std::find(task.tables.begin(), task.tables.end(), &table) != task.tables.end();
    if (!shown && others.size() < most_others) others.push_back(as_data(sql.table(table), 120));
  }
  if (!others.empty()) data.set("others", join(others, ", "));
  return fill(shape_, data);
}

}  // namespace kpi::llm
