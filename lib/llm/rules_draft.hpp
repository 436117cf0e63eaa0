#pragma once

#include <kpi/llm/rules_facts.hpp>

#include <set>
#include <string>
#include <vector>

namespace kpi::llm {

/// One KPI that the rules could write, and how useful it is beside the others of its table.
struct Idea {
  double rank = 0;  ///< 0..100, higher first
  std::string name = {};
  std::string description = {};
  std::string value = {};  ///< the decision it serves, one sentence
  std::string sql = {};
  model::Shape shape = model::Shape::scalar;
  model::Unit unit = model::Unit::count;
  std::string display = "scalar";
  std::vector<const model::Table*> joined = {};    ///< neighbours that it asks something of
  std::vector<const model::Table*> left_out = {};  ///< tables read only for their test and deleted rows
  const Facts* timed = nullptr;                    ///< whose windows it has; null: the table's own
};

/// Takes ideas in and keeps the best. Two of one name, or of one statement, are one.
class Ideas {
public:
  explicit Ideas(const Facts& facts) : facts_(facts) {}
  /// Adds what every KPI of the table has to say: rows left out, where windows end.
  void add(Idea idea);
  /// At most `most` KPIs, most useful first; three at least of them join another table where any can. Those
  /// named in `elsewhere` (by name_key()) come last, and only where there would be fewer than `least`.
  [[nodiscard]] std::vector<model::Kpi> best(std::size_t most, std::size_t least = 0,
                                             const std::set<std::string>& elsewhere = {}) const;

private:
  const Facts& facts_;
  std::vector<Idea> ideas_ = {};
};

// What a query counts: rows, or the sum of an amount.
struct Metric {
  std::string title = {};  ///< "Orders", "Total Amount"
  std::string alias = {};  ///< "orders"
  model::Unit unit = model::Unit::count;
  const Amount* amount = nullptr;  ///< null: rows are counted

  /// The aggregate, of table alias `alias`.
  [[nodiscard]] std::string expression(const Facts& facts, std::string_view alias = {}) const;
};

/// What a result column that sums `title` up is called: "total_amount", also for "Total Amount".
[[nodiscard]] std::string total_alias(const std::string& title);

[[nodiscard]] Metric row_count(const Facts& facts);
[[nodiscard]] Metric sum_metric(const Amount& amount);
/// " Stored in minor units and divided by 100." for such an amount, else "".
[[nodiscard]] std::string unit_note(const Amount& amount);

}  // namespace kpi::llm
