#pragma once

#include <kpi/metabase/api.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace kpi::test {

/// A Metabase in memory: answers the stages' ports, records what was asked, and fails on request. Any thread
/// may call.
class FakeMetabase final : public metabase::Catalog, public metabase::Queries, public metabase::Cards {
public:
  using Answer = std::function<Result<metabase::QueryResult>(const std::string& sql)>;

  std::vector<model::Database> schema;               ///< what metadata() gives
  std::map<std::int64_t, std::vector<Json>> values;  ///< by field id
  Answer answer = [](const std::string&) { return rows({{1}}); };
  std::set<std::int64_t> refused_databases;  ///< metadata() fails for these
  std::set<std::int64_t> refused_cards;      ///< card() fails for these
  std::set<std::string> refused_names;       ///< create_collection() fails for these
  bool list_times_out = false;               ///< all_cards() fails
  std::set<std::string> refused_tables;      ///< metadata() leaves these out
  bool refuse_next_collection = false;       ///< the next collection is not made; nobody can tell
  bool lose_next_create = false;             ///< the next card is stored and its answer lost
  std::function<void()> before_create;       ///< called once, as the next card is created

  std::vector<std::string> queries_seen;
  std::vector<std::int64_t> values_asked;
  std::vector<std::string> writes;  ///< "create card Orders", "update card 3", "create collection KPIs"
  std::vector<metabase::Card> stored;
  std::vector<metabase::Collection> tree;
  std::vector<metabase::Dashboard> boards;
  std::map<std::int64_t, Error> value_failures;  ///< of a field's list of values

  /// A result of `cells`, columns c1, c2, ... typed by the first row.
  static metabase::QueryResult rows(std::vector<std::vector<Json>> cells) {
    metabase::QueryResult result;
    result.ok = true;
    for (std::size_t i = 0; !cells.empty() && i < cells.front().size(); ++i) {
      const bool number = cells.front()[i].is_number();
      result.columns.push_back({"c" + std::to_string(i + 1), number ? "type/Integer" : "type/Text"});
    }
    result.rows = std::move(cells);
    return result;
  }

  static Error unreachable() {
    return {Fault::unreachable, "metabase.unreachable", "metabase", "is gone", ""};
  }

  static Error forbidden(const std::string& what) {
    return {Fault::item, "metabase.forbidden", "metabase", "no rights on " + what, ""};
  }

  Result<std::string> version(std::stop_token) override { return std::string("v0.50.0"); }

  Result<std::vector<metabase::DatabaseInfo>> databases(std::stop_token) override {
    ++requests_;
    std::vector<metabase::DatabaseInfo> infos;
    for (const auto& database : schema) infos.push_back({database.id, database.name, database.engine, "UTC"});
    return infos;
  }

  using Catalog::metadata;
  Result<model::Database> metadata(const metabase::DatabaseInfo& info,
                                   std::vector<metabase::LeftOut>& left_out, std::stop_token) override {
    ++requests_;
    if (refused_databases.contains(info.id)) {
      return Error{Fault::item, "metabase.forbidden", "metabase", "no rights on " + info.name, ""};
    }
    auto database =
        *std::find_if(schema.begin(), schema.end(), [&](const auto& one) { return one.id == info.id; });
    std::erase_if(database.tables, [&](const model::Table& table) {
      if (!refused_tables.contains(table.name)) return false;
      left_out.push_back(
          {table.schema, table.name,
           Error{Fault::item, "metabase.forbidden", "metabase", "no rights on " + table.name, ""}});
      return true;
    });
    return database;
  }

  Result<std::vector<Json>> field_values(std::int64_t id, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    ++requests_;
    values_asked.push_back(id);
    if (const auto failure = value_failures.find(id); failure != value_failures.end()) return failure->second;
    return values[id];
  }

  [[nodiscard]] std::int64_t requests() const override { return requests_; }

  Result<metabase::QueryResult> query(const metabase::Query& query, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    queries_seen.push_back(query.sql);
    return answer(query.sql);
  }

  Result<metabase::QueryResult> run_card(std::int64_t id, std::chrono::milliseconds,
                                         std::stop_token) override {
    const std::lock_guard lock(mutex_);
    cards_run.push_back(id);
    return answer(find(id)->sql);
  }

  Result<std::vector<metabase::Collection>> collections(std::stop_token) override {
    const std::lock_guard lock(mutex_);
    ++trees_read;
    std::vector<metabase::Collection> live;
    for (const auto& one : tree) {
      if (!one.archived) live.push_back(one);
    }
    return live;
  }

  Result<metabase::Collection> create_collection(const std::string& name, std::optional<std::int64_t> parent,
                                                 std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (refused_names.contains(name)) return forbidden(name);
    if (std::exchange(refuse_next_collection, false))
      return Error{Fault::item, "metabase.server_error", "metabase", "failed", ""};
    writes.push_back("create collection " + name);
    tree.push_back({static_cast<std::int64_t>(tree.size()) + 1, name, parent, false, false});
    return tree.back();
  }

  Result<Done> archive_collection(std::int64_t id, std::stop_token) override {
    writes.push_back("archive collection " + std::to_string(id));
    for (auto& one : tree) one.archived = one.archived || one.id == id;
    for (auto& card : stored) card.archived = card.archived || card.collection_id == id;
    return Done{};
  }

  Result<std::vector<metabase::CollectionItem>> items(std::optional<std::int64_t> collection, bool archived,
                                                      std::stop_token) override {
    const std::lock_guard lock(mutex_);
    std::vector<metabase::CollectionItem> found;
    for (const auto& card : stored) {
      if (card.collection_id != collection || card.archived != archived) continue;
      found.push_back({card.id, "card", card.name, card.description, card.updated_at, archived});
    }
    for (const auto& board : boards) {
      if (board.collection_id != collection || board.archived != archived) continue;
      found.push_back({board.id, "dashboard", board.name, board.description, "", archived});
    }
    return found;
  }

  Result<std::vector<metabase::Card>> all_cards(bool archived, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    ++lists_read;
    if (list_times_out) return Error{Fault::unreachable, "metabase.timeout", "metabase", "took too long", ""};
    std::vector<metabase::Card> found;
    for (const auto& card : stored) {
      if (card.archived == archived) found.push_back(card);
    }
    return found;
  }

  Result<std::optional<metabase::Card>> card(std::int64_t id, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    ++cards_read;
    if (refused_cards.contains(id)) return forbidden("card " + std::to_string(id));
    const auto* card = find(id);
    return card == nullptr ? std::nullopt : std::optional(*card);
  }

  Result<metabase::Card> create_card(const metabase::Card& wanted, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (before_create) std::exchange(before_create, nullptr)();
    writes.push_back("create card " + wanted.name);
    stored.push_back(wanted);
    stored.back().id = static_cast<std::int64_t>(stored.size());
    stored.back().updated_at = "t" + std::to_string(writes.size());
    if (std::exchange(lose_next_create, false)) {
      return Error{Fault::item, "metabase.lost_answer", "metabase", "the answer was lost", ""};
    }
    return stored.back();
  }

  Result<metabase::Card> update_card(const metabase::Card& wanted, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    writes.push_back("update card " + std::to_string(wanted.id));
    auto* card = find(wanted.id);
    const auto sql = wanted.sql.empty() ? card->sql : wanted.sql;  // without SQL the stored query stays
    *card = wanted;
    card->sql = sql;
    card->updated_at = "t" + std::to_string(writes.size());
    return *card;
  }

  Result<std::optional<metabase::Dashboard>> dashboard(std::int64_t id, std::stop_token) override {
    for (const auto& one : boards) {
      if (one.id == id) return std::optional(one);
    }
    return std::optional<metabase::Dashboard>();
  }

  Result<metabase::Dashboard> create_dashboard(const metabase::Dashboard& wanted, std::stop_token) override {
    writes.push_back("create dashboard " + wanted.name);
    boards.push_back(wanted);
    boards.back().id = static_cast<std::int64_t>(boards.size());
    boards.back().cards.clear();  // as Metabase does
    return boards.back();
  }

  Result<metabase::Dashboard> update_dashboard(const metabase::Dashboard& wanted, std::stop_token) override {
    writes.push_back("update dashboard " + std::to_string(wanted.id));
    for (auto& one : boards) {
      if (one.id != wanted.id) continue;
      if (one.has_tabs && !wanted.cards.empty())  // every card needs a tab while there are tabs
        return Error{Fault::item, "metabase.invalid", "metabase", "makes sure every card has a tab", ""};
      return one = wanted;
    }
    return Error{Fault::item, "metabase.not_found", "metabase", "has no such dashboard", ""};
  }

  [[nodiscard]] std::string dashboard_url(std::int64_t id) const override {
    return "http://m/dashboard/" + std::to_string(id);
  }
  [[nodiscard]] std::string card_url(std::int64_t id) const override {
    return "http://m/question/" + std::to_string(id);
  }
  [[nodiscard]] std::string collection_url(std::optional<std::int64_t> id) const override {
    return "http://m/collection/" + (id ? std::to_string(*id) : "root");
  }

  std::vector<std::int64_t> cards_run;
  std::size_t cards_read = 0;
  std::size_t lists_read = 0;  ///< of all cards
  std::size_t trees_read = 0;  ///< of collections

  /// The stored card, or nullptr.
  metabase::Card* find(std::int64_t id) {
    const auto at =
        std::find_if(stored.begin(), stored.end(), [id](const auto& card) { return card.id == id; });
    return at == stored.end() ? nullptr : &*at;
  }

private:
  std::mutex mutex_;
  std::int64_t requests_ = 0;
};

}  // namespace kpi::test
