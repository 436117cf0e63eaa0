#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/trail.hpp>

#include <fmt/format.h>

#include <utility>

namespace kpi::stages {
namespace {

constexpr std::size_t longest_subject = 200;

/// Notes one thing that was done; `sha256` tells of what, "" where nothing does.
template <class T>
Result<T> noted(const Trail& trail, Result<T> result, SteadyTime began, const char* kind, const char* action,
                const std::string& subject, const std::string& sha256) {
  store::Event event;
  event.run_id = trail.run_id();
  event.user = trail.user;
  event.kind = kind;
  event.action = action;
  event.subject = shorten(single_line(subject), longest_subject);
  event.sha256 = sha256;
  event.outcome = result ? "ok" : result.error().code;
  event.elapsed_ms = (trail.clock.steady() - began).count();
  if constexpr (std::is_same_v<T, metabase::QueryResult>) {
    if (result && !result->ok) event.outcome = result->timed_out ? "timeout" : "refused by the database";
  }
  if (auto saved = trail.state.save_event(event); !saved) return std::move(saved).error();
  return result;
}

std::string hash_of(const std::string& sql) { return sql.empty() ? std::string() : sha256_hex(sql); }

std::string named(const std::string& name) { return "\"" + name + "\""; }

}  // namespace

void SeenStatements::note(const metabase::Card& card) {
  auto sha256 = hash_of(card.sql);
  const std::lock_guard lock(mutex_);
  sha256_[card.id] = std::move(sha256);
}

std::string SeenStatements::sha256_of(std::int64_t card_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = sha256_.find(card_id);
  return at == sha256_.end() ? std::string() : at->second;
}

Result<metabase::QueryResult> TrailedQueries::query(const metabase::Query& query, std::stop_token stop) {
  const auto began = trail_.clock.steady();
  return noted(trail_, inner_.query(query, std::move(stop)), began, "query", "run statement",
               fmt::format("database {}", query.database_id), hash_of(query.sql));
}

Result<metabase::QueryResult> TrailedQueries::run_card(std::int64_t card_id,
                                                       std::chrono::milliseconds timeout,
                                                       std::stop_token stop) {
  const auto began = trail_.clock.steady();
  return noted(trail_, inner_.run_card(card_id, timeout, std::move(stop)), began, "query", "run card",
               fmt::format("card {}", card_id), trail_.seen->sha256_of(card_id));
}

Result<std::vector<metabase::Collection>> TrailedCards::collections(std::stop_token stop) {
  return inner_.collections(std::move(stop));
}

Result<metabase::Collection> TrailedCards::create_collection(const std::string& name,
                                                             std::optional<std::int64_t> parent_id,
                                                             std::stop_token stop) {
  const auto began = trail_.clock.steady();
  return noted(trail_, inner_.create_collection(name, parent_id, std::move(stop)), began, "write",
               "create collection", named(name), "");
}

Result<Done> TrailedCards::archive_collection(std::int64_t id, std::stop_token stop) {
  const auto began = trail_.clock.steady();
  return noted(trail_, inner_.archive_collection(id, std::move(stop)), began, "write", "archive collection",
               fmt::format("collection {}", id), "");
}

Result<std::vector<metabase::CollectionItem>> TrailedCards::items(std::optional<std::int64_t> collection_id,
                                                                  bool archived, std::stop_token stop) {
  return inner_.items(collection_id, archived, std::move(stop));
}

Result<std::vector<metabase::Card>> TrailedCards::all_cards(bool archived, std::stop_token stop) {
  auto cards = inner_.all_cards(archived, std::move(stop));
  if (cards) {
    for (const auto& card : *cards) trail_.seen->note(card);
  }
  return cards;
}

Result<std::optional<metabase::Card>> TrailedCards::card(std::int64_t id, std::stop_token stop) {
  auto card = inner_.card(id, std::move(stop));
  if (card && *card) trail_.seen->note(**card);
  return card;
}

Result<metabase::Card> TrailedCards::create_card(const metabase::Card& card, std::stop_token stop) {
  const auto began = trail_.clock.steady();
  auto created = inner_.create_card(card, std::move(stop));
  if (created) trail_.seen->note(*created);
  return noted(trail_, std::move(created), began, "write", "create card", named(card.name),
               hash_of(card.sql));
}

Result<metabase::Card> TrailedCards::update_card(const metabase::Card& card, std::stop_token stop) {
  const auto began = trail_.clock.steady();
  auto updated = inner_.update_card(card, std::move(stop));
  if (updated) trail_.seen->note(*updated);
  return noted(trail_, std::move(updated), began, "write", card.archived ? "archive card" : "update card",
               fmt::format("card {} {}", card.id, named(card.name)), hash_of(card.sql));
}

Result<std::optional<metabase::Dashboard>> TrailedCards::dashboard(std::int64_t id, std::stop_token stop) {
  return inner_.dashboard(id, std::move(stop));
}

Result<metabase::Dashboard> TrailedCards::create_dashboard(const metabase::Dashboard& dashboard,
                                                           std::stop_token stop) {
  const auto began = trail_.clock.steady();
  return noted(trail_, inner_.create_dashboard(dashboard, std::move(stop)), began, "write",
               "create dashboard", named(dashboard.name), "");
}

Result<metabase::Dashboard> TrailedCards::update_dashboard(const metabase::Dashboard& dashboard,
                                                           std::stop_token stop) {
  const auto began = trail_.clock.steady();
  return noted(trail_, inner_.update_dashboard(dashboard, std::move(stop)), began, "write",
               "update dashboard", fmt::format("dashboard {} {}", dashboard.id, named(dashboard.name)), "");
}

std::string TrailedCards::dashboard_url(std::int64_t id) const { return inner_.dashboard_url(id); }
std::string TrailedCards::card_url(std::int64_t id) const { return inner_.card_url(id); }
std::string TrailedCards::collection_url(std::optional<std::int64_t> id) const {
  return inner_.collection_url(id);
}

}  // namespace kpi::stages
