#include "sqlite_foreign.hpp"

#include <array>

namespace kpi::sql {
namespace {

/// One or two tokens, and what they tell.
struct Foreign {
  std::string_view first;
  std::string_view second;  ///< empty: any
  std::string_view advice;
};

// What has no certain equal; what has one is mended before it comes here.
constexpr std::array table{
    Foreign{
        "within", "group",
        "SQLite has no percentile_cont() or other WITHIN GROUP aggregates; number the rows with ROW_NUMBER() "
        "and take the middle"},
    Foreign{"distinct", "on",
            "SQLite has no DISTINCT ON; keep the rows where ROW_NUMBER() OVER (PARTITION BY ...) is 1"},
    Foreign{"generate_series", "(", "SQLite has no generate_series(); count up in WITH RECURSIVE"},
    Foreign{"lateral", "", "SQLite has no LATERAL; use a subquery in the SELECT list"},
    Foreign{"rollup", "(", "SQLite has no ROLLUP; UNION ALL the totals"},
    Foreign{"cube", "(", "SQLite has no CUBE; UNION ALL the totals"},
    Foreign{"grouping", "sets", "SQLite has no GROUPING SETS; UNION ALL the totals"},
    Foreign{"stddev", "(", "SQLite has no stddev(); take the root of avg(x * x) - avg(x) * avg(x)"},
    Foreign{"stddev_samp", "(", "SQLite has no stddev_samp()"},
    Foreign{"stddev_pop", "(", "SQLite has no stddev_pop(); take the root of avg(x * x) - avg(x) * avg(x)"},
    Foreign{"variance", "(", "SQLite has no variance()"},
    Foreign{"corr", "(", "SQLite has no corr()"},
    Foreign{"array_agg", "(", "SQLite has no arrays; use group_concat() or json_group_array()"},
    Foreign{"age", "(", "SQLite has no age(); use julianday(a) - julianday(b)"},
    Foreign{"to_char", "(", "SQLite has no to_char(); use strftime()"},
    Foreign{"interval", "", "SQLite has no INTERVAL; write date(x, '-30 days')"},
    Foreign{"extract", "(", "SQLite has no EXTRACT; use strftime()"},
    Foreign{"::", "", "SQLite has no ::type; write CAST(x AS type)"},
};

bool is(std::string_view statement, const Token& token, std::string_view text) {
  return is_word(statement, token, text) || is_mark(statement, token, text);
}

}  // namespace

std::string_view foreign_to_sqlite(std::string_view statement, const std::vector<Token>& tokens) {
  for (const Foreign& row : table) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (!is(statement, tokens[i], row.first)) continue;
      if (row.second.empty() || (i + 1 < tokens.size() && is(statement, tokens[i + 1], row.second)))
        return row.advice;
    }
  }
  return {};
}

}  // namespace kpi::sql
