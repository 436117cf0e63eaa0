#pragma once

#include <kpi/llm/rules_draft.hpp>

#include <string>

// A table and one of those whose rows point to it, for the rules about what hangs on a row.
namespace kpi::llm {

/// One of ours, in queries `t`, and the rows of a child that belong to it.
struct Branch {
  const Facts& facts;
  const Child& child;
  const Facts below;
  std::string many;  ///< of the child; with the key's name where the child points here twice
  std::string lower_many;
  std::string one;
  bool single = false;  ///< one of ours has one of them at most
  bool whole = false;   ///< every one of ours has some
  bool listed = false;  ///< the child's own KPIs rank ours by it already

  /// True if so few of ours have any that a part of them is one or two.
  [[nodiscard]] bool few() const {
    constexpr std::int64_t least = 20;
    const auto& stats = child.field->stats;
    return stats && stats->distinct && *stats->distinct < least;
  }

  /// What a person calls one of ours, in a query where they are `t`.
  [[nodiscard]] std::string shown() const {
    return facts.label == nullptr ? facts.column(*facts.key, "t")
                                  : name_of_row(*facts.task, *facts.table, *facts.label, *child.key, "t");
  }
  /// The condition that a child belongs to one of ours, deleted and test ones not counted.
  [[nodiscard]] std::string is_ours() const {
    const auto key = facts.sql.name(child.field->name);
    if (facts.filter().empty()) return key + " IS NOT NULL";
    auto ours = facts.query(facts.sql.name(child.key->name));
    return key + " IN (\n" + ours.text() + "\n)";
  }
};

/// The child's rows by key, joined to ours as c; `select` aggregates them.
[[nodiscard]] std::string grouped(const Branch& branch, const std::string& select,
                                  const std::string& having = {});

/// One more step: what other tables know of the children, or of what the children point to. `less` is taken
/// off each rank.
void beyond(const Branch& branch, Ideas& ideas, double less);

}  // namespace kpi::llm
