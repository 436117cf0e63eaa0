#include <kpi/base/text.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_cards.hpp>
#include <kpi/metabase/read_query.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace kpi::metabase {
namespace {

constexpr int first_release_with_card_type = 49;
constexpr int last_release_with_color = 46;

/// The ids in "/3/7/", from the top.
std::vector<std::int64_t> location_of(const Json& collection) {
  std::vector<std::int64_t> ids;
  for (const auto& part : split(text_of(collection, "location"), '/')) {
    std::int64_t id = 0;
    const auto [at, error] = std::from_chars(part.data(), part.data() + part.size(), id);
    if (error == std::errc{} && at == part.data() + part.size()) ids.push_back(id);
  }
  return ids;
}

/// `query` is a dataset_query of any release, or the old form beside it.
std::string sql_in(const Json& query) {
  if (const Json* native = member(query, "native"); native != nullptr) {
    if (auto sql = text_of(*native, "query"); !sql.empty()) return sql;
  }
  const Json* stages = member(query, "stages");
  // With several stages the SQL is only the first step of something else.
  if (stages == nullptr || !stages->is_array() || stages->size() != 1) return {};
  return text_of(stages->front(), "native");
}

Json text_or_null(const std::string& text) {  // an empty description is refused by POST
  return trim(text).empty() ? Json() : Json(text);
}

Json id_or_null(std::optional<std::int64_t> id) { return id ? Json(*id) : Json(); }

Json settings_of(const Card& card) {
  return card.visualization_settings.is_object() ? card.visualization_settings : Json::object();
}

}  // namespace

std::string sql_of(const Json& card) {
  if (const Json* query = member(card, "dataset_query"); query != nullptr) {
    if (auto sql = sql_in(*query); !sql.empty()) return sql;
  }
  const Json* legacy = member(card, "legacy_query");
  if (legacy == nullptr) return {};
  if (!legacy->is_string()) return sql_in(*legacy);
  const auto query = json_of(legacy->get_ref<const std::string&>());
  return query ? sql_in(*query) : std::string();
}

std::optional<Card> card_of(const Json& json) {
  const auto id = whole_of(json, "id");
  if (!id) return std::nullopt;
  Card card;
  card.id = *id;
  card.name = text_of(json, "name");
  card.description = text_of(json, "description");
  card.display = text_of(json, "display");
  if (const Json* settings = member(json, "visualization_settings");
      settings != nullptr && settings->is_object()) {
    card.visualization_settings = *settings;
  }
  card.collection_id = whole_of(json, "collection_id");
  const Json* query = member(json, "dataset_query");
  auto database = whole_of(json, "database_id");
  if (!database && query != nullptr) database = whole_of(*query, "database");
  card.database_id = database.value_or(0);
  card.sql = sql_of(json);
  card.archived = truth_of(json, "archived").value_or(false);
  card.updated_at = text_of(json, "updated_at");
  return card;
}

std::optional<Collection> collection_of(const Json& json) {
  const Json* number = member(json, "id");
  const bool is_number = number != nullptr && number->is_number_integer();
  if (!is_number || text_of(json, "type") == "trash") return std::nullopt;
  Collection collection;
  collection.id = number->get<std::int64_t>();
  collection.name = text_of(json, "name");
  collection.archived = truth_of(json, "archived").value_or(false);
  collection.personal =
      truth_of(json, "is_personal").value_or(false) || member(json, "personal_owner_id") != nullptr;
  const auto location = location_of(json);
  collection.parent_id = location.empty() ? whole_of(json, "parent_id") : std::optional(location.back());
  return collection;
}

std::vector<Collection> collections_of(const Json& rows) {
  std::vector<Collection> found;
  std::vector<std::int64_t> personal;
  for (const auto& row : rows) {
    if (!text_of(row, "namespace").empty()) continue;  // snippets and the like: other trees
    if (auto collection = collection_of(row); collection) {
      if (collection->personal) personal.push_back(collection->id);
      found.push_back(*std::move(collection));
    }
  }
  std::size_t i = 0;
  for (const auto& row : rows) {  // the second time for the ancestors, which may come in any order
    if (i == found.size()) break;
    if (whole_of(row, "id") != found[i].id) continue;
    for (const auto ancestor : location_of(row)) {
      if (std::find(personal.begin(), personal.end(), ancestor) != personal.end()) found[i].personal = true;
    }
    ++i;
  }
  return found;
}

std::optional<CollectionItem> item_of(const Json& row) {
  const auto id = whole_of(row, "id");
  CollectionItem item;
  item.model = text_of(row, "model");
  if (!id || item.model.empty()) return std::nullopt;
  item.id = *id;
  item.name = text_of(row, "name");
  item.description = text_of(row, "description");
  item.archived = truth_of(row, "archived").value_or(false);
  if (const Json* edit = member(row, "last-edit-info"); edit != nullptr) {
    item.edited_at = text_of(*edit, "timestamp");
  }
  return item;
}

Json new_card_body(const Card& card, std::optional<int> release) {
  Json body{{"name", card.name},
            {"description", text_or_null(card.description)},
            {"display", card.display.empty() ? "table" : card.display}};
  if (!release || *release >= first_release_with_card_type) body["type"] = "question";
  body["collection_id"] = id_or_null(card.collection_id);
  body["dataset_query"] = native_query(card.database_id, card.sql);
  body["visualization_settings"] = settings_of(card);
  return body;
}

Json changed_card_body(const Card& card) {
  Json body{{"name", card.name},
            {"description", text_or_null(card.description)},
            {"display", card.display.empty() ? "table" : card.display},
            {"collection_id", id_or_null(card.collection_id)},
            {"visualization_settings", settings_of(card)},
            {"archived", card.archived}};
  if (!card.sql.empty()) body["dataset_query"] = native_query(card.database_id, card.sql);
  return body;
}

Json new_collection_body(const std::string& name, std::optional<std::int64_t> parent_id,
                         std::optional<int> release) {
  Json body{{"name", name}, {"description", nullptr}, {"parent_id", id_or_null(parent_id)}};
  if (release && *release <= last_release_with_color) body["color"] = "#509EE3";
  return body;
}

}  // namespace kpi::metabase
