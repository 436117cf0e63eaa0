#include <kpi/base/text.hpp>
#include <kpi/llm/prompt.hpp>
#include <kpi/llm/prompt_data.hpp>
#include <kpi/llm/prompt_table.hpp>
#include <kpi/llm/prompt_template.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::llm {
namespace {

constexpr std::size_t most_name_bytes = 120;

}  // namespace

Json answer_schema() {
  const auto words = [](std::initializer_list<const char*> allowed) {
    Json list = Json::array();
    for (const auto* word : allowed) list.push_back(word);
    return Json{{"type", "string"}, {"enum", std::move(list)}};
  };
  const Json text{{"type", "string"}};
  Json item{
      {"type", "object"},
      {"additionalProperties", false},
      {"required", {"name", "description", "business_value", "sql", "tables", "shape", "unit", "display"}},
      {"properties",
       {{"name", text},
        {"description", text},
        {"business_value", text},
        {"sql", text},
        {"tables", {{"type", "array"}, {"items", text}}},
        {"shape", words({"scalar", "series", "breakdown", "table"})},
        {"unit", words({"count", "currency", "percent", "ratio", "duration", "number"})},
        {"display", words({"scalar", "line", "trend", "bar", "row", "area", "pie", "table"})}}}};
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", Json::array({"kpis"})},
          {"properties", {{"kpis", {{"type", "array"}, {"items", std::move(item)}}}}}};
}

Prompts::Prompts(std::string system, std::string table, std::string topup)
    : system_(std::move(system)),
      table_(std::move(table)),
      topup_(std::move(topup)) {}

Result<Prompts> Prompts::load(const std::filesystem::path& folder) {
  std::array<std::string, 3> texts;
  constexpr std::array names{"system.mustache", "table.mustache", "topup.mustache"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto text = load_template(folder, names[i]);
    if (!text) return std::move(text).error();
    texts[i] = std::move(*text);
  }
  return Prompts(std::move(texts[0]), std::move(texts[1]), std::move(texts[2]));
}

std::string Prompts::system(const TableTask& task) const {
  mustache::data data;
  data.set("domain", single_line(task.domain.name));
  data.set("domain_description", single_line(task.domain.description));
  data.set(std::string(model::to_string(task.database.dialect)), true);
  std::vector<mustache::data> glossary;
  for (const auto& entry : task.domain.glossary) {
    mustache::data item;
    item.set("term", single_line(entry.term));
    item.set("meaning", single_line(entry.meaning));
    glossary.push_back(std::move(item));
  }
  put_list(data, "has_glossary", "glossary", glossary);
  std::vector<std::string> categories;
  for (const auto& category : task.domain.categories) categories.push_back(single_line(category.name));
  data.set("categories", join(categories, "; "));
  data.set("currency", single_line(task.domain.currency));
  return fill(system_, data);
}

std::string Prompts::table(const TableTask& task, std::int64_t max_tokens) const {
  return table_prompt(table_, task, max_tokens);
}

std::string Prompts::topup(const TableTask& task, const std::vector<std::string>& names,
                           std::int64_t max_tokens) const {
  mustache::data data;
  data.set("table_prompt", table(task, max_tokens));
  data.set("missing", std::to_string(std::max(task.min_kpis - static_cast<int>(names.size()), 1)));
  data.set("max", std::to_string(std::max(task.max_kpis - static_cast<int>(names.size()), 1)));
  mustache::data list{mustache::data::type::list};
  for (const auto& name : names) {
    mustache::data item;
    item.set("name", as_data(name, most_name_bytes));
    list << item;
  }
  data.set("names", list);
  return fill(topup_, data);
}

}  // namespace kpi::llm
