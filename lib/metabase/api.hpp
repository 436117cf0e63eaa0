#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>
#include <kpi/model/schema.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

// What the stages want of Metabase, as narrow ports; metabase::Client implements them all over REST.
namespace kpi::metabase {

/// One row of GET /api/database.
struct DatabaseInfo {
  std::int64_t id = 0;
  std::string name;
  std::string engine;
  std::string timezone;
  bool can_query = true;  ///< this user may run native SQL here
  bool has_sql = true;    ///< false for engines whose native queries are not SQL (mongo, druid)
  bool synced = true;     ///< false while the first sync is under way: tables may be missing
};

/// A table that is not in the metadata, since the server would not give it.
struct LeftOut {
  std::string schema;  ///< empty where the database has none
  std::string name;
  Error why;
};

/// The metadata of every database; each call is one request but where it says otherwise.
class Catalog {
public:
  virtual ~Catalog() = default;
  /// The release, "v0.50.3"; empty where the server does not say.
  virtual Result<std::string> version(std::stop_token stop) = 0;
  /// All databases with an id of 1 or more, by id; virtual ones left out.
  virtual Result<std::vector<DatabaseInfo>> databases(std::stop_token stop) = 0;
  /// Every visible table of a database with its primary key, its active fields and their fingerprints, tables
  /// by schema and name, fields by position. A declared foreign key whose target is visible is both the
  /// field's `references` and a relationship; both name tables by qualified_name(). `pii` is set where
  /// Metabase calls a field sensitive. `values` is an empty list where Metabase keeps a list for
  /// field_values() to ask for, and none elsewhere. `category`, `hash`, `grain` and the rest that discovery
  /// works out are left empty. Where the one request is refused or too large, it asks table by table; tables
  /// that are refused then are added to `left_out`, in the order of their names.
  virtual Result<model::Database> metadata(const DatabaseInfo& database, std::vector<LeftOut>& left_out,
                                           std::stop_token stop) = 0;
  /// The same for who can do without those tables.
  Result<model::Database> metadata(const DatabaseInfo& database, std::stop_token stop) {
    std::vector<LeftOut> left_out;
    return metadata(database, left_out, std::move(stop));
  }
  /// The known values of one field, without their labels and nulls, as scalars; empty where none were
  /// collected.
  virtual Result<std::vector<Json>> field_values(std::int64_t field_id, std::stop_token stop) = 0;
  /// HTTP requests made so far, retries included.
  [[nodiscard]] virtual std::int64_t requests() const = 0;
};

struct Query {
  std::int64_t database_id = 0;
  std::string sql;
  std::int64_t max_rows = 2000;
  std::chrono::milliseconds timeout{30'000};
};

struct Column {
  std::string name;
  std::string type;  ///< "type/Integer"
};

/// What a query came to. A statement that the database refuses is a value: `ok` is false and `error` says
/// why.
struct QueryResult {
  bool ok = false;
  bool timed_out = false;
  std::string error;       ///< the database's own words, cut to 2,000 bytes; Metabase's comment line left out
  std::string error_type;  ///< Metabase's, "invalid-query"; may be empty
  std::string sqlstate;    ///< may be empty
  std::vector<Column> columns;
  std::vector<std::vector<Json>> rows;
  bool truncated = false;  ///< the row cap was reached
  std::chrono::milliseconds elapsed{0};
};

class Queries {
public:
  virtual ~Queries() = default;
  /// Runs one statement. Fails only where no outcome is known: unreachable, no rights, interrupted.
  virtual Result<QueryResult> query(const Query& query, std::stop_token stop) = 0;
  /// Runs a saved card as it stands.
  virtual Result<QueryResult> run_card(std::int64_t card_id, std::chrono::milliseconds timeout,
                                       std::stop_token stop) = 0;
};

struct Card {
  std::int64_t id = 0;
  std::string name;
  std::string description;
  std::string display;
  Json visualization_settings = Json::object();
  std::optional<std::int64_t> collection_id;  ///< none: the root
  std::int64_t database_id = 0;
  std::string sql;  ///< empty where the card is not native SQL
  bool archived = false;
  std::string updated_at;
};

/// A card on a dashboard's grid of 24 columns.
struct DashboardCard {
  std::int64_t id = 0;  ///< Metabase's own of the place; 0 for a new one
  std::int64_t card_id = 0;
  int row = 0;
  int column = 0;
  int width = 0;
  int height = 0;
  Json rest = Json::object();  ///< what else Metabase keeps of it, sent back as it came
};

struct Dashboard {
  std::int64_t id = 0;
  std::string name;
  std::string description;
  std::optional<std::int64_t> collection_id;
  bool archived = false;
  bool has_tabs = false;
  std::vector<DashboardCard> cards;
};

struct Collection {
  std::int64_t id = 0;
  std::string name;
  std::optional<std::int64_t> parent_id;  ///< none: child of the root
  bool archived = false;
  bool personal = false;
};

/// One row of a collection's listing.
struct CollectionItem {
  std::int64_t id = 0;
  std::string model;  ///< "card", "dataset", "dashboard", "collection", ...
  std::string name;
  std::string description;
  std::string edited_at;
  bool archived = false;
};

class Cards {
public:
  virtual ~Cards() = default;
  /// All collections that are not archived, in Metabase's order, personal ones (and all below them) marked;
  /// the root and the Trash left out.
  virtual Result<std::vector<Collection>> collections(std::stop_token stop) = 0;
  /// Creates a collection. Not safe to repeat: where the answer was lost (code "metabase.lost_answer"), list
  /// and look.
  virtual Result<Collection> create_collection(const std::string& name, std::optional<std::int64_t> parent_id,
                                               std::stop_token stop) = 0;
  /// Puts a collection and all it holds in the Trash. Safe to repeat.
  virtual Result<Done> archive_collection(std::int64_t id, std::stop_token stop) = 0;
  /// The cards, models, dashboards and collections in one collection (none: the root), page by page. With
  /// `archived` those that were archived instead; as Metabase moves these to the Trash from v0.50 on, the
  /// root's listing then holds the whole Trash too.
  virtual Result<std::vector<CollectionItem>> items(std::optional<std::int64_t> collection_id, bool archived,
                                                    std::stop_token stop) = 0;
  /// Every card of the server that this user may see, wherever it stands, whole, in one request; with
  /// `archived` those that were archived instead. Slow where there are many.
  virtual Result<std::vector<Card>> all_cards(bool archived, std::stop_token stop) = 0;
  /// None where there is no such card.
  virtual Result<std::optional<Card>> card(std::int64_t id, std::stop_token stop) = 0;
  /// Creates a card. Not safe to repeat: where the answer was lost (code "metabase.lost_answer"), list and
  /// look.
  virtual Result<Card> create_card(const Card& card, std::stop_token stop) = 0;
  /// Sets name, description, display, settings, collection, SQL (where not empty) and archived of card
  /// `card.id`. Safe to repeat; the last writer wins.
  virtual Result<Card> update_card(const Card& card, std::stop_token stop) = 0;
  /// None where there is no such dashboard.
  virtual Result<std::optional<Dashboard>> dashboard(std::int64_t id, std::stop_token stop) = 0;
  /// Creates an empty dashboard: Metabase ignores cards here. Not safe to repeat, as create_card().
  virtual Result<Dashboard> create_dashboard(const Dashboard& dashboard, std::stop_token stop) = 0;
  /// Sets name, description and the whole set of cards: what it leaves out is taken off. Safe to repeat.
  virtual Result<Dashboard> update_dashboard(const Dashboard& dashboard, std::stop_token stop) = 0;
  [[nodiscard]] virtual std::string dashboard_url(std::int64_t id) const = 0;
  /// The page that shows a card or collection to a person; a collection of none is the root.
  [[nodiscard]] virtual std::string card_url(std::int64_t id) const = 0;
  [[nodiscard]] virtual std::string collection_url(std::optional<std::int64_t> id) const = 0;
};

}  // namespace kpi::metabase
