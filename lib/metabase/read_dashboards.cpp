#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_dashboards.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace kpi::metabase {
namespace {

int small_of(const Json& json, const char* name) {
  return static_cast<int>(whole_of(json, name).value_or(0));
}

/// The member under its name from v0.48 on, else under the one before.
const Json* list_of(const Json& json, const char* name, const char* old_name) {
  const Json* list = member(json, name);
  if (list == nullptr) list = member(json, old_name);
  return list != nullptr && list->is_array() ? list : nullptr;
}

/// A column of 24 as one of 18, as Metabase counts when it goes back to v0.46.
int coarse(int column) { return column - (column + 1) / 4; }

/// The way back, so that coarse(fine(column)) == column, and fine(coarse(column)) == column for every column
/// that is a multiple of 4 or 6.
int fine(int column) { return column * 4 / 3; }

DashboardCard card_of(const Json& json, Grid grid) {
  DashboardCard card;
  card.id = whole_of(json, "id").value_or(0);
  card.card_id = whole_of(json, "card_id").value_or(0);
  card.row = small_of(json, "row");
  card.column = small_of(json, "col");
  card.width = small_of(json, "size_x");
  card.height = small_of(json, "size_y");
  if (grid == Grid::coarse) {
    const int end = fine(card.column + card.width);
    card.column = fine(card.column);
    card.width = end - card.column;
  }
  for (const char* name :
       {"parameter_mappings", "visualization_settings", "series", "dashboard_tab_id", "action_id"}) {
    if (const Json* value = member(json, name); value != nullptr) card.rest[name] = *value;
  }
  return card;
}

}  // namespace

std::optional<Dashboard> dashboard_of(const Json& json, Grid grid) {
  const auto id = whole_of(json, "id");
  if (!id) return std::nullopt;
  Dashboard board;
  board.id = *id;
  board.name = text_of(json, "name");
  board.description = text_of(json, "description");
  board.collection_id = whole_of(json, "collection_id");
  board.archived = truth_of(json, "archived").value_or(false);
  const Json* tabs = list_of(json, "tabs", "ordered_tabs");
  board.has_tabs = tabs != nullptr && !tabs->empty();
  const Json* cards = list_of(json, "dashcards", "ordered_cards");
  if (cards == nullptr) return board;
  for (const auto& one : *cards) board.cards.push_back(card_of(one, grid));
  return board;
}

Json dashcard_body(const DashboardCard& card, std::int64_t id, Grid grid) {
  const bool is_coarse = grid == Grid::coarse;
  const int left = is_coarse ? coarse(card.column) : card.column;
  const int right = is_coarse ? coarse(card.column + card.width) : card.column + card.width;
  Json body{{"id", id},
            {"card_id", card.card_id == 0 ? Json() : Json(card.card_id)},
            {"row", card.row},
            {"col", left},
            {"size_x", std::max(right - left, 1)},
            {"size_y", card.height},
            {"parameter_mappings", Json::array()},
            {"visualization_settings", Json::object()},
            {"series", Json::array()}};
  for (const auto& [name, value] : card.rest.items()) body[name] = value;
  return body;
}

Json dashcards_body(const std::vector<DashboardCard>& cards) {
  Json list = Json::array();
  std::int64_t next_new = -1;
  for (const auto& card : cards)
    list.push_back(dashcard_body(card, card.id == 0 ? next_new-- : card.id, Grid::fine));
  return list;
}

Json dashboard_body(const Dashboard& dashboard) {
  return {{"name", dashboard.name},
          {"description", dashboard.description.empty() ? Json() : Json(dashboard.description)},
          {"collection_id", dashboard.collection_id ? Json(*dashboard.collection_id) : Json()},
          {"archived", dashboard.archived}};
}

void find_entries(std::vector<DashboardCard>& wanted, const std::vector<DashboardCard>& standing) {
  std::set<std::int64_t> free;
  for (const auto& one : standing) free.insert(one.id);
  for (auto& card : wanted) {
    if (card.id != 0 && free.erase(card.id) == 0) card.id = 0;
  }
  for (auto& card : wanted) {
    if (card.id != 0) continue;
    const auto at = std::find_if(standing.begin(), standing.end(), [&](const DashboardCard& one) {
      return one.card_id == card.card_id && free.count(one.id) > 0;
    });
    if (at == standing.end()) continue;
    card.id = at->id;
    free.erase(at->id);
  }
}

}  // namespace kpi::metabase
