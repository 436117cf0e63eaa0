#include <kpi/base/hash.hpp>
#include <kpi/stages/measure_columns.hpp>
#include <kpi/stages/result_facts.hpp>
#include <kpi/stages/result_series.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

namespace kpi::stages {
namespace {

constexpr std::size_t telling_rows = 3;
constexpr std::size_t telling_digits = 5;

const Json& cell_of(const std::vector<Json>& row, std::size_t column) {
  static const Json none;
  return column < row.size() ? row[column] : none;
}

ColumnFacts column_facts(const std::vector<std::vector<Json>>& rows, std::size_t column) {
  ColumnFacts facts;
  std::map<std::string, std::size_t> counts;
  double sum = 0;
  double squares = 0;
  std::size_t zeros = 0;
  for (const auto& row : rows) {
    const auto& cell = cell_of(row, column);
    facts.nulls += cell.is_null() ? 1 : 0;
    ++counts[cell.is_null() ? std::string() : dump_json(cell)];
    const auto value = number_in(cell);
    if (!value) continue;
    facts.min = facts.numbers == 0 ? *value : std::min(facts.min, *value);
    facts.max = facts.numbers == 0 ? *value : std::max(facts.max, *value);
    ++facts.numbers;
    zeros += *value == 0 ? 1 : 0;
    sum += *value;
    squares += *value * *value;
  }
  std::size_t most = 0;
  for (const auto& [value, count] : counts) most = std::max(most, count);
  facts.distinct = counts.size() - (facts.nulls > 0 ? 1 : 0);
  const auto all = static_cast<double>(std::max<std::size_t>(rows.size(), 1));
  facts.top_share = static_cast<double>(most) / all;
  facts.zero_share = static_cast<double>(zeros) / all;
  if (facts.numbers > 0) {
    const auto n = static_cast<double>(facts.numbers);
    facts.mean = sum / n;
    facts.deviation = std::sqrt(std::max(0.0, squares / n - facts.mean * facts.mean));
  }
  return facts;
}

/// A cell as text that is the same however the database types it: 3, 3.0 and "3" alike.
std::string canonical(const Json& cell) {
  if (const auto value = number_in(cell)) return fmt::format("{:.9g}", *value);
  if (cell.is_string()) return cell.get<std::string>();
  return dump_json(cell);
}

/// Columns in the order of their contents, so that their order and names do not matter; rows in theirs.
std::string digest_of(const metabase::QueryResult& result) {
  std::vector<std::string> columns(result.columns.size());
  for (const auto& row : result.rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] += canonical(cell_of(row, i)) + '\x1F';
  }
  std::sort(columns.begin(), columns.end());
  std::string all;
  for (const auto& column : columns) all += column + '\x1E';
  return sha256_hex(all);
}

std::size_t significant_digits(double value) {
  const auto text = fmt::format("{:.9g}", std::fabs(value));
  std::size_t digits = 0;
  std::size_t zeros = 0;  // trailing ones are no sign of anything
  for (const char c : text.substr(0, text.find('e'))) {
    if (c < '0' || c > '9' || (digits == 0 && c == '0')) continue;
    ++digits;
    zeros = c == '0' ? zeros + 1 : 0;
  }
  return digits - zeros;
}

bool is_telling(const metabase::QueryResult& result, const ResultFacts& facts) {
  if (facts.rows >= telling_rows) {
    return std::any_of(facts.measures.begin(), facts.measures.end(),
                       [&](std::size_t i) { return facts.columns[i].distinct >= telling_rows; });
  }
  return std::any_of(result.rows.begin(), result.rows.end(), [](const auto& row) {
    return std::any_of(row.begin(), row.end(), [](const Json& cell) {
      const auto value = number_in(cell);
      return value && significant_digits(*value) >= telling_digits;
    });
  });
}

/// Numbers, and times with a month at least: four digits alone may be anything.
bool is_bound(const Json& cell) {
  if (cell.is_number()) return true;
  return cell.is_string() && cell.get_ref<const std::string&>().size() >= 7 && time_in(cell).has_value();
}

/// The lesser and the greater of numbers, or of times in one form.
bool less(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() < b.get<double>();
  return a.is_string() && b.is_string() && a.get_ref<const std::string&>() < b.get_ref<const std::string&>();
}

void add_bounds(model::ResultColumn& column, const metabase::QueryResult& result, std::size_t index) {
  std::optional<Json> min;
  std::optional<Json> max;
  for (const auto& row : result.rows) {
    const auto& cell = cell_of(row, index);
    if (cell.is_null()) continue;
    if (!is_bound(cell)) return;  // text is what rows hold, and no shape
    if (!min || less(cell, *min)) min = cell;
    if (!max || less(*max, cell)) max = cell;
  }
  column.min = std::move(min);
  column.max = std::move(max);
}

/// All columns of numbers but the axis; without the codes among them where others are left.
std::vector<std::size_t> numbers_of(const ResultFacts& facts,
                                    const std::vector<model::ResultColumn>& columns) {
  std::vector<std::size_t> numbers;
  std::vector<std::size_t> figures;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool numeric =
        is_number_type(columns[i].type) ||
        (facts.columns[i].numbers > 0 && facts.columns[i].numbers + facts.columns[i].nulls == facts.rows);
    if (!numeric || facts.axis == i) continue;
    numbers.push_back(i);
    if (!is_code_name(columns[i].name)) figures.push_back(i);
  }
  return figures.empty() ? numbers : figures;
}

}  // namespace

std::optional<double> number_in(const Json& cell) {
  if (cell.is_number()) return cell.get<double>();
  if (!cell.is_string()) return std::nullopt;
  const auto& text = cell.get_ref<const std::string&>();
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return end == text.c_str() || *end != '\0' ? std::nullopt : std::optional(value);
}

ResultFacts facts_of(const model::ResultShape& shape, const metabase::QueryResult& result) {
  ResultFacts facts;
  facts.rows = result.rows.size();
  std::vector<model::ResultColumn> columns;
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    facts.columns.push_back(column_facts(result.rows, i));
    columns.push_back({result.columns[i].name, result.columns[i].type});
  }
  facts.axis = time_axis(result);
  if (!facts.axis && columns.size() > 1 && shape.shape != model::Shape::scalar) facts.axis = 0;
  facts.measures = measure_columns(shape, columns);
  if (facts.measures.empty()) facts.measures = numbers_of(facts, columns);
  facts.digest = digest_of(result);
  facts.telling = !result.truncated && is_telling(result, facts);
  return facts;
}

void describe(model::Execution& execution, const metabase::QueryResult& result, bool bounds) {
  execution.rows = static_cast<std::int64_t>(result.rows.size());
  execution.truncated = result.truncated;
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    auto& column = execution.columns.emplace_back();
    column.name = result.columns[i].name;
    column.type = result.columns[i].type;
    if (result.rows.empty()) continue;
    const auto nulls = std::count_if(result.rows.begin(), result.rows.end(),
                                     [&](const auto& row) { return cell_of(row, i).is_null(); });
    column.null_share =
        std::round(1e4 * static_cast<double>(nulls) / static_cast<double>(result.rows.size())) / 1e4;
    if (bounds) add_bounds(column, result, i);
  }
  const bool scalar = result.rows.size() == 1 && result.columns.size() == 1;
  if (bounds && scalar && is_bound(cell_of(result.rows.front(), 0))) {
    execution.value = cell_of(result.rows.front(), 0);
  }
}

}  // namespace kpi::stages
