#include "lint.hpp"
#include "walk.hpp"

namespace kpi::sql {
namespace {

void select_star(const LintInput& input) {
  if (input.binding.queries.empty()) return;
  for (const Node& target : Members(input.binding.queries.front().select->at(Key::targetList))) {
    const Node* fields = at(target.at(Key::val), Key::fields);
    if (fields != nullptr && fields->last != nullptr && fields->last->tag == Tag::A_Star) {
      input.say("lint.select_star", "shows every column, also those added later; name the ones meant",
                target);
    }
  }
}

void limit_without_order(const LintInput& input) {
  for (const Query& query : input.binding.queries) {
    if (query.select->at(Key::limitCount) == nullptr || query.select->at(Key::sortClause) != nullptr)
      continue;
    if (query.aggregates && query.select->at(Key::groupClause) == nullptr) continue;
    input.say("lint.limit_without_order", "LIMIT without ORDER BY takes any rows",
              *query.select->at(Key::limitCount));
  }
}

}  // namespace

std::vector<Lint> shape_lints() { return {select_star, limit_without_order}; }

}  // namespace kpi::sql
