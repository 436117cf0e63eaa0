#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/discover.hpp>
#include <kpi/stages/filter.hpp>
#include <kpi/stages/personal.hpp>
#include <kpi/stages/stage_run.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>

namespace kpi::stages {
namespace {

using metabase::DatabaseInfo;

/// The databases asked for, in Metabase's order; all where none is named.
Result<std::vector<DatabaseInfo>> choose(std::vector<DatabaseInfo> known,
                                         const std::vector<std::string>& wanted) {
  if (wanted.empty()) return known;
  std::set<std::int64_t> ids;
  for (const auto& want : wanted) {
    const auto hit = std::find_if(known.begin(), known.end(), [&](const DatabaseInfo& database) {
      return lower(database.name) == lower(want) || std::to_string(database.id) == want;
    });
    if (hit == known.end()) {
      std::vector<std::string> names;
      for (const auto& database : known) names.push_back(database.name);
      const auto near = nearest(want, names);
      return Error{
          Fault::input, "discover.unknown_database", "discover",
          "Metabase has no database \"" + shorten(single_line(want), 80) + "\"",
          near ? "did you mean \"" + *near + "\"?"
               : "it has: " + (names.empty() ? std::string("none") : shorten(join(names, ", "), 300))};
    }
    ids.insert(hit->id);
  }
  std::erase_if(known, [&](const DatabaseInfo& database) { return !ids.contains(database.id); });
  return known;
}

bool is_asked_for(const std::string& schema, const std::string& table, const DiscoverOptions& options) {
  return is_wanted(table, options.include, options.exclude) && glob_match(options.schema, schema);
}

/// Leaves the wanted tables, and of the relationships those between them.
void keep_wanted(model::Database& database, const DiscoverOptions& options) {
  std::erase_if(database.tables,
                [&](const model::Table& table) { return !is_asked_for(table.schema, table.name, options); });
  std::unordered_set<std::string> kept;
  for (const auto& table : database.tables) kept.insert(table.qualified_name());
  std::erase_if(database.relationships, [&](const model::Relationship& link) {
    return !kept.contains(link.from.table) || !kept.contains(link.to.table);
  });
}

/// A list of values is worth a request where a KPI may group or filter by it and nobody's privacy is at
/// stake.
bool wants_values(const model::Table& table, const PersonalColumns& personal, const model::Field& field) {
  if (!field.values) return false;
  const bool is_key = field.references || std::find(table.primary_key.begin(), table.primary_key.end(),
                                                    field.name) != table.primary_key.end();
  return !is_key && field.path.empty() && !personal.has(field) &&
         (model::is_text(field) || model::is_integer(field));
}

/// Fetches the lists of values of one database's tables; a list that is refused stays unknown, which is
/// noted. Fails where the server is gone or refuses us: every other list would meet the same.
Result<Done> fetch_values(model::Database& database, metabase::Catalog& catalog, const Context& context) {
  std::vector<model::Field*> wanted;
  for (auto& table : database.tables) {
    const PersonalColumns personal(table);
    for (auto& field : table.fields) {
      if (wants_values(table, personal, field)) {
        wanted.push_back(&field);
      } else {
        field.values.reset();
      }
    }
  }
  std::mutex mutex;  // guards the two below
  std::optional<Error> hopeless;
  std::vector<Error> refused;
  context.progress.begin("discover", "lists of values", wanted.size());
  parallel_for(wanted.size(), context.jobs, context.stop, [&](std::size_t i) {
    {
      const std::lock_guard lock(mutex);
      if (hopeless) return;
    }
    auto values = catalog.field_values(wanted[i]->id, context.stop);
    if (values && !values->empty()) {
      wanted[i]->values = std::move(*values);
    } else {
      wanted[i]->values.reset();
    }
    context.progress.step(values.has_value());
    if (values) return;
    const std::lock_guard lock(mutex);
    if (values.error().fault == Fault::item) {
      refused.push_back(std::move(values).error());
    } else if (!hopeless) {
      hopeless = std::move(values).error();
    }
  });
  context.progress.end();
  if (hopeless) return *hopeless;
  if (!refused.empty()) {
    const auto first = std::min_element(refused.begin(), refused.end(),
                                        [](const Error& a, const Error& b) { return a.what < b.what; });
    context.progress.note(fmt::format("discover: {} of {} lists of values of {} are not known: {}",
                                      refused.size(), wanted.size(), single_line(database.name),
                                      first->what));
  }
  return Done{};
}

/// What was not looked at though it was wanted.
struct Refused {
  std::set<std::string> databases;
  std::set<std::string> tables;  ///< "database.schema.table"

  void add(const std::string& database, const metabase::LeftOut& table) {
    tables.insert(database + "." + qualified(table.schema, table.name));
  }
  [[nodiscard]] static std::string qualified(const std::string& schema, const std::string& name) {
    return schema.empty() ? name : schema + "." + name;
  }
};

/// Which tables this run has looked at: what is gone of them is gone, what is gone of others nobody knows. A
/// database that Metabase does not list any more is gone, unless others were asked for by name.
LookedAt looked_at(const std::vector<DatabaseInfo>& chosen, const DiscoverOptions& options,
                   const Refused& refused) {
  return [&](const std::string& database, const model::Table& table) {
    const bool is_chosen =
        options.databases.empty() ||
        std::any_of(chosen.begin(), chosen.end(), [&](const auto& one) { return one.name == database; });
    return is_chosen && is_asked_for(table.schema, table.name, options) &&
           !refused.databases.contains(database) &&
           !refused.tables.contains(database + "." + table.qualified_name());
  };
}

}  // namespace

Result<Outcome<model::SchemaReport>> discover(const DiscoverOptions& options, DiscoverPorts ports,
                                              const Context& context) {
  const StageRun run(context, "discover");
  Outcome<model::SchemaReport> outcome;
  auto& report = outcome.report;
  report.envelope = run.open();

  auto version = ports.catalog.version(context.stop);
  if (!version) return std::move(version).error();
  report.envelope.metabase_version = *version;
  auto known = ports.catalog.databases(context.stop);
  if (!known) return std::move(known).error();
  auto chosen = choose(std::move(*known), options.databases);
  if (!chosen) return std::move(chosen).error();

  std::vector<std::optional<Result<model::Database>>> answers(chosen->size());
  std::vector<std::vector<metabase::LeftOut>> left_out(chosen->size());
  context.progress.begin("discover", "databases", chosen->size());
  parallel_for(chosen->size(), context.jobs, context.stop, [&](std::size_t i) {
    if (!(*chosen)[i].has_sql) return;
    answers[i] = ports.catalog.metadata((*chosen)[i], left_out[i], context.stop);
    context.progress.step(answers[i]->has_value());
  });
  context.progress.end();

  Refused refused;
  for (std::size_t i = 0; i < chosen->size(); ++i) {
    const auto& info = (*chosen)[i];
    if (context.stop.stop_requested()) return interrupted("discover");
    if (!info.has_sql) {
      context.progress.note("database " + single_line(info.name) + " (" + single_line(info.engine) +
                            ") has no SQL: left out");
      continue;
    }
    auto& answer = *answers[i];
    if (!answer) {
      if (answer.error().fault == Fault::unreachable || answer.error().fault == Fault::interrupted) {
        return std::move(answer).error();
      }
      run.file(report.envelope, info.name, answer.error());
      refused.databases.insert(info.name);
      outcome.partial = true;
      continue;
    }
    for (const auto& table : left_out[i]) {
      if (!is_asked_for(table.schema, table.name, options)) continue;
      run.file(report.envelope, info.name + "." + Refused::qualified(table.schema, table.name), table.why);
      refused.add(info.name, table);
      outcome.partial = true;
    }
    if (!info.synced) {
      context.progress.note("database " + single_line(info.name) +
                            " is still in its first sync: tables may be missing");
    }
    keep_wanted(*answer, options);
    if (auto fetched = fetch_values(*answer, ports.catalog, context); !fetched)
      return std::move(fetched).error();
    enrich(*answer, ports.domain, options.inferred_keys ? InferKeys::yes : InferKeys::no);
    report.databases.push_back(std::move(*answer));
  }
  if (context.stop.stop_requested()) return interrupted("discover");
  if (options.since) report.changes = compare(*options.since, report, looked_at(*chosen, options, refused));
  report.requests = ports.catalog.requests();
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
