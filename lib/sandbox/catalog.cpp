#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/catalog.hpp>
#include <kpi/sandbox/entity_id.hpp>
#include <kpi/sandbox/semantics.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

namespace kpi::sandbox {
namespace {

constexpr std::chrono::milliseconds fresh_for{5'000};
constexpr std::size_t sampling_threads = 4;
constexpr std::size_t few = 30;  // distinct values that make a category, as in Metabase

// Free text and personal data: of these no list of values is made, however few there are.
constexpr std::array unlisted{"type/PK",     "type/FK",          "type/Name",    "type/Email",
                              "type/URL",    "type/Description", "type/Comment", "type/Address",
                              "type/Author", "type/Owner",       "type/ZipCode", "type/SerializedJSON"};

bool is_listed(const std::string& semantic) {
  return std::find(unlisted.begin(), unlisted.end(), semantic) == unlisted.end();
}

std::string meaning(const Field& field, const TableShape& table, const std::string& shown, bool keyed) {
  const auto& shape = field.shape;
  if (std::any_of(table.foreign_keys.begin(), table.foreign_keys.end(),
                  [&](const auto& k) { return k.field == shape.name; })) {
    return "type/FK";  // also where it is part of the primary key
  }
  if (shape.primary_key) return "type/PK";
  auto guess = semantic_type(field.path.empty() ? shape.name : field.path.back(), shape.base_type);
  if (guess == "type/PK" && (keyed || !field.path.empty())) guess.clear();
  if (guess.empty()) guess = shown;
  if (!guess.empty()) return guess;
  if (shape.base_type == "type/JSON" && !field.unfolded) return "type/SerializedJSON";
  const bool code = is_integer(shape.base_type) && names_a_code(shape.name);
  if (field.repeats && (is_text(shape.base_type) || shape.base_type == "type/PostgresEnum" || code))
    return "type/Category";
  return {};
}

/// Telephone numbers of eight employees are few and still no category: of a category most values come again.
bool repeats(const std::string& name, const Profile::Field& field) {
  if (field.distinct == 0 || field.distinct > few) return false;
  return names_a_code(name) || field.distinct * 10 <= field.filled * 7;
}

std::string values_kind(const Field& field) {
  const auto& type = field.shape.base_type;
  if (!field.path.empty()) return "none";
  if (type == "type/Boolean" || type == "type/PostgresEnum") return "list";
  if (field.repeats && is_text(type) && is_listed(field.semantic_type)) return "list";
  if (field.repeats && is_integer(type) &&
      (field.semantic_type == "type/Category" || names_a_code(field.shape.name)) &&
      is_listed(field.semantic_type)) {
    return "list";
  }
  return is_text(type) ? "search" : "none";
}

/// The fields of a table: its columns, each JSON column followed by what it unfolds to.
std::vector<Field> fields_of(const TableShape& table, const Profile& profile) {
  const bool keyed =
      std::any_of(table.fields.begin(), table.fields.end(), [](const auto& f) { return f.primary_key; });
  std::vector<Field> fields;
  for (const auto& shape : table.fields) {
    Field field;
    field.shape = shape;
    std::string shown;
    const auto found = profile.fields.find(shape.name);
    if (found != profile.fields.end()) {
      field.fingerprint = found->second.fingerprint;
      field.repeats = repeats(shape.name, found->second);
      field.unfolded = !found->second.unfolded.empty();
      shown = found->second.shown_type;
    }
    if (field.unfolded) field.visibility = "details-only";
    field.semantic_type = meaning(field, table, shown, keyed);
    field.values = values_kind(field);
    fields.push_back(std::move(field));
    if (found == profile.fields.end()) continue;
    for (const auto& part : found->second.unfolded) {
      Field child;
      child.shape.name = part.name();
      child.shape.base_type = part.base_type;
      child.shape.database_type = part.database_type;
      child.path = part.path;
      child.semantic_type = meaning(child, table, "", keyed);
      fields.push_back(std::move(child));
    }
  }
  return fields;
}

std::string name_of(const TableShape& table, bool with_case) {
  return table.schema + '\x1F' + (with_case ? table.name : lower(table.name));
}

/// Points foreign keys at the ids of their fields. SQLite's names do not mind case.
void resolve_keys(Snapshot& snapshot, bool with_case) {
  std::unordered_map<std::string, const Table*> by_name;
  for (const auto& table : snapshot.tables) by_name[name_of(table.shape, with_case)] = &table;
  for (auto& table : snapshot.tables) {
    for (const auto& key : table.shape.foreign_keys) {
      TableShape target;
      target.schema = key.to_schema;
      target.name = key.to_table;
      const auto found = by_name.find(name_of(target, with_case));
      if (found == by_name.end()) continue;
      for (const auto& candidate : found->second->fields) {
        const bool same = with_case ? candidate.shape.name == key.to_field
                                    : lower(candidate.shape.name) == lower(key.to_field);
        if (!same) continue;
        for (auto& field : table.fields) {
          if (field.shape.name == key.field && field.path.empty() && !field.target)
            field.target = candidate.id;
        }
      }
    }
  }
}

}  // namespace

const Table* Snapshot::table(std::int64_t id) const {
  const auto found =
      std::find_if(tables.begin(), tables.end(), [&](const auto& table) { return table.id == id; });
  return found == tables.end() ? nullptr : &*found;
}

std::pair<const Table*, const Field*> Snapshot::field(std::int64_t id) const {
  for (const auto& table : tables) {
    for (const auto& field : table.fields) {
      if (field.id == id) return {&table, &field};
    }
  }
  return {nullptr, nullptr};
}

Result<std::unique_ptr<Catalog>> Catalog::open(const std::vector<DatabaseSource>& databases, State& state,
                                               Clock& clock) {
  std::unique_ptr<Catalog> catalog(new Catalog(state, clock));
  std::set<std::string> taken;
  for (auto database : databases) {
    const auto name = database.name;
    for (int i = 2; !taken.insert(database.name).second; ++i) database.name = name + ' ' + std::to_string(i);
    if (auto added = catalog->add(database); !added) return std::move(added).error();
  }
  return catalog;
}

Result<Done> Catalog::add(const DatabaseSource& named) {
  auto source = make_source(named);
  if (!source) return std::move(source).error();
  auto shape = (*source)->describe();  // finds out now whether it is there
  if (!shape) return std::move(shape).error();
  auto added = state_.execute("INSERT OR IGNORE INTO database (name, created_at) VALUES (?, ?)",
                              {named.name, now_text(clock_)});
  if (!added) return std::move(added).error();
  auto rows = state_.query("SELECT id, created_at FROM database WHERE name = ?", {named.name});
  if (!rows) return std::move(rows).error();
  databases_.push_back(std::make_unique<Database>(
      Database{(*rows)[0]["id"].get<std::int64_t>(), named.name, (*rows)[0]["created_at"].get<std::string>(),
               shape->flavor, shape->version, shape->timezone, std::move(*source)}));
  kept_.push_back(std::make_unique<Kept>());
  return Done{};
}

const Catalog::Database* Catalog::database(std::int64_t id) const {
  const auto found =
      std::find_if(databases_.begin(), databases_.end(), [&](const auto& d) { return d->id == id; });
  return found == databases_.end() ? nullptr : found->get();
}

Result<std::shared_ptr<const Snapshot>> Catalog::snapshot(std::int64_t id) {
  for (std::size_t i = 0; i < databases_.size(); ++i) {
    if (databases_[i]->id != id) continue;
    auto& kept = *kept_[i];
    const std::lock_guard lock(kept.mutex);
    const auto started = clock_.steady();
    if (kept.snapshot != nullptr && started < kept.fresh_until) return kept.snapshot;
    auto made = read(*databases_[i], kept.snapshot.get());
    if (!made) return std::move(made).error();
    kept.snapshot = std::move(*made);
    const auto ended = clock_.steady();
    kept.fresh_until = ended + std::max(fresh_for, (ended - started) * 20);
    return kept.snapshot;
  }
  return Error{Fault::item, "sandbox.database", "sandbox", "no such database", ""};
}

Result<std::shared_ptr<const Snapshot>> Catalog::read(const Database& database, const Snapshot* before) {
  auto shape = database.source->describe();
  if (!shape) return std::move(shape).error();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->database_id = database.id;
  for (auto& from : shape->tables) {
    Table table;
    table.shape = std::move(from);
    snapshot->tables.push_back(std::move(table));
  }
  shape->tables.clear();
  snapshot->shape = std::move(*shape);
  // Tables have their ids before profiles are kept under them; fields come out of the profiles.
  if (auto given = give_ids(*snapshot); !given) return std::move(given).error();
  if (auto added = add_profiles(database, *snapshot, before); !added) return std::move(added).error();
  for (auto& table : snapshot->tables) table.fields = fields_of(table.shape, *table.profile);
  if (auto given = give_ids(*snapshot); !given) return std::move(given).error();
  resolve_keys(*snapshot, database.source->has_schemas());
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

Result<Done> Catalog::add_profiles(const Database& database, Snapshot& snapshot, const Snapshot* before) {
  std::vector<Table*> missing;
  auto rows = state_.query(
      "SELECT p.table_id, p.identity, p.body FROM profile p JOIN object o ON o.id = p.table_id WHERE "
      "o.database_id = ?",
      {database.id});
  if (!rows) return std::move(rows).error();
  std::unordered_map<std::int64_t, const Json*> kept;
  for (const auto& row : *rows) kept[row["table_id"].get<std::int64_t>()] = &row;
  for (auto& table : snapshot.tables) {
    table.shape.identity.insert(0, std::string(Profile::format) + '|');
    const auto* old = before == nullptr ? nullptr : before->table(table.id);
    if (old != nullptr && old->shape.identity == table.shape.identity) {
      table.profile = old->profile;
      continue;
    }
    const auto found = kept.find(table.id);
    if (found != kept.end() && (*found->second)["identity"] == table.shape.identity) {
      if (const auto body = parse_json((*found->second)["body"].get_ref<const std::string&>(), "profile")) {
        table.profile = std::make_shared<Profile>(Profile::from_json(*body));
        continue;
      }
    }
    missing.push_back(&table);
  }
  parallel_for(missing.size(), sampling_threads, {}, [&](std::size_t i) {
    missing[i]->profile = std::make_shared<Profile>(read_profile(*database.source, missing[i]->shape));
  });
  if (missing.empty()) return Done{};
  return state_.transact([&]() -> Result<Done> {
    for (const auto* table : missing) {
      auto saved =
          state_.execute("INSERT OR REPLACE INTO profile (table_id, identity, body) VALUES (?, ?, ?)",
                         {table->id, table->shape.identity, dump_json(table->profile->json())});
      if (!saved) return std::move(saved).error();
    }
    return Done{};
  });
}

Result<Done> Catalog::give_ids(Snapshot& snapshot) {
  // First by reading; only what is new needs the transaction that keeps other processes out.
  const auto give = [&](bool may_add) -> Result<bool> {
    bool complete = true;
    const Json database = snapshot.database_id;
    auto known = state_.query("SELECT id, schema, name FROM object WHERE database_id = ?", {database});
    if (!known) return std::move(known).error();
    std::map<std::pair<std::string, std::string>, std::int64_t> tables;
    for (auto& row : *known)
      tables[{row["schema"].get<std::string>(), row["name"].get<std::string>()}] =
          row["id"].get<std::int64_t>();
    auto known_fields = state_.query(
        "SELECT f.id, f.table_id, f.name FROM field f JOIN object o ON o.id = f.table_id WHERE o.database_id "
        "= ?",
        {database});
    if (!known_fields) return std::move(known_fields).error();
    std::map<std::pair<std::int64_t, std::string>, std::int64_t> fields;
    for (auto& row : *known_fields)
      fields[{row["table_id"].get<std::int64_t>(), row["name"].get<std::string>()}] =
          row["id"].get<std::int64_t>();

    for (auto& table : snapshot.tables) {
      auto& id = tables[{table.shape.schema, table.shape.name}];
      if (id == 0 && may_add) {
        auto added = state_.execute("INSERT INTO object (database_id, schema, name) VALUES (?, ?, ?)",
                                    {database, table.shape.schema, table.shape.name});
        if (!added) return std::move(added).error();
        id = *added;
      }
      complete = complete && id != 0;
      table.id = id;
      for (auto& field : table.fields) {
        auto& field_id = fields[{id, field.shape.name}];
        if (field_id == 0 && may_add) {
          auto added =
              state_.execute("INSERT INTO field (table_id, name) VALUES (?, ?)", {id, field.shape.name});
          if (!added) return std::move(added).error();
          field_id = *added;
        }
        complete = complete && field_id != 0;
        field.id = field_id;
      }
    }
    return complete;
  };
  auto complete = give(false);
  if (!complete) return std::move(complete).error();
  if (*complete) return Done{};
  return state_.transact([&]() -> Result<Done> {
    if (auto given = give(true); !given) return std::move(given).error();
    return Done{};
  });
}

Result<std::optional<std::int64_t>> Catalog::database_of_table(std::int64_t table_id) {
  auto rows = state_.query("SELECT database_id FROM object WHERE id = ?", {table_id});
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<std::int64_t>();
  const auto id = (*rows)[0]["database_id"].get<std::int64_t>();
  return database(id) == nullptr ? std::nullopt : std::optional(id);
}

Result<std::optional<std::int64_t>> Catalog::database_of_field(std::int64_t field_id) {
  auto rows = state_.query("SELECT table_id FROM field WHERE id = ?", {field_id});
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<std::int64_t>();
  return database_of_table((*rows)[0]["table_id"].get<std::int64_t>());
}

}  // namespace kpi::sandbox
