#include "lint.hpp"
#include "unique.hpp"
#include "walk.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kpi::sql {
namespace {

bool surely_nullable(const Use& use) {
  if (use.column == nullptr || use.column->field == nullptr) return false;
  const model::Field& field = *use.column->field;
  if (field.stats && field.stats->null_fraction) return *field.stats->null_fraction > 0;
  return field.nullable.value_or(false);
}

// True if the SELECT keeps rows only where `column` is not null.
bool kept_from_null(const Node& select, const Column* column, const Binding& binding) {
  for (const Node* part : conjuncts(select.at(Key::whereClause))) {
    const Node* tested = part->tag == Tag::NullTest && text_at(part, Key::nulltesttype) == "IS_NOT_NULL"
                             ? part->at(Key::arg)
                             : nullptr;
    if (tested == nullptr && part->tag == Tag::A_Expr)
      tested = part->at(Key::lexpr);  // a comparison is not true of null
    if (tested != nullptr && tested->tag == Tag::ColumnRef && binding.use(*tested).column == column)
      return true;
  }
  return false;
}

void average_of_nullable(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (node.tag != Tag::FuncCall || called(node) != "avg" || node.at(Key::agg_filter) != nullptr) continue;
    const Node* argument = first_of(node.at(Key::args));
    if (argument == nullptr || argument->tag != Tag::ColumnRef) continue;
    const Use& use = input.binding.use(*argument);
    const Node* select = select_above(&node);
    if (!surely_nullable(use) || select == nullptr || kept_from_null(*select, use.column, input.binding))
      continue;
    input.say(
        "lint.avg_nullable",
        fmt::format(
            "AVG({}) leaves out rows where it is null; say so with IS NOT NULL, or count them with COALESCE",
            use.column->name),
        node);
  }
}

void not_in_nullable(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (node.tag != Tag::BoolExpr || text_at(&node, Key::boolop) != "NOT_EXPR") continue;
    const Node* link = first_of(node.at(Key::args));
    if (link == nullptr || link->tag != Tag::SubLink || text_at(link, Key::subLinkType) != "ANY_SUBLINK")
      continue;
    const Node* select = link->at(Key::subselect);
    const Query* query = select == nullptr ? nullptr : input.binding.query_of(*select);
    if (query == nullptr || query->output.size() != 1 || query->output[0].made_by == nullptr) continue;
    const Node& made_by = *query->output[0].made_by;
    if (made_by.tag != Tag::ColumnRef || !query->output[0].nullable) continue;
    if (kept_from_null(*select, input.binding.use(made_by).column, input.binding)) continue;
    input.say("lint.not_in_nullable",
              "NOT IN is never true once the subquery gives a null; use NOT EXISTS or leave nulls out", node);
  }
}

void null_comparison(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    const std::string op = operator_of(node);
    if (op != "=" && op != "<>") continue;
    for (const Key side : {Key::lexpr, Key::rexpr}) {
      const Node* operand = node.at(side);
      if (operand != nullptr && operand->tag == Tag::A_Const && operand->at(Key::isnull) != nullptr) {
        input.say("lint.null_comparison", "a comparison with NULL is never true; use IS NULL or IS NOT NULL",
                  node);
      }
    }
  }
}

// True where what was found is counted too, so that all rows are counted on purpose.
bool counts_found(const Binding& binding, const Query& query) {
  bool counts = false;
  walk(*query.select, [&](const Node& node) {
    const Node* counted =
        node.tag == Tag::FuncCall && called(node) == "count" ? first_of(node.at(Key::args)) : nullptr;
    if (counted == nullptr || counted->tag != Tag::ColumnRef) return true;
    const Use& use = binding.use(*counted);
    counts = counts || (use.source != nullptr && use.source->optional && use.query == &query);
    return true;
  });
  return counts;
}

void count_star_over_outer_join(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (node.tag != Tag::FuncCall || node.at(Key::agg_star) == nullptr || node.at(Key::agg_filter) != nullptr)
      continue;
    const Node* select = select_above(&node);
    const Query* query = select == nullptr ? nullptr : input.binding.query_of(*select);
    if (query == nullptr || select->at(Key::groupClause) == nullptr) continue;
    // What is only looked up gives one row, found or not: then the rows of the other side are counted.
    const bool outer = std::any_of(query->sources.begin(), query->sources.end(), [&](const Source* source) {
      return source->optional && !is_looked_up(input.binding, *query, *source);
    });
    if (outer && !counts_found(input.binding, *query))
      input.say(
          "lint.count_star_outer",
          "COUNT(*) over an outer join counts 1 where nothing was found; count a column of the joined table",
          node);
  }
}

void filter_on_outer_join(const LintInput& input) {
  for (const Query& query : input.binding.queries) {
    for (const Node* part : conjuncts(query.select->at(Key::whereClause))) {
      if (part->tag != Tag::A_Expr) continue;
      for (const Key side : {Key::lexpr, Key::rexpr}) {
        const Node* operand = part->at(side);
        if (operand == nullptr || operand->tag != Tag::ColumnRef) continue;
        const Use& use = input.binding.use(*operand);
        if (use.source == nullptr || !use.source->optional || use.query != &query) continue;
        input.say(
            "lint.outer_join_filter",
            fmt::format("a condition on {} in WHERE drops the rows that the outer join keeps; put it in ON",
                        use.source->name),
            *part);
        break;
      }
    }
  }
}

}  // namespace

std::vector<Lint> null_lints() {
  return {average_of_nullable, not_in_nullable, null_comparison, count_star_over_outer_join,
          filter_on_outer_join};
}

}  // namespace kpi::sql
