#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/report.hpp>
#include <kpi/stages/ports.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kpi::stages {

struct DiscoverOptions {
  std::vector<std::string> databases;     ///< names (any case) or ids; none: all
  std::vector<std::string> include{"*"};  ///< globs on table names
  std::vector<std::string> exclude;
  std::string schema = "*";                  ///< glob on schema names
  bool inferred_keys = true;                 ///< look for keys that nobody declared
  std::optional<model::SchemaReport> since;  ///< compare with this: adds `changes`
};

struct DiscoverPorts {
  metabase::Catalog& catalog;
  const model::Domain& domain;
};

/// kpi discover: Metabase -> schema report. One request for the list of databases, one for the metadata of
/// each, one for each list of values. Fails (input, "discover.unknown_database") with the nearest name; a
/// database or table that is refused becomes an entry in errors[] and a partial outcome; (unreachable) where
/// the list itself cannot be had.
Result<Outcome<model::SchemaReport>> discover(const DiscoverOptions& options, DiscoverPorts ports,
                                              const Context& context);

enum class InferKeys { no, yes };

/// Works out what Metabase does not say of one database: personal columns, keys, inferred relationships,
/// category, grain, time columns, dimensions, measures and hash of each table. With InferKeys::no only
/// declared keys count, also for roles, grain and hash. No IO.
void enrich(model::Database& database, const model::Domain& domain, InferKeys infer = InferKeys::yes);

/// True if a table, by its database's name and itself, was looked at.
using LookedAt = std::function<bool(const std::string& database, const model::Table& table)>;

/// What changed between two schema reports, by database, schema, table and field name. A table of `before`
/// that was not looked at for `after` (left out by a filter, refused) is not called removed, nor is a key
/// into it.
[[nodiscard]] model::Changes compare(const model::SchemaReport& before, const model::SchemaReport& after,
                                     const LookedAt& looked_at);

}  // namespace kpi::stages
