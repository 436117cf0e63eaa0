#include <kpi/http/url.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_cards.hpp>
#include <kpi/metabase/session.hpp>
#include <kpi/metabase/write.hpp>

#include <fmt/format.h>

#include <set>
#include <utility>

// The Cards: cards, and the collections that hold them.
namespace kpi::metabase {
namespace {

constexpr std::size_t page_rows = 200;
constexpr std::size_t most_pages = 5'000;
constexpr std::size_t most_list_bytes = std::size_t{512} << 20U;  // whole cards, with their results' columns
constexpr int first_release_with_trash = 50;

std::string place_of(std::optional<std::int64_t> collection_id) {
  return collection_id ? std::to_string(*collection_id) : "root";
}

std::string subject_of(std::optional<std::int64_t> collection_id) {
  return collection_id ? fmt::format("collection {}", *collection_id) : "the root collection";
}

Call listing_of(const std::string& place, bool archived, std::size_t offset) {
  Call call;
  // Cards saved inside a dashboard are left out unless asked for; a managed card may have been moved there.
  call.path = fmt::format(
      "/api/collection/{}/items?models=card&models=dataset&models=dashboard&models=collection"
      "&show_dashboard_questions=true{}&limit={}&offset={}",
      place, archived ? "&archived=true" : "", page_rows, offset);
  return call;
}

/// All rows of one listing, page by page. Pages shift when something is added meanwhile: what comes twice is
/// taken once.
Result<Done> list(Session& session, const std::string& place, const std::string& subject, bool archived,
                  std::vector<CollectionItem>& items, const std::stop_token& stop) {
  std::set<std::pair<std::string, std::int64_t>> seen;
  for (const auto& item : items) seen.emplace(item.model, item.id);
  std::size_t offset = 0;
  for (std::size_t page = 0; page < most_pages; ++page) {
    Call call = listing_of(place, archived, offset);
    call.subject = subject;
    auto answer = session.ask(call, stop);
    if (!answer) return std::move(answer).error();
    const Json* rows = rows_of(*answer);
    if (rows == nullptr) {
      return Error{Fault::item, "metabase.bad_answer", "metabase",
                   fmt::format("{} does not list {} as Metabase does", session.site(), subject), ""};
    }
    bool news = false;
    for (const auto& row : *rows) {
      auto item = item_of(row);
      if (!item || !seen.emplace(item->model, item->id).second) continue;
      news = true;
      items.push_back(*std::move(item));
    }
    offset += rows->size();
    const auto total = whole_of(*answer, "total");  // null where there is nothing
    const bool last = rows->size() != page_rows || (total && offset >= static_cast<std::size_t>(*total));
    if (last || !news) break;
  }
  return Done{};
}

}  // namespace

Result<std::vector<Collection>> Client::collections(std::stop_token stop) {
  Call call;
  call.path = "/api/collection";
  auto answer = session_->ask(call, std::move(stop));
  if (!answer) return std::move(answer).error();
  const Json* rows = rows_of(*answer);
  if (rows == nullptr) {
    return Error{Fault::unreachable, "metabase.not_metabase", "metabase",
                 session_->site() + " does not list collections as Metabase does", "check METABASE_URL"};
  }
  return collections_of(*rows);
}

Result<Collection> Client::create_collection(const std::string& name, std::optional<std::int64_t> parent_id,
                                             std::stop_token stop) {
  if (auto known = version(stop); !known) return std::move(known).error();
  const auto call = writing(http::Method::post, "/api/collection", "collection \"" + name + "\"",
                            new_collection_body(name, parent_id, release_of(session_->version())));
  auto made = write<Collection>(*session_, call, collection_of, stop);
  if (made && !made->parent_id) made->parent_id = parent_id;
  return made;
}

Result<Done> Client::archive_collection(std::int64_t id, std::stop_token stop) {
  const auto call = writing(http::Method::put, fmt::format("/api/collection/{}", id),
                            fmt::format("collection {}", id), {{"archived", true}});
  auto archived = write<Collection>(*session_, call, collection_of, stop);
  if (!archived) return std::move(archived).error();
  return Done{};
}

Result<std::vector<CollectionItem>> Client::items(std::optional<std::int64_t> collection_id, bool archived,
                                                  std::stop_token stop) {
  std::vector<CollectionItem> items;
  auto done = list(*session_, place_of(collection_id), subject_of(collection_id), archived, items, stop);
  if (!done) return std::move(done).error();
  if (!archived || collection_id) return items;
  const auto release = release_of(session_->version());
  if (release && *release < first_release_with_trash) return items;
  done = list(*session_, "trash", "the Trash", archived, items, stop);
  if (!done && done.error().fault != Fault::item) return std::move(done).error();  // else: it has no Trash
  return items;
}

Result<std::vector<Card>> Client::all_cards(bool archived, std::stop_token stop) {
  Call call;
  call.path = archived ? "/api/card?f=archived" : "/api/card?f=all";
  call.subject = archived ? "the list of archived cards" : "the list of all cards";
  call.max_bytes = most_list_bytes;
  auto answer = session_->ask(call, std::move(stop));
  if (!answer) return std::move(answer).error();
  const Json* rows = rows_of(*answer);
  if (rows == nullptr) {
    return Error{Fault::item, "metabase.bad_answer", "metabase",
                 session_->site() + " does not list cards as Metabase does", ""};
  }
  std::vector<Card> cards;
  cards.reserve(rows->size());
  for (const auto& row : *rows) {
    if (auto card = card_of(row)) cards.push_back(*std::move(card));
  }
  return cards;
}

Result<std::optional<Card>> Client::card(std::int64_t id, std::stop_token stop) {
  Call call;
  call.path = fmt::format("/api/card/{}", id);
  call.subject = fmt::format("card {}", id);
  auto answer = session_->ask(call, std::move(stop));
  if (!answer && answer.error().code == "metabase.not_found") return std::optional<Card>();
  if (!answer) return std::move(answer).error();
  auto card = card_of(*answer);
  if (!card) {
    return Error{Fault::item, "metabase.bad_answer", "metabase",
                 fmt::format("{} does not show card {} as Metabase does", session_->site(), id), ""};
  }
  return card;
}

Result<Card> Client::create_card(const Card& card, std::stop_token stop) {
  if (auto known = version(stop); !known) return std::move(known).error();
  const auto call = writing(http::Method::post, "/api/card", "card \"" + card.name + "\"",
                            new_card_body(card, release_of(session_->version())));
  return write<Card>(*session_, call, card_of, stop);
}

Result<Card> Client::update_card(const Card& card, std::stop_token stop) {
  const auto call = writing(http::Method::put, fmt::format("/api/card/{}", card.id),
                            fmt::format("card {}", card.id), changed_card_body(card));
  return write<Card>(*session_, call, card_of, stop);
}

std::string Client::card_url(std::int64_t id) const {
  return http::join_url(session_->site(), fmt::format("/question/{}", id));
}

std::string Client::collection_url(std::optional<std::int64_t> id) const {
  return http::join_url(session_->site(), "/collection/" + place_of(id));
}

}  // namespace kpi::metabase
