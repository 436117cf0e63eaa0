#pragma once

#include "analyzer.hpp"
#include "tree.hpp"

#include <kpi/model/finding.hpp>

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace kpi::sql {

/// Names that text_views can be looked up in without a copy.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};
using NameSet = std::unordered_set<std::string, NameHash, std::equal_to<>>;

/// Decides from a PostgreSQL parse tree whether the statement may be sent to a database. It passes only if
/// every node is known to be harmless; what the guard does not know, it refuses. One serves any number of
/// threads.
class PostgresGuard {
public:
  explicit PostgresGuard(const Policy& policy);

  /// Reasons to refuse; none: may be executed. `schema` may be null; it widens what may be named (types and
  /// tables of the database's own), never what may be called.
  [[nodiscard]] std::vector<model::Finding> check(const Tree& tree, const model::Database* schema) const;

private:
  Policy policy_;
  NameSet functions_;
};

}  // namespace kpi::sql
