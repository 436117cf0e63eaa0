#include <kpi/base/text.hpp>
#include <kpi/sql/format.hpp>
#include <kpi/stages/card_display.hpp>
#include <kpi/stages/card_of.hpp>
#include <kpi/stages/marker.hpp>

#include <fmt/format.h>

#include <vector>

namespace kpi::stages {
namespace {

constexpr std::size_t longest_name = 250;  ///< Metabase keeps 254 characters of a card's name

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
                       const std::string& tenant, const std::string& collection_path,
                       const std::string& currency) {
  metabase::Card card;
  card.name = shorten(single_line(shown_name), longest_name);
  card.description = description_of(kpi);
  card.display = display_of(kpi);
  card.visualization_settings = settings_of(kpi, card.display, currency);
  card.database_id = kpi.database_id;
  card.sql = sql;
  const Marker marker{tenant, kpi.id, content_hash(card, collection_path)};
  card.description += "\n" + to_string(marker);
  return card;
}

}  // namespace kpi::stages
