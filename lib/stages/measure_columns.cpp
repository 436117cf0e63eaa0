#include <kpi/base/words.hpp>
#include <kpi/stages/measure_columns.hpp>

#include <algorithm>

namespace kpi::stages {
namespace {

/// A change may be negative and above its whole, whatever it is a change of.
bool is_change(const std::vector<std::string>& words) {
  return has_word(words, {"change", "growth", "delta", "difference", "diff", "versus", "vs", "against"});
}

bool names_unit(model::Unit unit, const std::vector<std::string>& words) {
  switch (unit) {
    case model::Unit::percent:
    case model::Unit::ratio:
      return has_word(words, {"percent", "percentage", "pct", "rate", "ratio", "share"});
    case model::Unit::currency:
      return has_word(
          words, {"amount", "revenue", "price", "cost", "total", "value", "sales", "fee", "income", "spend"});
    case model::Unit::count:
      return has_word(words, {"count", "orders", "users", "rows", "number", "total"});
    case model::Unit::duration:
      return has_word(words, {"days", "hours", "minutes", "seconds", "duration"});
    case model::Unit::number:
      break;
  }
  return false;
}

}  // namespace

bool is_number_type(const std::string& type) {
  return type == "type/Integer" || type == "type/BigInteger" || type == "type/Float" ||
         type == "type/Decimal" || type == "type/Number";
}

bool is_code_name(const std::string& name) {
  const auto words = identifier_words(name);
  if (words.empty()) return false;
  if (words.size() == 1 && has_word(words, {"year", "quarter", "month", "week", "weekday", "day", "hour"}))
    return true;
  return has_word({words.back()},
                  {"id", "uuid", "guid", "no", "seq", "key", "pk", "type", "status", "code", "zip"});
}

std::vector<std::size_t> measure_columns(const model::ResultShape& result,
                                         const std::vector<model::ResultColumn>& columns) {
  const bool has_axis =
      (result.shape == model::Shape::series || result.shape == model::Shape::breakdown) && columns.size() > 1;
  std::vector<std::size_t> numeric;
  std::vector<std::size_t> named;
  std::size_t changes = 0;
  const std::size_t first = has_axis ? 1 : 0;
  const bool any_figure = std::any_of(
      columns.begin() + static_cast<std::ptrdiff_t>(std::min(first, columns.size())), columns.end(),
      [](const auto& column) { return is_number_type(column.type) && !is_code_name(column.name); });
  for (std::size_t i = first; i < columns.size(); ++i) {
    const auto words = identifier_words(columns[i].name);
    if (!is_number_type(columns[i].type)) continue;
    if (any_figure && is_code_name(columns[i].name)) continue;
    numeric.push_back(i);
    changes += is_change(words) ? 1 : 0;
    if (!is_change(words) && names_unit(result.unit, words)) named.push_back(i);
  }
  if (!named.empty()) return named;
  return numeric.size() == 1 && changes == 0 ? numeric : std::vector<std::size_t>{};
}

}  // namespace kpi::stages
