#pragma once

#include <kpi/model/schema.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kpi::model {

/// One JOIN: `from` is a column of a table already reached, `to` one of the table that is joined.
struct JoinStep {
  FieldReference from;
  FieldReference to;
};

/// How a row of one table finds rows of another, in one to three JOINs.
struct JoinPath {
  std::string table;            ///< where it ends, by qualified_name()
  std::vector<JoinStep> steps;  ///< in order
  bool one = true;              ///< at most one row there for a row here: joining it multiplies nothing
  double confidence = 1.0;      ///< product of the relationships' own
};

/// The relationships of one database as a graph, but for keys of several columns, which no single condition
/// follows. Costs about a copy of them.
class JoinGraph {
public:
  /// `database` is read in the constructor only.
  explicit JoinGraph(const Database& database);

  /// The ways from `table` (a qualified name) to others, the shortest to each: along foreign keys to the
  /// tables it points at, up to `most_steps` away; to the tables that point at it, one step; and through a
  /// junction among these to what lies behind. Nearest first, then surest, then by name; at most
  /// `most_paths`.
  [[nodiscard]] std::vector<JoinPath> paths_from(std::string_view table, std::size_t most_steps = 3,
                                                 std::size_t most_paths = 24) const;

private:
  struct Edge {
    JoinStep step;
    double confidence = 1.0;
    bool to_junction = false;
  };
  using Edges = std::unordered_map<std::string, std::vector<Edge>>;
  Edges up_;    ///< a table's own foreign keys
  Edges down_;  ///< keys of others that point at it
};

/// {"table", "one", "confidence", "on": ["orders.user_id = users.id", ...]}
[[nodiscard]] Json to_json(const JoinPath& path);

}  // namespace kpi::model
