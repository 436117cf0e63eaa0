#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/model/measures.hpp>

#include <algorithm>

namespace kpi::model {
namespace {

constexpr std::int64_t most_code_values = 12;  ///< a whole-number column with more is no code
constexpr int hundredths = 100;

/// What an hour, a night, a person's work costs is money; so much of a whole is percent; a pulse is neither.
std::string unit_of_rate(const std::vector<std::string>& words) {
  if (has_word(words, {"percent", "pct", "interest", "growth", "tax", "commission", "discount"}))
    return "percent";
  if (has_word(words,
               {"hourly", "daily", "weekly", "monthly", "yearly", "annual", "nightly", "hour", "day", "night",
                "billing", "bill", "pay", "wage", "labor", "labour", "room", "rental", "freight"}))
    return "currency";
  if (has_word(words, {"exchange", "fx", "heart", "frame", "bit", "sample", "sampling", "refresh", "flow"}))
    return "number";
  return "percent";
}

/// Money in hundredths: by the domain's globs or by the comment.
bool is_minor(const Field& field, const Domain& domain, std::string_view note) {
  if (!is_integer(field)) return false;
  const auto& globs = domain.minor_unit_columns;
  const std::string_view last = field.path.empty() ? field.name : field.path.back();
  return std::any_of(
             globs.begin(), globs.end(),
             [&](const auto& glob) { return glob_match(glob, field.name) || glob_match(glob, last); }) ||
         note.find(" cents") != std::string_view::npos || note.find("minor unit") != std::string_view::npos;
}

/// Percent; a ratio where no value is above 1: 0.15 is no 0.15%.
std::string part_of_whole(const Field& field) {
  const bool up_to_one = !is_integer(field) && field.stats && field.stats->max && *field.stats->max <= 1;
  return up_to_one ? "ratio" : "percent";
}

/// The total of a bill; one of whole numbers may count what is on it, but for a sub-total.
bool is_total_of_money(const Table& table, const Field& field, const std::vector<std::string>& words) {
  if (words.empty() || words.back() != "total") return false;
  if (has_word(words, {"sub", "grand"})) return true;
  if (is_integer(field)) return false;
  return has_word(
      identifier_words(table.name),
      {"invoice",  "invoices",  "order",   "orders",   "sale",     "sales",   "payment", "payments",
       "purchase", "purchases", "receipt", "receipts", "bill",     "bills",   "billing", "quote",
       "quotes",   "quotation", "cart",    "carts",    "checkout", "expense", "expenses"});
}

std::string unit_of(const Table& table, const Field& field, const Domain& domain,
                    const std::vector<std::string>& words) {
  const auto semantic = bare_semantic(field);
  const auto note = lower(field.description);
  if (has_word(words, {"bp", "bps"}) || note.find("basis point") != std::string::npos) return "basis_points";
  if (is_minor(field, domain, note)) return "currency_minor";
  if (!words.empty() && has_word({words.back()}, {"cnt", "count", "qty", "quantity"})) return "count";
  if (has_word(words, {"rate"})) {
    auto unit = unit_of_rate(words);
    return unit == "percent" ? part_of_whole(field) : unit;
  }
  if (has_word(words, {"ratio", "percent", "percentage", "pct", "share"})) return part_of_whole(field);
  if (has_word(words, {"duration", "seconds", "minutes", "hours", "days", "milliseconds", "ms", "elapsed"}) ||
      (!words.empty() && has_word({words.back()}, {"second", "sec", "minute", "millisecond"}))) {
    return "duration";
  }
  if (is_total_of_money(table, field, words)) return "currency";
  const bool worth = has_word(words, {"value"}) && has_word(words, {"stock", "inventory", "order", "deal",
                                                                    "asset", "contract", "cart", "basket"});
  if (worth || semantic == "Currency" || semantic == "Income" || semantic == "Price" || semantic == "Cost" ||
      semantic == "Discount" || semantic == "GrossMargin" ||
      has_word(words,
               {"amount", "price", "cost", "fee", "revenue", "payment", "payout", "subtotal", "discount",
                "commission", "tax", "balance", "salary", "deposit", "refund", "minor", "cents", "budget"})) {
    return "currency";
  }
  if (has_word(words, {"qty", "quantity", "cnt", "count", "units", "moq", "stock"})) return "count";
  return "number";
}

bool is_measure(const Table& table, const Field& field) {
  if (!is_number(field) || field.pii || is_key(table, field)) return false;
  if (is_code(field)) return false;
  const auto words = identifier_words(field.name);
  const auto semantic = bare_semantic(field);
  if (semantic == "Latitude" || semantic == "Longitude" || semantic == "ZipCode") return false;
  if (mixes_units(table, field)) return false;
  // created_by: somebody's key
  if (has_word({words.empty() ? "" : words.back()}, {"by", "to"})) return false;
  return !has_word(words,
                   {"id", "year", "month", "week", "latitude", "longitude", "lat", "lng", "lon", "sort",
                    "order", "position", "seq", "sequence", "version", "no", "index", "zip", "zipcode"}) ||
         has_word(words, {"amount", "total", "price", "cost", "qty", "quantity", "count", "cnt"});
}

/// Adding these up over rows gives nothing that anybody asks for: what is one thing's own, or a figure of
/// figures.
bool is_of_one_row(const std::vector<std::string>& words) {
  if (has_word(words, {"total", "subtotal", "sum", "cumulative"})) return false;
  return has_word(words, {"price",       "score",       "rating",   "age",       "rank",      "weight",
                          "temperature", "depth",       "width",    "height",    "length",    "thickness",
                          "diameter",    "radius",      "angle",    "tolerance", "pressure",  "humidity",
                          "voltage",     "speed",       "priority", "grade",     "level",     "satisfaction",
                          "nps",         "csat",        "stars",    "rate",      "hourly",    "unit",
                          "avg",         "average",     "mean",     "median",    "min",       "minimum",
                          "moq",         "max",         "maximum",  "limit",     "threshold", "factor",
                          "multiplier",  "coefficient", "um",       "mm",        "nm",        "hz",
                          "rpm",         "dpi"});
}

Measure measure_of(const Table& table, const Field& field, const Domain& domain) {
  const auto words = identifier_words(field.name);
  const std::string unit = unit_of(table, field, domain, words);
  const bool per_row = unit == "percent" || unit == "ratio" || unit == "basis_points" || unit == "duration" ||
                       bare_semantic(field) == "Score" || is_of_one_row(words);
  if (per_row) return {field.name, {"avg", "median", "min", "max"}, unit};
  return {field.name, {"sum", "avg", "median", "max"}, unit};
}

}  // namespace

StoredUnit stored_unit(std::string_view unit) {
  if (unit == "currency_minor") return {"currency", hundredths};
  if (unit == "basis_points") return {"percent", hundredths};
  return {unit, 1};
}

bool is_key(const Table& table, const Field& field) {
  const auto& primary = table.primary_key;
  return field.references || std::find(primary.begin(), primary.end(), field.name) != primary.end() ||
         bare_semantic(field) == "PK" || bare_semantic(field) == "FK";
}

bool is_code(const Field& field) {
  if (!is_integer(field)) return false;
  const auto words = identifier_words(field.name);
  if (has_word(words, {"status", "state", "type", "code", "level", "grade", "kind", "category", "step",
                       "stage", "flag"})) {
    return true;
  }
  const bool few = field.stats && field.stats->distinct && *field.stats->distinct <= most_code_values;
  return few && (field.values || bare_semantic(field) == "Category" || bare_semantic(field) == "Enum") &&
         !has_word(words, {"amount", "total", "price", "cost", "qty", "quantity", "cnt", "count", "score",
                           "rating", "rate", "days", "hours"});
}

bool mixes_units(const Table& table, const Field& field) {
  const auto says_percent = [](const Field& one) {
    const auto note = lower(one.description);
    if (note.find("percent") != std::string::npos || note.find('%') != std::string::npos) return true;
    return one.values && std::any_of(one.values->begin(), one.values->end(), [](const Json& value) {
             return value.is_string() && lower(value.get<std::string>()).find("percent") != std::string::npos;
           });
  };
  if (says_percent(field) && lower(field.description).find("cents") != std::string::npos) return true;
  auto words = identifier_words(field.name);
  if (words.size() < 2 || words.back() != "value") return false;
  words.pop_back();
  return std::any_of(table.fields.begin(), table.fields.end(), [&](const Field& other) {
    auto kind = identifier_words(other.name);
    if (kind.empty() || !has_word({kind.back()}, {"type", "kind", "unit", "method"})) return false;
    kind.pop_back();
    return kind == words && (has_word(words, {"discount"}) || says_percent(other));
  });
}

std::vector<Measure> find_measures(const Table& table, const Domain& domain) {
  std::vector<Measure> found;
  for (const auto& field : table.fields) {
    if (is_measure(table, field)) found.push_back(measure_of(table, field, domain));
  }
  return found;
}

}  // namespace kpi::model
