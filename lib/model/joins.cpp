#include <kpi/model/joins.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace kpi::model {
namespace {

std::string text_of(const FieldReference& column) { return column.table + "." + column.field; }

JoinPath longer(const JoinPath& path, const JoinStep& step, double confidence, bool one) {
  JoinPath next = path;
  next.table = step.to.table;
  next.steps.push_back(step);
  next.one = path.one && one;
  next.confidence *= confidence;
  return next;
}

/// The columns of each table that another declares keys to. Metabase tells a foreign key of two columns as
/// two keys.
using Pointed = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

Pointed pointed_at(const Database& database) {
  Pointed columns;
  for (const auto& link : database.relationships) {
    if (link.kind == "declared") columns[{link.from.table, link.to.table}].insert(link.to.field);
  }
  return columns;
}

/// One column of a key of several: many rows there have its value, and a join by it alone multiplies rows.
bool is_part_of_key(const Relationship& link, const Pointed& pointed, const Table* target) {
  const auto at = pointed.find({link.from.table, link.to.table});
  if (link.kind != "declared" || at == pointed.end() || at->second.size() < 2) return false;
  return target == nullptr || target->primary_key != std::vector<std::string>{link.to.field};
}

}  // namespace

JoinGraph::JoinGraph(const Database& database) {
  std::set<std::string> junctions;
  std::unordered_map<std::string, const Table*> tables;
  for (const auto& table : database.tables) {
    tables.emplace(table.qualified_name(), &table);
    if (table.role == Role::junction) junctions.insert(table.qualified_name());
  }
  const auto pointed = pointed_at(database);
  for (const auto& link : database.relationships) {
    const auto target = tables.find(link.to.table);
    if (is_part_of_key(link, pointed, target == tables.end() ? nullptr : target->second)) continue;
    up_[link.from.table].push_back({{link.from, link.to}, link.confidence, false});
    down_[link.to.table].push_back(
        {{link.to, link.from}, link.confidence, junctions.contains(link.from.table)});
  }
}

std::vector<JoinPath> JoinGraph::paths_from(std::string_view table, std::size_t most_steps,
                                            std::size_t most_paths) const {
  static const std::vector<Edge> none;
  const auto edges = [](const Edges& all, const std::string& from) -> const std::vector<Edge>& {
    const auto at = all.find(from);
    return at == all.end() ? none : at->second;
  };
  const std::string start(table);
  std::vector<JoinPath> found;
  std::set<std::string> reached{start};
  const auto take = [&](JoinPath path) {
    if (reached.insert(path.table).second) found.push_back(std::move(path));
  };
  // Along the table's own keys, breadth first, so that the shortest way to a table comes first.
  std::vector<JoinPath> front{{start, {}, true, 1.0}};
  for (std::size_t step = 1; step <= most_steps && found.size() < most_paths; ++step) {
    std::vector<JoinPath> next;
    for (const auto& path : front) {
      for (const auto& edge : edges(up_, path.table)) {
        auto reaching = longer(path, edge.step, edge.confidence, true);
        // Two keys to one table (buyer and seller) are two ways; further off, the first way will do.
        if (step > 1 && reached.contains(reaching.table)) continue;
        reached.insert(reaching.table);
        if (reaching.table != start) next.push_back(reaching);
        found.push_back(std::move(reaching));
      }
    }
    front = std::move(next);
  }
  // What points here; behind a junction lies what it joins this table to.
  const JoinPath here{start, {}, true, 1.0};
  for (const auto& edge : edges(down_, start)) {
    if (found.size() >= most_paths) break;
    const auto child = longer(here, edge.step, edge.confidence, false);
    take(child);
    if (!edge.to_junction || most_steps < 2) continue;
    for (const auto& beyond : edges(up_, child.table)) {
      if (beyond.step.from.field == edge.step.to.field) continue;
      take(longer(child, beyond.step, beyond.confidence, true));
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const JoinPath& a, const JoinPath& b) {
    return std::tuple(a.steps.size(), -a.confidence, a.table) <
           std::tuple(b.steps.size(), -b.confidence, b.table);
  });
  if (found.size() > most_paths) found.resize(most_paths);
  return found;
}

Json to_json(const JoinPath& path) {
  Json on = Json::array();
  for (const auto& step : path.steps) on.push_back(text_of(step.from) + " = " + text_of(step.to));
  return {{"table", path.table}, {"one", path.one}, {"confidence", path.confidence}, {"on", std::move(on)}};
}

}  // namespace kpi::model
