#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>
#include <kpi/sandbox/profile.hpp>
#include <kpi/sandbox/source.hpp>
#include <kpi/sandbox/state.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace kpi::sandbox {

/// One field as Metabase shows it.
struct Field {
  std::int64_t id = 0;
  FieldShape shape;
  std::vector<std::string> path;       ///< of a value unfolded from a JSON column
  std::optional<std::int64_t> target;  ///< the field that a foreign key points at
  std::string semantic_type;           ///< "" where unknown
  std::string visibility = "normal";
  std::string values = "none";  ///< has_field_values
  bool unfolded = false;        ///< a JSON column that others were unfolded from
  Json fingerprint;
  bool repeats = false;  ///< few values, and each in several rows: a category
};

struct Table {
  std::int64_t id = 0;
  TableShape shape;  ///< its fields stand in `fields` below
  std::vector<Field> fields;
  std::shared_ptr<const Profile> profile;
};

/// A database with ids, at one moment. Never changes.
struct Snapshot {
  std::int64_t database_id = 0;
  Shape shape;  ///< without its tables
  std::vector<Table> tables;

  [[nodiscard]] const Table* table(std::int64_t id) const;
  /// The table that holds the field `id`, and the field; nullptr if none.
  [[nodiscard]] std::pair<const Table*, const Field*> field(std::int64_t id) const;
};

/// The databases that are served, with ids that are the same in every process on one State. Any thread may
/// call.
class Catalog {
public:
  /// Fails as Source::describe() if a database cannot be reached, and as State.
  static Result<std::unique_ptr<Catalog>> open(const std::vector<DatabaseSource>& databases, State& state,
                                               Clock& clock);

  struct Database {
    std::int64_t id;
    std::string name;
    std::string created_at;
    std::string flavor, version, timezone;
    std::unique_ptr<Source> source;
  };
  [[nodiscard]] const std::vector<std::unique_ptr<Database>>& databases() const { return databases_; }
  [[nodiscard]] const Database* database(std::int64_t id) const;  ///< nullptr: none of that id

  /// Tables and fields of the database `id` with fingerprints: read on first use, and again when some seconds
  /// have passed. Fails as Source::describe() and State.
  Result<std::shared_ptr<const Snapshot>> snapshot(std::int64_t id);

  /// The database of a table or field; none if the id was never given or its database is not served.
  Result<std::optional<std::int64_t>> database_of_table(std::int64_t table_id);
  Result<std::optional<std::int64_t>> database_of_field(std::int64_t field_id);

private:
  struct Kept {
    std::mutex mutex;
    std::shared_ptr<const Snapshot> snapshot;
    SteadyTime fresh_until{};
  };
  Catalog(State& state, Clock& clock) : state_(state), clock_(clock) {}
  Result<Done> add(const DatabaseSource& database);
  Result<std::shared_ptr<const Snapshot>> read(const Database& database, const Snapshot* before);
  Result<Done> add_profiles(const Database& database, Snapshot& snapshot, const Snapshot* before);
  Result<Done> give_ids(Snapshot& snapshot);

  State& state_;
  Clock& clock_;
  std::vector<std::unique_ptr<Database>> databases_;
  std::vector<std::unique_ptr<Kept>> kept_;
};

}  // namespace kpi::sandbox
