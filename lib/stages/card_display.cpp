#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/stages/card_display.hpp>
#include <kpi/stages/measure_columns.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace kpi::stages {
namespace {

using Columns = std::vector<model::ResultColumn>;

/// Metabase keys a column's settings by the JSON text of its reference.
std::string column_key(const std::string& column) { return dump_json(Json::array({"name", column})); }

bool is_chart(std::string_view display) {
  static constexpr std::array<std::string_view, 5> charts{"line", "bar", "area", "row", "combo"};
  return std::find(charts.begin(), charts.end(), display) != charts.end();
}

/// Text that looks like a time is none to Metabase.
bool is_time_type(std::string_view type) { return type.starts_with("type/Date") || type == "type/Instant"; }

const model::Execution* run_of(const model::Kpi& kpi) {
  const bool ran = kpi.validation && kpi.validation->execution &&
                   kpi.validation->execution->status == model::RunStatus::ok &&
                   !kpi.validation->execution->columns.empty();
  return ran ? &*kpi.validation->execution : nullptr;
}

/// "Current balance", "Orders this month": one number, although the months before are there too.
bool latest_is_the_point(const model::Kpi& kpi) {
  const auto words = identifier_words(kpi.name);
  if (has_word(words, {"latest", "current", "newest"})) return true;
  const auto at = std::find(words.begin(), words.end(), "this");
  return at != words.end() && at + 1 != words.end() &&
         has_word({*(at + 1)}, {"day", "week", "month", "quarter", "year"});
}

/// True if the statement orders its rows, and not from the last to the first.
bool rises(const std::string& sql) {
  const auto words = identifier_words(lower(sql));
  static constexpr std::array<std::string_view, 2> clause{"order", "by"};
  const auto ordered = std::find_end(words.begin(), words.end(), clause.begin(), clause.end());
  return ordered != words.end() && std::find(ordered, words.end(), "desc") == words.end();
}

bool suits_trend(const model::Kpi& kpi, const model::Execution& run) {
  return run.rows >= 2 && run.columns.size() >= 2 && is_time_type(run.columns.front().type) &&
         std::all_of(run.columns.begin() + 1, run.columns.end(),
                     [](const auto& column) { return is_number_type(column.type); }) &&
         rises(kpi.sql);
}

/// What the KPI measures; of columns whose names do not say, all numbers but the axis.
std::vector<std::string> metrics_of(const model::Kpi& kpi, const Columns& columns) {
  std::vector<std::string> metrics;
  for (const auto i : measure_columns(kpi.result, columns)) metrics.push_back(columns[i].name);
  if (!metrics.empty()) return metrics;
  for (std::size_t i = columns.size() > 1 ? 1 : 0; i < columns.size(); ++i) {
    if (is_number_type(columns[i].type)) metrics.push_back(columns[i].name);
  }
  return metrics;
}

/// The axis, and what the lines or parts of bars are told apart by where the second column is no figure.
std::vector<std::string> dimensions_of(const Columns& columns) {
  std::vector<std::string> dimensions{columns.front().name};
  if (columns.size() > 2 && (!is_number_type(columns[1].type) || is_code_name(columns[1].name)))
    dimensions.push_back(columns[1].name);
  return dimensions;
}

void draw(Json& settings, const model::Kpi& kpi, const std::string& display, const Columns& columns) {
  auto metrics = metrics_of(kpi, columns);
  if (metrics.empty()) return;
  if ((display == "scalar" && columns.size() > 1) || display == "smartscalar") {
    settings["scalar.field"] = metrics.front();
  } else if (display == "pie" && columns.size() > 1) {
    settings["pie.dimension"] = columns.front().name;
    settings["pie.metric"] = metrics.front();
  } else if (is_chart(display) && columns.size() > 1) {
    const auto dimensions = dimensions_of(columns);
    if (dimensions.size() > 1) metrics.resize(1);  // Metabase draws one number by two dimensions
    const bool adds = kpi.result.unit == model::Unit::count || kpi.result.unit == model::Unit::currency;
    if (dimensions.size() > 1 && adds && (display == "bar" || display == "area"))
      settings["stackable.stack_type"] = "stacked";
    settings["graph.dimensions"] = dimensions;
    settings["graph.metrics"] = metrics;
  }
}

/// A currency that stands in the column's name: "amount_krw".
std::optional<std::string> currency_in(const std::string& column) {
  static constexpr std::array<std::string_view, 24> codes{
      "usd", "eur", "gbp", "jpy", "krw", "cny", "inr", "vnd", "thb", "idr", "sgd", "hkd",
      "twd", "aud", "cad", "nzd", "chf", "sek", "nok", "dkk", "pln", "brl", "mxn", "zar"};
  for (const auto& word : identifier_words(column)) {
    if (std::find(codes.begin(), codes.end(), word) == codes.end()) continue;
    std::string code;
    for (const char c : word) code += static_cast<char>(c - 'a' + 'A');
    return code;
  }
  return std::nullopt;
}

/// Digits after the point of money. Source: ISO 4217, minor units.
int digits_of(std::string_view currency) {
  static constexpr std::array<std::string_view, 6> whole{"JPY", "KRW", "VND", "CLP", "ISK", "XAF"};
  return std::find(whole.begin(), whole.end(), currency) == whole.end() ? 2 : 0;
}

Json money(const std::string& currency, bool in_hundredths) {
  Json format = {{"decimals", currency.empty() ? 2 : digits_of(currency)}};
  if (!currency.empty()) {
    format["number_style"] = "currency";
    format["currency"] = currency;
    format["currency_style"] = "symbol";
  }
  if (in_hundredths) format["scale"] = 0.01;
  return format;
}

/// The unit that a duration's column names: what is counted in days reads "12 days".
Json duration(const std::string& column) {
  const auto words = identifier_words(column);
  for (const std::string_view unit : {"days", "hours", "minutes", "seconds", "weeks", "months", "years"}) {
    if (std::find(words.begin(), words.end(), unit) != words.end())
      return {{"suffix", " " + std::string(unit)}};
  }
  return Json::object();
}

/// Of values in 0..100: Metabase's own percent style would multiply by 100.
Json percentage() { return {{"suffix", "%"}, {"decimals", 1}}; }

/// How the numbers of a KPI's columns are written.
class Formats {
public:
  Formats(const model::Kpi& kpi, const Columns& columns, const std::string& currency)
      : kpi_(kpi),
        columns_(columns),
        measures_(measure_columns(kpi.result, columns)),
        currency_(currency) {}

  [[nodiscard]] Json all() const {
    Json formats = Json::object();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!is_number_type(columns_[i].type)) continue;
      if (Json format = of(i); !format.empty()) formats[column_key(columns_[i].name)] = std::move(format);
    }
    return formats;
  }

private:
  [[nodiscard]] Json of(std::size_t i) const {
    const auto& name = columns_[i].name;
    if (std::find(measures_.begin(), measures_.end(), i) == measures_.end()) {
      const bool percent = has_word(identifier_words(name), {"percent", "percentage", "pct"});
      return percent ? percentage() : Json::object();
    }
    switch (kpi_.result.unit) {
      case model::Unit::percent:
        return percentage();
      case model::Unit::ratio:
        return {{"number_style", "percent"}, {"decimals", 1}};
      case model::Unit::currency:
        return money_in(name);
      case model::Unit::duration:
        return duration(name);
      default:
        return Json::object();
    }
  }

  [[nodiscard]] Json money_in(const std::string& column) const {
    const auto& findings = kpi_.validation->findings;
    const bool in_hundredths = std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
      return finding.code == "lint.minor_units";
    });
    if (in_hundredths && measures_.size() > 1) return Json::object();
    const bool mixed = std::any_of(columns_.begin(), columns_.end(), [](const auto& one) {
      return !is_number_type(one.type) && has_word(identifier_words(one.name), {"currency", "currencies"});
    });
    return money(mixed ? "" : currency_in(column).value_or(currency_), in_hundredths);
  }

  const model::Kpi& kpi_;
  const Columns& columns_;
  std::vector<std::size_t> measures_;
  const std::string& currency_;
};

}  // namespace

std::string display_of(const model::Kpi& kpi) {
  std::string wanted = kpi.result.display.empty() ? "table" : kpi.result.display;
  const bool trend = wanted == "trend" || wanted == "smartscalar";
  const auto* run = run_of(kpi);
  if (run == nullptr) return trend ? "line" : wanted;
  if ((trend || (wanted == "line" && latest_is_the_point(kpi))) && suits_trend(kpi, *run))
    return "smartscalar";
  if (trend) wanted = run->columns.size() > 1 ? "line" : "scalar";
  if (wanted == "scalar") return run->rows > 1 ? "table" : wanted;
  if (!is_chart(wanted) && wanted != "pie") return wanted;
  const bool drawn = run->columns.size() > 1 && !metrics_of(kpi, run->columns).empty();
  if (drawn) return wanted;
  return run->columns.size() == 1 && run->rows == 1 ? "scalar" : "table";
}

Json settings_of(const model::Kpi& kpi, const std::string& display, const std::string& currency) {
  Json settings = Json::object();
  const auto* run = run_of(kpi);
  if (run == nullptr) return settings;
  draw(settings, kpi, display, run->columns);
  if (Json formats = Formats(kpi, run->columns, currency).all(); !formats.empty())
    settings["column_settings"] = std::move(formats);
  return settings;
}

}  // namespace kpi::stages
