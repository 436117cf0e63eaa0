#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/fingerprint.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace kpi::sandbox {
namespace {

// Metabase knows the states of the United States by name and by letters.
constexpr std::string_view state_letters =
    " al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc "
    "nd oh ok or pa ri "
    "sc sd tn tx ut vt va wa wv wi wy ";
constexpr std::array state_names{
    "alabama",     "alaska",       "arizona",        "arkansas",       "california",    "colorado",
    "connecticut", "delaware",     "florida",        "georgia",        "hawaii",        "idaho",
    "illinois",    "indiana",      "iowa",           "kansas",         "kentucky",      "louisiana",
    "maine",       "maryland",     "massachusetts",  "michigan",       "minnesota",     "mississippi",
    "missouri",    "montana",      "nebraska",       "nevada",         "new hampshire", "new jersey",
    "new mexico",  "new york",     "north carolina", "north dakota",   "ohio",          "oklahoma",
    "oregon",      "pennsylvania", "rhode island",   "south carolina", "south dakota",  "tennessee",
    "texas",       "utah",         "vermont",        "virginia",       "washington",    "west virginia",
    "wisconsin",   "wyoming"};

bool is_state(const std::string& text) {
  if (text.size() < 2 || text.size() > 14) return false;
  const auto key = lower(text);
  if (key.size() == 2) return state_letters.find(' ' + key + ' ') != std::string_view::npos;
  return std::find(state_names.begin(), state_names.end(), key) != state_names.end();
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos)
    return false;
  const auto dot = text.rfind('.');
  return dot != std::string_view::npos && dot > at + 1 && dot + 2 < text.size() &&
         text.find_first_of(" \t\n<>,;") == std::string_view::npos;
}

bool is_url(std::string_view text) {
  const auto rest = text.starts_with("http://") ? 7U : text.starts_with("https://") ? 8U : 0U;
  return rest > 0 && text.size() > rest && text.find_first_of(" \t\n") == std::string_view::npos;
}

bool is_json(std::string_view text) {
  const auto body = trim(text);
  if (body.size() < 2 || (body.front() != '{' && body.front() != '[')) return false;
  return parse_json(body, "cell").has_value();
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// The value at `part` (0..1) of sorted numbers, between neighbours in proportion.
double quantile(const std::vector<double>& sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

}  // namespace

Fingerprint::Fingerprint(std::string base_type) : base_type_(std::move(base_type)) {}

void Fingerprint::add(const Json& cell) {
  ++rows_;
  if (cell.is_null()) {
    ++nulls_;
    return;
  }
  seen_.insert(std::hash<Json>{}(cell));
  if (is_number(base_type_)) {
    if (cell.is_number()) numbers_.push_back(cell.get<double>());
  } else if (is_text(base_type_)) {
    if (cell.is_string()) add_text(cell.get_ref<const std::string&>());
  } else if (is_temporal(base_type_) && cell.is_string()) {
    const auto& text = cell.get_ref<const std::string&>();
    if (has_date(base_type_) && iso_from_database(text).empty()) return;  // not a date at all
    const auto shown = base_type_ == "type/Date" ? text.substr(0, 10) : text;
    if (earliest_.empty() || shown < earliest_) earliest_ = shown;
    if (latest_.empty() || shown > latest_) latest_ = shown;
  }
}

void Fingerprint::add_text(const std::string& text) {
  ++texts_;
  characters_ += count_characters(text);
  json_ += is_json(text) ? 1 : 0;
  url_ += is_url(text) ? 1 : 0;
  email_ += is_email(text) ? 1 : 0;
  state_ += is_state(text) ? 1 : 0;
}

double Fingerprint::share(std::size_t count) const {
  return rows_ == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(rows_);
}

Json Fingerprint::numbers() const {
  auto sorted = numbers_;
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<double>(sorted.size());
  const double mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / count;
  const double squares = std::accumulate(sorted.begin(), sorted.end(), 0.0,
                                         [&](double sum, double x) { return sum + (x - mean) * (x - mean); });
  const Json deviation = sorted.size() < 2 ? Json() : Json(std::sqrt(squares / (count - 1)));
  return {{"min", sorted.front()},
          {"q1", quantile(sorted, 0.25)},
          {"q3", quantile(sorted, 0.75)},
          {"max", sorted.back()},
          {"sd", deviation},
          {"avg", mean}};
}

Json Fingerprint::texts() const {
  return {
      {"percent-json", share(json_)},
      {"percent-url", share(url_)},
      {"percent-email", share(email_)},
      {"percent-state", share(state_)},
      {"average-length", texts_ == 0 ? 0.0 : static_cast<double>(characters_) / static_cast<double>(texts_)}};
}

Json Fingerprint::json() const {
  Json json{{"global", {{"distinct-count", seen_.size()}, {"nil%", share(nulls_)}}}};
  if (!numbers_.empty()) {
    json["type"] = {{"type/Number", numbers()}};
  } else if (is_text(base_type_)) {
    json["type"] = {{"type/Text", texts()}};
  } else if (!earliest_.empty()) {
    json["type"] = {{"type/DateTime", {{"earliest", earliest_}, {"latest", latest_}}}};
  }
  return json;
}

std::string Fingerprint::shown_type() const {
  if (texts_ == 0) return {};
  const auto most = [&](std::size_t count, double of) {
    return static_cast<double>(count) >= of * static_cast<double>(texts_);
  };
  if (most(json_, 0.95)) return "type/SerializedJSON";
  if (most(url_, 0.95)) return "type/URL";
  if (most(email_, 0.95)) return "type/Email";
  if (most(state_, 0.7)) return "type/State";
  return {};
}

}  // namespace kpi::sandbox
