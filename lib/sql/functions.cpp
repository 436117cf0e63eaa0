#include "functions.hpp"

#include <algorithm>
#include <array>

namespace kpi::sql {
namespace {

struct Named {
  std::string_view name;
  Type type;
};

// What a call gives whatever its arguments are.
constexpr std::array fixed_results{
    Named{"count", Type::bigint},
    Named{"row_number", Type::bigint},
    Named{"rank", Type::bigint},
    Named{"dense_rank", Type::bigint},
    Named{"ntile", Type::integer},
    Named{"percent_rank", Type::real},
    Named{"cume_dist", Type::real},
    Named{"regr_count", Type::bigint},
    Named{"corr", Type::real},
    Named{"now", Type::timestamptz},
    Named{"clock_timestamp", Type::timestamptz},
    Named{"statement_timestamp", Type::timestamptz},
    Named{"transaction_timestamp", Type::timestamptz},
    Named{"make_date", Type::date},
    Named{"make_timestamp", Type::timestamp},
    Named{"make_timestamptz", Type::timestamptz},
    Named{"make_interval", Type::interval},
    Named{"age", Type::interval},
    Named{"justify_days", Type::interval},
    Named{"justify_hours", Type::interval},
    Named{"justify_interval", Type::interval},
    Named{"to_date", Type::date},
    Named{"to_timestamp", Type::timestamptz},
    Named{"to_number", Type::numeric},
    Named{"date", Type::date},
    Named{"extract", Type::numeric},
    Named{"date_part", Type::real},
    Named{"to_char", Type::text},
    Named{"lower", Type::text},
    Named{"upper", Type::text},
    Named{"initcap", Type::text},
    Named{"concat", Type::text},
    Named{"concat_ws", Type::text},
    Named{"format", Type::text},
    Named{"btrim", Type::text},
    Named{"ltrim", Type::text},
    Named{"rtrim", Type::text},
    Named{"replace", Type::text},
    Named{"split_part", Type::text},
    Named{"string_agg", Type::text},
    Named{"md5", Type::text},
    Named{"regexp_replace", Type::text},
    Named{"translate", Type::text},
    Named{"array_to_string", Type::text},
    Named{"json_extract_path_text", Type::text},
    Named{"jsonb_extract_path_text", Type::text},
    Named{"json_typeof", Type::text},
    Named{"jsonb_typeof", Type::text},
    Named{"length", Type::integer},
    Named{"char_length", Type::integer},
    Named{"octet_length", Type::integer},
    Named{"strpos", Type::integer},
    Named{"position", Type::integer},
    Named{"ascii", Type::integer},
    Named{"array_length", Type::integer},
    Named{"cardinality", Type::integer},
    Named{"json_array_length", Type::integer},
    Named{"jsonb_array_length", Type::integer},
    Named{"width_bucket", Type::integer},
    Named{"bool_and", Type::boolean},
    Named{"bool_or", Type::boolean},
    Named{"every", Type::boolean},
    Named{"isfinite", Type::boolean},
    Named{"starts_with", Type::boolean},
    Named{"to_json", Type::json},
    Named{"to_jsonb", Type::json},
    Named{"json_agg", Type::json},
    Named{"jsonb_agg", Type::json},
    Named{"json_build_object", Type::json},
    Named{"jsonb_build_object", Type::json},
    Named{"json_extract_path", Type::json},
    Named{"jsonb_extract_path", Type::json},
    Named{"row_to_json", Type::json},
    Named{"array_agg", Type::array},
    Named{"string_to_array", Type::array},
    Named{"pi", Type::real},
    Named{"int2", Type::integer},
    Named{"int4", Type::integer},
    Named{"int8", Type::bigint},
    Named{"float4", Type::real},
    Named{"float8", Type::real},
    Named{"numeric", Type::numeric},
    Named{"text", Type::text},
};

template <std::size_t size>
bool has(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 38> aggregates{"array_agg",
                                                      "avg",
                                                      "bit_and",
                                                      "bit_or",
                                                      "bit_xor",
                                                      "bool_and",
                                                      "bool_or",
                                                      "corr",
                                                      "count",
                                                      "covar_pop",
                                                      "covar_samp",
                                                      "every",
                                                      "group_concat",
                                                      "json_agg",
                                                      "json_group_array",
                                                      "json_group_object",
                                                      "json_object_agg",
                                                      "jsonb_agg",
                                                      "jsonb_object_agg",
                                                      "max",
                                                      "min",
                                                      "mode",
                                                      "percentile_cont",
                                                      "percentile_disc",
                                                      "range_agg",
                                                      "regr_count",
                                                      "regr_r2",
                                                      "regr_slope",
                                                      "regr_intercept",
                                                      "stddev",
                                                      "stddev_pop",
                                                      "stddev_samp",
                                                      "string_agg",
                                                      "sum",
                                                      "total",
                                                      "var_pop",
                                                      "var_samp",
                                                      "variance"};
constexpr std::array<std::string_view, 11> window_only{"cume_dist",    "dense_rank", "first_value", "lag",
                                                       "last_value",   "lead",       "nth_value",   "ntile",
                                                       "percent_rank", "rank",       "row_number"};

}  // namespace

Type type_of_call(std::string_view function, const std::vector<Type>& arguments) {
  for (const Named& fixed : fixed_results) {
    if (fixed.name == function) return fixed.type;
  }
  const Type first = arguments.empty() ? Type::unknown : arguments.front();
  if (function == "sum") {
    if (first == Type::integer) return Type::bigint;
    return first == Type::bigint ? Type::numeric : first;
  }
  if (function == "avg" || function == "stddev" || function == "stddev_pop" || function == "stddev_samp" ||
      function == "variance" || function == "var_pop" || function == "var_samp") {
    return is_whole(first) ? Type::numeric : first;
  }
  if (function == "min" || function == "max" || function == "first_value" || function == "last_value" ||
      function == "nth_value" || function == "lag" || function == "lead" || function == "abs" ||
      function == "mod" || function == "percentile_disc" || function == "mode") {
    return first == Type::literal ? Type::text : first;
  }
  if (function == "round" || function == "trunc") {
    if (arguments.size() == 2) return Type::numeric;
    return is_whole(first) ? Type::real : first;
  }
  if (function == "ceil" || function == "ceiling" || function == "floor" || function == "sign" ||
      function == "sqrt" || function == "exp" || function == "ln" || function == "power" ||
      function == "pow") {
    return is_whole(first) ? Type::real : first;
  }
  if (function == "percentile_cont") return Type::unknown;
  if (function == "date_trunc" && arguments.size() >= 2) {
    return arguments[1] == Type::date ? Type::timestamptz : arguments[1];
  }
  if (function == "timezone" && arguments.size() == 2) {
    if (arguments[1] == Type::timestamptz) return Type::timestamp;
    if (arguments[1] == Type::timestamp) return Type::timestamptz;
  }
  if (function == "generate_series") {
    return first == Type::date ? Type::timestamptz : first;
  }
  return Type::unknown;
}

bool is_aggregate(std::string_view function) { return has(aggregates, function); }
bool is_window_only(std::string_view function) { return has(window_only, function); }

}  // namespace kpi::sql
