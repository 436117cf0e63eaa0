#include "lint.hpp"
#include "unique.hpp"
#include "walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

// Joins that repeat rows, and sums that take each as often.
namespace kpi::sql {
namespace {

// True if every group holds one row of `source` at most.
bool is_told_apart(const Binding& binding, const Query& query, const Source& source) {
  Columns grouped;
  for (const Node& key : Members(query.select->at(Key::groupClause))) {
    const Use& use = binding.use(key);
    if (key.tag == Tag::ColumnRef && use.source == &source && use.column != nullptr)
      grouped.insert(use.column);
  }
  return unique_by(binding, source, grouped) == Unique::yes;
}

// Sources whose rows a join repeats: some other source is joined to them by what is surely no key of it.
std::set<const Source*> repeated(const Binding& binding, const Query& query) {
  const std::vector<Equality> all = equalities(binding, query);
  std::set<const Source*> found;
  for (const Source* many : query.sources) {
    Columns fixed;
    std::set<const Source*> partners;
    for (const Equality& one : all) {
      if (one.one.source != many || one.one.column == nullptr || one.other.source == many) continue;
      fixed.insert(one.one.column);
      if (one.other.source != nullptr) partners.insert(one.other.source);
    }
    if (partners.empty() || unique_by(binding, *many, fixed) != Unique::no) continue;
    if (is_told_apart(binding, query, *many)) continue;
    // What it is joined to is repeated if it has a row for each of those values.
    for (const Source* partner : partners) {
      Columns theirs;
      for (const Equality& one : all) {
        if (one.one.source == partner && one.other.source == many && one.one.column != nullptr)
          theirs.insert(one.one.column);
      }
      if (unique_by(binding, *partner, theirs) == Unique::yes) found.insert(partner);
    }
  }
  // Whatever hangs on a repeated row is repeated with it.
  for (bool more = true; more;) {
    more = false;
    for (const Source* source : query.sources) {
      if (found.contains(source)) continue;
      Columns fixed;
      bool hangs = false;
      for (const Equality& one : all) {
        if (one.one.source != source || one.other.source == nullptr || one.one.column == nullptr) continue;
        fixed.insert(one.one.column);
        hangs = hangs || found.contains(one.other.source);
      }
      if (hangs && unique_by(binding, *source, fixed) == Unique::yes) more = found.insert(source).second;
    }
  }
  return found;
}

// The source that all columns of a fold come from, where a join repeats each of them.
const Source* repeated_in(const LintInput& input, const Node& fold, const std::set<const Source*>& sources) {
  const Source* first = nullptr;
  bool all = true;
  walk(fold, [&](const Node& node) {
    if (node.tag == Tag::SelectStmt) all = false;
    if (node.tag != Tag::ColumnRef) return all;
    const Source* source = input.binding.use(node).source;
    all = all && source != nullptr && sources.contains(source);
    if (first == nullptr) first = source;
    return false;
  });
  return all ? first : nullptr;
}

bool is_key(const Use& use) {
  return use.source != nullptr && use.source->table != nullptr && use.column != nullptr &&
         use.column->field != nullptr && use.source->table->primary_key.size() == 1 &&
         use.source->table->primary_key.front() == use.column->field->name;
}

void fan_out(const LintInput& input) {
  for (const Query& query : input.binding.queries) {
    if (query.sources.size() < 2 || !query.aggregates) continue;
    const std::set<const Source*> sources = repeated(input.binding, query);
    if (sources.empty()) continue;
    walk(*query.select, [&](const Node& node) {
      if (node.tag == Tag::SelectStmt && &node != query.select) return false;
      const std::string name = called(node);
      const Node* argument = first_of(node.at(Key::args));
      const bool counts_keys = name == "count" && argument != nullptr && argument->tag == Tag::ColumnRef &&
                               is_key(input.binding.use(*argument));
      if ((name != "sum" && name != "avg" && !counts_keys) || node.at(Key::agg_distinct) != nullptr ||
          node.at(Key::over) != nullptr)
        return true;
      if (const Source* source = repeated_in(input, node, sources)) {
        input.say("lint.fan_out",
                  fmt::format("the join repeats rows of {}, and {}() takes each as often; {}", source->name,
                              name, counts_keys ? "count DISTINCT ones" : "sum up first, then join"),
                  node);
      }
      return false;
    });
  }
}

}  // namespace

std::vector<Lint> join_lints() { return {fan_out}; }

}  // namespace kpi::sql
