#include "lint.hpp"
#include "walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace kpi::sql {
namespace {

bool is_key(const Use& use) {
  return use.source != nullptr && use.source->table != nullptr &&
         use.source->table->primary_key.size() == 1 && use.column != nullptr &&
         use.column->name == use.source->table->primary_key.front();
}

// Sources whose rows a join repeats: each is joined by its key, or by none, to another table's column that is
// no key of it, so that one row meets many.
std::set<const Source*> repeated(const LintInput& input, const Query& query) {
  std::vector<const Node*> parts = conjuncts(query.select->at(Key::whereClause));
  walk(*query.select, [&](const Node& node) {
    if (node.tag == Tag::JoinExpr) {
      for (const Node* part : conjuncts(node.at(Key::quals))) parts.push_back(part);
    }
    return &node == query.select || node.tag != Tag::SelectStmt;
  });
  std::set<const Source*> found;
  for (const Node* part : parts) {
    const Node* left = part->at(Key::lexpr);
    const Node* right = part->at(Key::rexpr);
    if (operator_of(*part) != "=" || left == nullptr || right == nullptr || left->tag != Tag::ColumnRef ||
        right->tag != Tag::ColumnRef)
      continue;
    for (const auto& [one, other] : {std::pair(left, right), std::pair(right, left)}) {
      const Use& mine = input.binding.use(*one);
      const Use& theirs = input.binding.use(*other);
      const bool known = theirs.source != nullptr && theirs.source->table != nullptr &&
                         theirs.source->table->primary_key.size() == 1;
      if (is_key(mine) && known && theirs.source != mine.source && !is_key(theirs)) found.insert(mine.source);
    }
  }
  return found;
}

void fan_out(const LintInput& input) {
  for (const Query& query : input.binding.queries) {
    if (query.sources.size() < 2 || !query.aggregates) continue;
    const std::set<const Source*> sources = repeated(input, query);
    if (sources.empty()) continue;
    walk(*query.select, [&](const Node& node) {
      if (node.tag == Tag::SelectStmt && &node != query.select) return false;
      const std::string name = called(node);
      if ((name != "sum" && name != "avg") || node.at(Key::agg_distinct) != nullptr ||
          node.at(Key::over) != nullptr)
        return true;
      walk(node, [&](const Node& inner) {
        if (inner.tag != Tag::ColumnRef) return true;
        const Use& use = input.binding.use(inner);
        if (use.source != nullptr && sources.contains(use.source)) {
          input.say("lint.fan_out",
                    fmt::format(
                        "the join repeats rows of {}, and {}() takes each as often; sum up first, then join",
                        use.source->name, name),
                    node);
        }
        return false;
      });
      return false;
    });
  }
}

}  // namespace

std::vector<Lint> join_lints() { return {fan_out}; }

}  // namespace kpi::sql
