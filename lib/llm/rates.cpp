#include <kpi/base/text.hpp>
#include <kpi/llm/rates.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace kpi::llm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_span = std::chrono::hours{24 * 30};
constexpr std::size_t most_id_bytes = 100;

using Headers = std::vector<http::Header>;

const std::string* value_of(const Headers& headers, std::string_view name) {
  for (const auto& header : headers) {
    if (lower(header.name) == name) return &header.value;
  }
  return nullptr;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> count_in(const Headers& headers, const std::string& name) {
  const auto* text = value_of(headers, name);
  const auto value = text == nullptr ? std::nullopt : number<std::int64_t>(trim(*text));
  return value && *value >= 0 ? value : std::nullopt;
}

RateLeft openai_rate(const Headers& headers, const std::string& kind) {
  RateLeft left{count_in(headers, "x-ratelimit-limit-" + kind),
                count_in(headers, "x-ratelimit-remaining-" + kind), std::nullopt};
  if (const auto* text = value_of(headers, "x-ratelimit-reset-" + kind)) left.resets_in = span_of(*text);
  return left;
}

RateLeft anthropic_rate(const Headers& headers, const std::string& kind, WallTime now) {
  const auto name = "anthropic-ratelimit-" + kind;
  RateLeft left{count_in(headers, name + "-limit"), count_in(headers, name + "-remaining"), std::nullopt};
  if (const auto* text = value_of(headers, name + "-reset")) {
    if (const auto instant = instant_of(*text))
      left.resets_in = std::clamp(*instant - now, milliseconds{0}, longest_span);
  }
  return left;
}

}  // namespace

std::optional<milliseconds> span_of(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 5> units{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  text = trim(text);
  double total = 0;
  bool any = false;
  while (!text.empty()) {
    const auto digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    const auto amount = number<double>(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto letters = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const auto& one) { return one.first == text.substr(0, letters); });
    if (!amount || unit == units.end()) return std::nullopt;
    total += *amount * unit->second;
    text.remove_prefix(letters);
    any = true;
  }
  if (!any || total > static_cast<double>(longest_span.count())) return std::nullopt;
  return milliseconds{static_cast<milliseconds::rep>(total + 0.999)};
}

std::optional<WallTime> instant_of(std::string_view text) {
  text = trim(text);
  constexpr std::size_t seconds_end = 19;  // "2026-11-21T12:34:56"
  if (text.size() < seconds_end || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t length) { return number<int>(text.substr(at, length)); };
  const auto year = part(0, 4), month = part(5, 2), day = part(8, 2);
  const auto hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  auto instant = std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                 std::chrono::seconds{*second};
  auto rest = text.substr(seconds_end);
  if (!rest.empty() && rest[0] == '.')
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':') {
    const auto hours = number<int>(rest.substr(1, 2)), minutes = number<int>(rest.substr(4, 2));
    if (!hours || !minutes) return std::nullopt;
    const auto offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    instant += rest[0] == '+' ? -offset : offset;
  } else if (rest != "Z" && rest != "z") {
    return std::nullopt;
  }
  return std::chrono::time_point_cast<milliseconds>(instant);
}

RatesLeft rates_left(const Headers& headers, WallTime now) {
  RatesLeft left{openai_rate(headers, "requests"), openai_rate(headers, "tokens")};
  if (!left.requests.remaining) left.requests = anthropic_rate(headers, "requests", now);
  if (!left.tokens.remaining) left.tokens = anthropic_rate(headers, "tokens", now);
  if (!left.tokens.remaining) left.tokens = anthropic_rate(headers, "input-tokens", now);
  return left;
}

std::string request_id(const Headers& headers) {
  for (const char* name : {"x-request-id", "request-id"}) {
    if (const auto* text = value_of(headers, name)) return shorten(single_line(*text), most_id_bytes);
  }
  return {};
}

}  // namespace kpi::llm
