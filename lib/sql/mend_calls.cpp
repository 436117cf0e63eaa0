#include "mend_rewrites.hpp"

#include <kpi/base/text.hpp>

#include <array>

// Functions of MySQL, SQL Server, Oracle, BigQuery and SQLite that PostgreSQL writes otherwise.
// Sources: their manuals' function references; PostgreSQL 15 manual, chapter 9.
namespace kpi::sql {
namespace {

constexpr auto any = MendFor::postgres_first;
constexpr auto only = MendFor::postgres;  // where SQLite has the function itself

constexpr std::array templates{
    Template{"ifnull", 2, "COALESCE($1, $2)", only},
    Template{"nvl", 2, "COALESCE($1, $2)", any},
    Template{"isnull", 2, "COALESCE($1, $2)", any},
    Template{"isnull", 1, "(@1 IS NULL)", any},
    Template{"nvl2", 3, "CASE WHEN @1 IS NOT NULL THEN $2 ELSE $3 END", any},
    Template{"iif", 3, "CASE WHEN $1 THEN $2 ELSE $3 END", only},
    Template{"if", 3, "CASE WHEN $1 THEN $2 ELSE $3 END", any},
    Template{"countif", 1, "COUNT(*) FILTER (WHERE $1)", any},
    Template{"count_if", 1, "COUNT(*) FILTER (WHERE $1)", any},
    Template{"safe_divide", 2, "(@1::numeric / NULLIF($2, 0))", any},
    Template{"len", 1, "LENGTH($1)", any},
    Template{"ucase", 1, "UPPER($1)", any},
    Template{"lcase", 1, "LOWER($1)", any},
    Template{"charindex", 2, "STRPOS($2, $1)", any},
    Template{"locate", 2, "STRPOS($2, $1)", any},
    Template{"instr", 2, "STRPOS($1, $2)", only},
    Template{"median", 1, "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY $1)", any},
    Template{"listagg", 2, "STRING_AGG(@1::text, $2)", any},
    Template{"truncate", 2, "TRUNC(@1::numeric, $2)", any},
    Template{"total", 1, "COALESCE(SUM($1), 0)", only},
};

// MySQL's JSON_EXTRACT(column, '$.a.b') for plain paths.
std::string json_extract(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2) return {};
  const std::string path = draft.argument(call, 1);
  if (path.size() < 5 || path.substr(0, 3) != "'$." || path.find_first_of("[]\"* ") != std::string::npos)
    return {};
  std::string out = std::string("(") + draft.operand(call, 0);
  const std::vector<std::string> keys = split(std::string_view(path).substr(3, path.size() - 4), '.');
  for (std::size_t i = 0; i < keys.size(); ++i)
    out += (i + 1 == keys.size() ? " ->> '" : " -> '") + keys[i] + "'";
  return out + ")";
}

// GROUP_CONCAT([DISTINCT] x [ORDER BY y] [SEPARATOR 's']), and SQLite's GROUP_CONCAT(x, 's').
std::vector<Edit> group_concat(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (!draft.is(i, "group_concat")) continue;
    const auto call = draft.call(i);
    if (!call || call->arguments.empty() || call->arguments.size() > 2) continue;
    std::size_t first = call->arguments[0].first;
    std::size_t last = call->arguments[0].second;
    const bool distinct = draft.is(first, "distinct");
    if (distinct) ++first;
    std::string separator = call->arguments.size() == 2 ? draft.argument(*call, 1) : "','";
    std::size_t order = last;
    for (std::size_t k = first; k < last; ++k) {
      if (draft.is(k, "order") && draft.is(k + 1, "by") && order == last) order = k;
      if (!draft.is(k, "separator")) continue;
      separator = draft.span(k + 1, last);
      last = k;
      if (order > last) order = last;
    }
    const std::string sorted = order < last ? std::string(" ") + draft.span(order, last) : std::string();
    edits.push_back(
        draft.instead(*call, std::string("STRING_AGG(") + std::string(distinct ? "DISTINCT " : "") +
                                 draft.bracketed(first, order) + "::text, " + separator + sorted + ")"));
  }
  return edits;
}

// CAST(x AS SIGNED), x::datetime: types that PostgreSQL calls otherwise.
std::vector<Edit> cast_type(const Draft& draft) {
  struct Named {
    std::string_view name;
    std::string_view own;
  };
  static constexpr std::array types{
      Named{"signed", "bigint"},      Named{"unsigned", "bigint"},     Named{"int64", "bigint"},
      Named{"float64", "float8"},     Named{"double", "float8"},       Named{"string", "text"},
      Named{"datetime", "timestamp"}, Named{"datetime2", "timestamp"}, Named{"nvarchar", "varchar"}};
  std::vector<Edit> edits;
  for (std::size_t i = 1; i < draft.size(); ++i) {
    const bool colons = draft.mark(i - 1, "::");
    if (!colons && !draft.is(i - 1, "as")) continue;
    for (const Named& type : types) {
      if (!draft.is(i, type.name)) continue;
      std::size_t last = i + 1;
      if (draft.is(last, "integer") || draft.is(last, "precision")) ++last;
      if (draft.is(last - 1, "precision")) continue;  // double precision
      const bool in_cast = draft.mark(last, ")") || draft.mark(last, "(");
      std::size_t open = i;
      for (std::size_t depth = 0; open-- > 0;) {
        if (draft.mark(open, ")")) ++depth;
        if (draft.mark(open, "(") && depth-- == 0) break;
      }
      if (colons || (in_cast && open > 0 && open < i && draft.is(open - 1, "cast")))
        edits.push_back(draft.replace(i, last, std::string(type.own)));
    }
  }
  return edits;
}

}  // namespace

std::vector<MendRule> call_rules() {
  std::vector<MendRule> rules;
  for (const Template& shape : templates) rules.push_back(fills_template(shape));
  rules.push_back(rewrites_calls("json_extract", MendFor::postgres, json_extract));
  rules.push_back({"cast_type", MendFor::postgres, cast_type});
  rules.push_back({"group_concat", MendFor::postgres, group_concat});
  return rules;
}

}  // namespace kpi::sql
