#include <kpi/base/text.hpp>
#include <kpi/sql/format.hpp>
#include <kpi/stages/card_of.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/measure_columns.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace kpi::stages {
namespace {

constexpr std::size_t longest_name = 250;  ///< Metabase keeps 254 characters of a card's name

/// Metabase keys a column's settings by the JSON text of its reference.
std::string column_key(const std::string& column) { return dump_json(Json::array({"name", column})); }

Json number_format(model::Unit unit) {
  switch (unit) {
    case model::Unit::percent:
      return {{"suffix", "%"},
              {"decimals", 1}};  // 0..100 already: Metabase's percent style would multiply by 100
    case model::Unit::ratio:
      return {{"number_style", "percent"}, {"decimals", 1}};
    case model::Unit::currency:
      return {{"decimals", 2}};
    default:
      return Json::object();
  }
}

bool is_chart(const std::string& display) {
  return display == "line" || display == "bar" || display == "area" || display == "row" || display == "combo";
}

Json settings_of(const model::Kpi& kpi) {
  Json settings = Json::object();
  if (!kpi.validation || !kpi.validation->execution) return settings;
  const auto& columns = kpi.validation->execution->columns;
  std::vector<std::string> measures;
  for (const auto& column : columns) {
    if (is_number_type(column.type)) measures.push_back(column.name);
  }
  if (kpi.result.display == "scalar" && columns.size() > 1 && !measures.empty()) {
    settings["scalar.field"] = measures.front();
  } else if (is_chart(kpi.result.display) && columns.size() > 1) {
    const std::string dimension = columns.front().name;
    std::erase(measures, dimension);
    settings["graph.dimensions"] = Json::array({dimension});
    settings["graph.metrics"] = measures;
  }
  if (const Json format = number_format(kpi.result.unit); !format.empty()) {
    for (const auto i : measure_columns(kpi.result, columns)) {
      settings["column_settings"][column_key(columns[i].name)] = format;
    }
  }
  return settings;
}

std::string description_of(const model::Kpi& kpi) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& label, std::string_view text) {
    if (!trim(text).empty()) lines.push_back(label + single_line(text));
  };
  add("", kpi.description);
  add("Business value: ", kpi.business_value);
  add("Category: ", kpi.category);
  add("Tables: ", join(kpi.tables, ", "));
  lines.push_back(
      fmt::format("Result: {}, {}", model::to_string(kpi.result.shape), model::to_string(kpi.result.unit)));
  if (kpi.score) lines.push_back("Score: " + std::to_string(kpi.score->total) + "/100");
  return join(lines, "\n");
}

}  // namespace

std::string card_sql(const model::Kpi& kpi, const sql::Analyzer& analyzer) {
  if (kpi.dialect == model::Dialect::generic)
    return kpi.sql;  // whose literals nobody can tell apart for certain
  std::string formatted = sql::format(kpi.sql, kpi.dialect);
  return analyzer.analyze(formatted, kpi.dialect, nullptr).may_run() ? formatted : kpi.sql;
}

metabase::Card card_of(const model::Kpi& kpi, const std::string& sql, const std::string& shown_name,
                       const std::string& tenant, const std::string& collection_path) {
  metabase::Card card;
  card.name = shorten(single_line(shown_name), longest_name);
  card.description = description_of(kpi);
  card.display = kpi.result.display.empty() ? "table" : kpi.result.display;
  card.visualization_settings = settings_of(kpi);
  card.database_id = kpi.database_id;
  card.sql = sql;
  const Marker marker{tenant, kpi.id, content_hash(card, collection_path)};
  card.description += "\n" + to_string(marker);
  return card;
}

}  // namespace kpi::stages
