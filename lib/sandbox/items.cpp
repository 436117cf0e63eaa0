#include <kpi/base/text.hpp>
#include <kpi/sandbox/collections.hpp>
#include <kpi/sandbox/context.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

// /api/collection/:id/items: what a collection holds, in pages.
namespace kpi::sandbox {
namespace {

constexpr std::array models{"card",    "dataset", "metric",   "dashboard",      "collection",
                            "snippet", "pulse",   "timeline", "indexed-entity", "no_models"};
constexpr std::array sort_columns{"name", "last_edited_at", "last_edited_by", "model"};

struct Listing {
  std::set<std::string> models;  ///< empty: all
  bool archived = false;
  std::string pinned = "all";
  std::string sort = "name";
  bool descending = false;
  std::optional<std::int64_t> limit, offset;

  [[nodiscard]] bool wants(const std::string& model) const {
    return models.empty() || models.count(model) > 0;
  }
};

template <std::size_t n>
bool among(const std::array<const char*, n>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct Parsed {
  Listing listing;
  std::optional<Response> refused;
};

Parsed parse(const Request& request, const Dialect& dialect) {
  Parsed parsed;
  const Json nothing = Json::object();
  Violations violations(nothing);
  auto& listing = parsed.listing;
  const auto [first, last] = request.query.equal_range("models");
  for (auto i = first; i != last; ++i) {
    if (!among(models, i->second))
      violations.add("models", "nullable vector of enum of " + join({models.begin(), models.end()}, ", "),
                     "invalid value, received: " + i->second);
    listing.models.insert(i->second);
  }
  listing.archived = request.flag("archived");
  if (const auto sort = request.parameter("sort_column"); !sort.empty()) {
    if (!among(sort_columns, sort))
      violations.add("sort_column", "nullable enum", "invalid value, received: " + sort);
    listing.sort = sort;
  }
  if (const auto direction = request.parameter("sort_direction"); !direction.empty()) {
    if (direction != "asc" && direction != "desc")
      violations.add("sort_direction", "nullable enum of asc, desc", "invalid value");
    listing.descending = direction == "desc";
  }
  if (const auto pinned = request.parameter("pinned_state"); !pinned.empty()) {
    if (pinned != "all" && pinned != "is_pinned" && pinned != "is_not_pinned")
      violations.add("pinned_state", "nullable enum", "invalid value");
    listing.pinned = pinned;
  }
  parsed.refused = violations.answer(dialect);
  for (const auto& [name, target] :
       {std::pair{"limit", &listing.limit}, std::pair{"offset", &listing.offset}}) {
    const auto text = request.parameter(name);
    if (text.empty()) continue;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) {
      parsed.refused =
          json_response({{"message", "Error parsing paging parameters: " + std::string(name)}}, 400);
    }
    *target = value;
  }
  return parsed;
}

/// Where to look: a collection, the root (none), or all that was thrown away by itself.
struct Where {
  std::optional<std::int64_t> collection;
  std::string location = "/";  ///< of its children
  bool trash = false;
};

Result<std::vector<Json>> saved_items(Context& context, const Where& where, const Listing& listing,
                                      const std::string& table) {
  std::string sql = "SELECT id, collection_id, name, archived, " +
                    std::string(table == "card" ? "type" : "'dashboard' AS type") + ", body FROM " + table;
  std::vector<Json> values;
  if (where.trash) {
    sql += " WHERE archived_directly = 1";
  } else {
    sql += where.collection ? " WHERE collection_id = ? AND archived = ?"
                            : " WHERE collection_id IS NULL AND archived = ?";
    if (where.collection) values.emplace_back(*where.collection);
    values.emplace_back(listing.archived);
  }
  auto rows = context.state.query(sql, values);
  if (!rows) return std::move(rows).error();
  std::vector<Json> items;
  for (const auto& row : *rows) {
    const auto type = row["type"].get<std::string>();
    const std::string model = type == "question" ? "card" : type == "model" ? "dataset" : type;
    if (!listing.wants(model)) continue;
    auto body = parse_json(row["body"].get_ref<const std::string&>(), table);
    if (!body) return std::move(body).error();
    Json item{{"id", row["id"]},
              {"model", model},
              {"name", row["name"]},
              {"description", (*body)["description"]},
              {"collection_id", row["collection_id"]},
              {"collection_position", (*body)["collection_position"]},
              {"entity_id", (*body)["entity_id"]},
              {"archived", row["archived"] != 0},
              {"location", nullptr},
              {"fully_parameterized", true},
              {"moderated_status", nullptr},
              {"last-edit-info",
               {{"id", admin_id},
                {"email", context.username},
                {"first_name", "Sandbox"},
                {"last_name", "Admin"},
                {"timestamp", (*body)["updated_at"]}}}};
    if (table == "card") {
      item["database_id"] = (*body)["database_id"];
      item["display"] = (*body)["display"];
      item["collection_preview"] = true;
      item["dashboard_id"] = nullptr;
    }
    items.push_back(std::move(item));
  }
  return items;
}

Result<std::vector<Json>> nested_collections(Context& context, const Where& where, const Listing& listing) {
  auto rows = where.trash
                  ? context.state.query("SELECT id FROM collection WHERE archived_directly = 1")
                  : context.state.query(
                        "SELECT id FROM collection WHERE location = ? AND archived = ? AND type IS NULL",
                        {where.location, listing.archived});
  if (!rows) return std::move(rows).error();
  std::vector<Json> items;
  for (const auto& row : *rows) {
    auto collection = collection_row(context.state, row["id"].get<std::int64_t>());
    if (!collection) return std::move(collection).error();
    if (!*collection || (**collection)["is_personal"] == true) continue;
    auto& c = **collection;
    items.push_back({{"id", c["id"]},
                     {"model", "collection"},
                     {"name", c["name"]},
                     {"description", c["description"]},
                     {"collection_id", c["parent_id"]},
                     {"collection_position", nullptr},
                     {"entity_id", c["entity_id"]},
                     {"archived", c["archived"]},
                     {"location", c["location"]},
                     {"effective_location", c["location"]},
                     {"authority_level", nullptr},
                     {"type", c["type"]},
                     {"can_write", true},
                     {"here", Json::array()},
                     {"below", Json::array()},
                     {"last-edit-info", nullptr}});
  }
  return items;
}

void sort_items(std::vector<Json>& items, const Listing& listing) {
  const auto key = [&](const Json& item) {
    auto name = lower(item["name"].get<std::string>());
    std::string first;
    if (listing.sort == "model") first = item["model"].get<std::string>();
    if (listing.sort == "last_edited_at" && item["last-edit-info"].is_object())
      first = item["last-edit-info"]["timestamp"].get<std::string>();
    return std::tuple(std::move(first), std::move(name), item["id"].get<std::int64_t>());
  };
  std::vector<std::pair<decltype(key(items.front())), std::size_t>> order;
  for (std::size_t i = 0; i < items.size(); ++i) order.emplace_back(key(items[i]), i);
  std::sort(order.begin(), order.end());
  if (listing.descending) std::reverse(order.begin(), order.end());
  std::vector<Json> sorted;
  for (const auto& [ignored, i] : order) sorted.push_back(std::move(items[i]));
  items = std::move(sorted);
}

Result<Response> items(const Request& request, Context& context) {
  auto parsed = parse(request, context.dialect);
  if (parsed.refused) return *parsed.refused;
  auto& listing = parsed.listing;

  Where where;
  const auto& place = request.places.at("id");
  if (place == "trash" && context.dialect.trash) {
    where.trash = true;
  } else if (place != "root") {
    const auto id = request.number("id");
    if (!id) return bad_id(context.dialect);
    auto row = collection_row(context.state, *id);
    if (!row) return std::move(row).error();
    if (!*row) return not_found(context.dialect);
    where.collection = *id;
    where.location = (**row)["location"].get<std::string>() + std::to_string(*id) + '/';
    where.trash = (**row)["type"] == "trash";
  }

  std::vector<Json> found;
  for (const auto* table : {"card", "dashboard"}) {
    auto part = saved_items(context, where, listing, table);
    if (!part) return std::move(part).error();
    std::move(part->begin(), part->end(), std::back_inserter(found));
  }
  if (listing.wants("collection") && listing.pinned != "is_pinned") {
    auto part = nested_collections(context, where, listing);
    if (!part) return std::move(part).error();
    std::move(part->begin(), part->end(), std::back_inserter(found));
  }
  if (listing.pinned != "all") {
    std::erase_if(found, [&](const Json& item) {
      return item["collection_position"].is_null() == (listing.pinned == "is_pinned");
    });
  }
  sort_items(found, listing);

  const bool paged = listing.limit || listing.offset;
  const auto total = static_cast<std::int64_t>(found.size());
  const auto offset = std::min(listing.offset.value_or(0), total);
  const auto limit = std::min(paged ? listing.limit.value_or(50) : total, total - offset);
  Json data = Json::array();
  for (auto i = offset; i < offset + limit; ++i)
    data.push_back(std::move(found[static_cast<std::size_t>(i)]));
  return json_response({{"total", total == 0 ? Json() : Json(total)},
                        {"data", std::move(data)},
                        {"models", listing.models.empty() ? Json() : Json(listing.models)},
                        {"limit", paged ? Json(listing.limit.value_or(50)) : Json()},
                        {"offset", paged ? Json(listing.offset.value_or(0)) : Json()}});
}

}  // namespace

void add_item_routes(Router& router, Context& context) {
  router.add("GET", "/api/collection/:id/items", [&](const Request& r) { return items(r, context); });
}

}  // namespace kpi::sandbox
