#pragma once

#include "tree.hpp"

#include <kpi/model/schema.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::sql {

/// As many rows or bytes as one likes: the form of the statement sets no bound.
inline constexpr double unbounded = 1e300;

/// One leaf of a FROM: what it is called, and what it is to the others.
struct FromItem {
  std::set<std::string_view> names;
  const Node* node = nullptr;
  bool table = false;  ///< its rows are data: to be joined by a condition
  double rows = 1;     ///< rows that the statement itself makes
  bool bound = false;  ///< LATERAL, USING, NATURAL or a function of a neighbour's columns
};

/// The leaves of a FROM with every condition that stands in it, ON and WHERE alike.
struct FromShape {
  std::vector<FromItem> items;
  std::vector<const Node*> conditions;
};

/// How much a statement makes up by itself, out of nothing but its own text: rows of series, VALUES and
/// literals, bytes of texts and arrays. What comes from tables counts 1, since the form does not tell it.
/// Estimates are upper bounds: columns are followed by name alone, to every query that gives one of that
/// name. One walk over one tree of bounded depth; what is found is kept. Its methods stand in
/// guard_extent.cpp, guard_length.cpp, guard_series.cpp and guard_recursion.cpp.
class Extent {
public:
  Extent(const Tree& tree, model::Dialect dialect);

  // guard_extent.cpp
  /// Rows that a call in FROM or in a SELECT list gives.
  [[nodiscard]] double rows_of_call(const Node& call);
  [[nodiscard]] double rows_of_item(const Node& item, std::size_t level = 0);
  [[nodiscard]] double rows_of_select(const Node& select, std::size_t level = 0);
  /// Rows of a SELECT's FROM and SELECT list, times those of the queries around it that run it once a row.
  [[nodiscard]] double rows_with_outer(const Node& select);
  /// True if the item's rows are no data: one row, VALUES or generated.
  [[nodiscard]] bool is_small_item(const Node& item, std::size_t level = 0);
  [[nodiscard]] FromShape shape_of(const Node& select);
  /// The numbers of the items that `conjunct` speaks of. A column without a qualifier may be anyone's: two of
  /// them, or one beside a qualified one, are taken for all.
  [[nodiscard]] static std::set<std::size_t> touched_by(const Node& conjunct,
                                                        const std::vector<FromItem>& items);

  // guard_length.cpp
  /// Bytes of the value of `expression`.
  [[nodiscard]] double bytes_of(const Node* expression);
  /// The largest number that `expression` can be, as far as its constants show; none if it is data.
  [[nodiscard]] std::optional<double> number_of(const Node* expression);
  /// True if the node joins texts, arrays or JSON to longer ones.
  [[nodiscard]] static bool builds(const Node& node);

  // guard_series.cpp
  /// About when (seconds since 1970) the time that `expression` gives is; the clock counts as 2030.
  [[nodiscard]] std::optional<double> moment_of(const Node* expression);

  // guard_recursion.cpp
  struct Recursion {
    std::string_view name;
    std::string_view fault;  ///< why it need not end, or grows without bound; empty where it does end
    double rounds = 1;       ///< how often it runs, where its own counter tells
  };
  /// What the WITH query (a CommonTableExpr) is, if it reads itself.
  [[nodiscard]] std::optional<Recursion> recursion(const Node& query);

  struct RecursiveArm;

private:
  [[nodiscard]] double series(const Node& call);
  /// What the statement makes of a number or a time out of its own text, where data counts 1: of id * 1000000
  /// a million, of max(day) + interval '300 years' 300.
  [[nodiscard]] double scale_of(const Node* expression);
  [[nodiscard]] double scale_of_select(const Node* select);
  /// True if a table's own column can be meant.
  [[nodiscard]] bool may_be_data(const Node& column) const;
  [[nodiscard]] double rows_of_list(const Node* targets);
  [[nodiscard]] bool is_small(const Node& select, std::size_t level);
  [[nodiscard]] const Node* query_named(const Node& range) const;
  void leaves(const Node& item, FromShape& shape);
  [[nodiscard]] const std::vector<const Node*>& makers_of(std::string_view column) const;
  [[nodiscard]] double bytes_of_call(const Node& call);
  [[nodiscard]] double bytes_uncached(const Node& node);
  [[nodiscard]] std::optional<double> rounds_of(const Node& comparison, const RecursiveArm& arm);
  [[nodiscard]] std::string_view fault_of(const RecursiveArm& arm, double& rounds);
  [[nodiscard]] bool grows(const RecursiveArm& arm, double rounds);
  [[nodiscard]] static bool stays(const RecursiveArm& arm);

  const Tree& tree_;
  model::Dialect dialect_;
  std::map<std::string_view, const Node*> queries_;
  std::map<std::string_view, std::vector<const Node*>> makers_;  ///< expressions by the name they are given
  std::vector<const Node*> nameless_;                            ///< expressions that are given none
  std::vector<const Node*> everything_;                          ///< both, and the values of VALUES
  std::set<std::string_view> renamed_;                           ///< names that a list of columns gives
  std::map<const Node*, double> rows_;
  std::map<const Node*, bool> small_;
  std::map<const Node*, double> bytes_;
  std::map<const Node*, double> scales_;
  std::set<const Node*> open_;  ///< what number_of() is following
  std::size_t steps_ = 0;       ///< that it took
};

/// True if a RangeVar below `root` names the WITH query `name`.
[[nodiscard]] bool reads_query(const Node& root, std::string_view name);

}  // namespace kpi::sql
