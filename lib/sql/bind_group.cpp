#include "binder.hpp"
#include "functions.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::sql {
namespace {

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_place(Key key) {
  return key == Key::location || key == Key::stmt_location || key == Key::stmt_len || key == Key::funcformat;
}

const Node* skip_places(const Node* node) {
  while (node != nullptr && is_place(node->key)) node = node->next;
  return node;
}

}  // namespace

bool same_expression(const Node& left, const Node& right, const Binding& binding) {
  std::vector<std::pair<const Node*, const Node*>> work{{&left, &right}};
  bool top = true;  // the two hang under different fields, and that does not count
  while (!work.empty()) {
    const auto [one, two] = work.back();
    work.pop_back();
    if (one->tag != two->tag || one->shape != two->shape || one->text != two->text ||
        one->number != two->number)
      return false;
    if (!top && one->key != two->key) return false;
    top = false;
    if (one->tag == Tag::ColumnRef) {
      const Use& use_one = binding.use(*one);
      const Use& use_two = binding.use(*two);
      if (use_one.column != nullptr && use_two.column != nullptr) {
        if (use_one.column != use_two.column) return false;
        continue;
      }
    }
    const Node* a = skip_places(one->first);
    const Node* b = skip_places(two->first);
    while (a != nullptr && b != nullptr) {
      work.emplace_back(a, b);
      a = skip_places(a->next);
      b = skip_places(b->next);
    }
    if (a != nullptr || b != nullptr) return false;
  }
  return true;
}

Type Binder::call(const Node& node, const Context& context) {
  const std::string name = dotted_name(node.at(Key::funcname));
  const Node* over = node.at(Key::over);
  const bool aggregate = is_aggregation(node);
  Context inside = context;
  if (aggregate) {
    inside.in_aggregate = true;
    if (context.in_aggregate) {
      find("schema.aggregate",
           fmt::format("{}() inside another aggregate; take the inner one in a subquery", name), node);
    } else if (context.scope->query != nullptr && context.scope->outer == nullptr &&
               (context.clause == Clause::where || context.clause == Clause::group ||
                context.clause == Clause::from)) {
      find("schema.aggregate",
           context.clause == Clause::where
               ? fmt::format("{}() in WHERE; a condition on an aggregate belongs in HAVING", name)
               : fmt::format("{}() where no aggregate may stand", name),
           node);
    }
    if (context.scope->query != nullptr && context.clause != Clause::where)
      context.scope->query->aggregates = true;
  } else if (over != nullptr) {
    if (context.in_aggregate) {
      find("schema.aggregate", fmt::format("{}() OVER inside an aggregate; take it in a subquery", name),
           node);
    } else if (context.clause == Clause::where || context.clause == Clause::group ||
               context.clause == Clause::having) {
      find("schema.aggregate",
           fmt::format("{}() OVER where no window function may stand; take it in a subquery", name), node);
    }
  } else if (is_window_only(name) && node.at(Key::agg_within_group) == nullptr) {
    find("schema.aggregate", fmt::format("{}() needs OVER (...)", name), node);
  }

  std::vector<Type> types;
  for (const Node& argument : Members(node.at(Key::args))) types.push_back(expression(&argument, inside));
  Type sorted = Type::unknown;
  for (const Node& item : Members(node.at(Key::agg_order))) {
    const Type type = expression(item.at(Key::node), inside);
    if (sorted == Type::unknown) sorted = type;
  }
  if (const Node* filter = node.at(Key::agg_filter)) truth(filter, inside, "FILTER");
  if (over != nullptr) window(*over, context);
  check_call(name, types, node);
  if (node.at(Key::agg_within_group) != nullptr) {
    if (name == "percentile_cont") return is_number(sorted) ? Type::real : sorted;
    return name == "percentile_disc" || name == "mode" ? sorted : type_of_call(name, types);
  }
  return type_of_call(name, types);
}

void Binder::window(const Node& over, const Context& context) {
  Context inside = context;
  inside.in_aggregate = false;
  const std::string_view wanted = text_at(&over, over.key == Key::over ? Key::name : Key::refname);
  const Node* select = wanted.empty() ? nullptr : select_above(&over);
  bool defined = select == nullptr;
  for (const Node& one : Members(at(select, Key::windowClause)))
    defined = defined || text_at(&one, Key::name) == wanted;
  if (!defined) find("schema.unknown_column", fmt::format("no WINDOW {} in this query", wanted), over);
  each(over.at(Key::partitionClause), inside);
  for (const Node& item : Members(over.at(Key::orderClause))) expression(item.at(Key::node), inside);
  expression(over.at(Key::startOffset), inside);
  expression(over.at(Key::endOffset), inside);
}

// Calls that PostgreSQL surely does not have. Source: PostgreSQL 15 manual, chapter 9.
void Binder::check_call(std::string_view name, const std::vector<Type>& types, const Node& node) {
  const Type first = types.empty() ? Type::unknown : types.front();
  const Type second = types.size() < 2 ? Type::unknown : types[1];
  const auto wrong = [&](Type type) {
    find("schema.type_mismatch", fmt::format("{}() does not take {}", name, to_string(type)), node);
  };
  if (one_of(name,
             {"sum", "avg", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp"})) {
    const bool spans = (name == "sum" || name == "avg") && (first == Type::interval || first == Type::time);
    if (is_known(first) && !is_number(first) && !spans && first != Type::array) wrong(first);
  } else if (one_of(name, {"min", "max"})) {
    if (first == Type::boolean || first == Type::json) wrong(first);
  } else if (one_of(name, {"round", "trunc"}) && types.size() == 2) {
    if (first == Type::real) {
      find("schema.type_mismatch",
           fmt::format("{}(double precision, integer) does not exist; cast to numeric first", name), node);
    } else if (is_known(first) && !is_number(first)) {
      wrong(first);
    }
  } else if (one_of(name, {"round", "trunc", "abs", "ceil", "ceiling", "floor", "sign", "sqrt", "exp", "ln",
                           "power", "mod"})) {
    if (is_known(first) && !is_number(first) && !(name == "trunc" && first == Type::array)) wrong(first);
  } else if (one_of(name, {"date_trunc", "date_part", "extract"})) {
    const bool fits =
        is_instant(second) || second == Type::interval || (second == Type::time && name != "date_trunc");
    if (is_known(second) && !fits) wrong(second);
  } else if (name == "to_char") {
    if (first == Type::text || first == Type::boolean || first == Type::json) wrong(first);
  } else if (name == "age") {
    for (const Type type : types) {
      if (is_known(type) && !is_instant(type)) wrong(type);
    }
  } else if (one_of(name, {"lower", "upper", "initcap", "btrim", "ltrim", "rtrim", "length", "char_length",
                           "substring", "replace"})) {
    if (is_number(first) || is_instant(first) || first == Type::boolean || first == Type::json ||
        first == Type::interval)
      wrong(first);
  }
}

void Binder::check_grouping(const Node& node, const Query& query) {
  std::vector<const Node*> keys;
  std::vector<const Node*> work;
  const Node* targets = node.at(Key::targetList);
  for (const Node& item : Members(node.at(Key::groupClause))) work.push_back(&item);
  while (!work.empty()) {
    const Node* item = work.back();
    work.pop_back();
    if (item->tag == Tag::GroupingSet || item->tag == Tag::RowExpr) {
      for (const Node& inner : Members(item->at(item->tag == Tag::RowExpr ? Key::args : Key::content)))
        work.push_back(&inner);
      continue;
    }
    if (const Node* number = item->tag == Tag::A_Const ? item->at(Key::ival) : nullptr) {
      std::int64_t ordinal = number_at(number, Key::ival);
      for (const Node& target : Members(targets)) {
        if (--ordinal == 0) item = target.at(Key::val);
      }
    } else if (item->tag == Tag::ColumnRef && out_.use(*item).column == nullptr) {
      const Node* fields = item->at(Key::fields);
      for (const Node& target : Members(targets)) {
        if (fields == nullptr || output_name(target) != string_of(fields->last)) continue;
        item = target.at(Key::val);
        break;
      }
    }
    if (item != nullptr) keys.push_back(item);
  }

  // All columns of a table hang on its primary key once that is grouped by.
  const auto hangs_on_key = [&](const Use& meaning) {
    if (meaning.source == nullptr || meaning.source->table == nullptr ||
        meaning.source->table->primary_key.empty())
      return false;
    const auto& primary = meaning.source->table->primary_key;
    return std::all_of(primary.begin(), primary.end(), [&](const std::string& part) {
      return std::any_of(keys.begin(), keys.end(), [&](const Node* key) {
        return key->tag == Tag::ColumnRef && out_.use(*key).source == meaning.source &&
               out_.use(*key).column != nullptr && out_.use(*key).column->name == part;
      });
    });
  };

  const auto check = [&](const Node* root) {
    if (root == nullptr) return;
    work.assign(1, root);
    while (!work.empty()) {
      const Node* part = work.back();
      work.pop_back();
      if (std::any_of(keys.begin(), keys.end(),
                      [&](const Node* key) { return same_expression(*part, *key, out_); }))
        continue;
      if (is_aggregation(*part)) continue;
      if (part->tag == Tag::SelectStmt || part->tag == Tag::GroupingFunc) continue;
      if (part->tag == Tag::ColumnRef) {
        const Use& meaning = out_.use(*part);
        if (meaning.column != nullptr && meaning.query == &query && !hangs_on_key(meaning)) {
          find("lint.missing_group_by",
               fmt::format("{} stands beside an aggregate and is neither aggregated nor in GROUP BY",
                           meaning.column->name),
               *part);
        }
        continue;
      }
      for (const Node& child : Members(part)) {
        if (child.shape == Shape::object || child.shape == Shape::list) work.push_back(&child);
      }
    }
  };
  for (const Node& target : Members(targets)) check(target.at(Key::val));
  check(node.at(Key::havingClause));
  for (const Node& item : Members(node.at(Key::sortClause))) {
    const Node* sorted = item.at(Key::node);
    const Node* fields = sorted == nullptr ? nullptr : sorted->at(Key::fields);
    const bool output = sorted != nullptr && sorted->tag == Tag::ColumnRef && size_of(fields) == 1 &&
                        std::any_of(query.output.begin(), query.output.end(), [&](const Column& column) {
                          return column.name == string_of(fields->last);
                        });
    if (!output && sorted != nullptr && sorted->tag != Tag::A_Const) check(sorted);
  }
}

}  // namespace kpi::sql
