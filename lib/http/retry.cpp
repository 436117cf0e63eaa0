#include <kpi/base/text.hpp>
#include <kpi/http/retry.hpp>

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kpi::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_wait = std::chrono::hours{24 * 30};

/// `text` as a number; none where it is anything else.
std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<milliseconds> wait_of(double amount, double milliseconds_each) {
  if (!std::isfinite(amount) || std::signbit(amount)) return std::nullopt;
  const double wait = std::ceil(amount * milliseconds_each);
  if (wait >= static_cast<double>(longest_wait.count())) return longest_wait;
  return milliseconds{static_cast<milliseconds::rep>(wait)};
}

/// curl_getdate() reads far more than HTTP dates: those begin with the name of a day, hold a time, and have a
/// year of four digits at most.
bool looks_like_date(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  int digits = 0;
  for (const char c : text) {
    digits = is_digit(c) ? digits + 1 : 0;
    if (digits > 4) return false;
  }
  return !text.empty() && lower(text.substr(0, 1)) >= "a" && text.find(':') != std::string_view::npos;
}

std::optional<WallTime> http_date(const std::string& text) {
  if (!looks_like_date(text)) return std::nullopt;
  const std::time_t seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return WallTime{std::chrono::seconds{seconds}};
}

}  // namespace

WallTime server_time(const std::vector<Header>& headers, WallTime now) {
  const auto date = std::find_if(headers.begin(), headers.end(),
                                 [](const Header& header) { return lower(header.name) == "date"; });
  if (date == headers.end()) return now;
  return http_date(std::string(trim(date->value))).value_or(now);
}

std::optional<milliseconds> server_wait(const Response& response, WallTime now) {
  if (const std::string* text = response.header("retry-after-ms")) {
    const auto amount = number(trim(*text));
    const auto wait = amount ? wait_of(*amount, 1) : std::nullopt;
    if (wait) return wait;
  }
  const std::string* text = response.header("Retry-After");
  if (text == nullptr) return std::nullopt;
  if (const auto amount = number(trim(*text))) return wait_of(*amount, 1000);
  const auto until = http_date(std::string(trim(*text)));
  if (!until) return std::nullopt;
  return std::clamp<milliseconds>(*until - server_time(response.headers, now), milliseconds{0}, longest_wait);
}

Outcome outcome_of(const Response& response, WallTime now) {
  Outcome outcome;
  outcome.status = response.status;
  outcome.asked_wait = server_wait(response, now);
  if (const std::string* text = response.header("x-should-retry")) {
    const std::string said = lower(trim(*text));
    if (said == "true" || said == "false") outcome.told = said == "true";
  }
  return outcome;
}

bool worth_retry(const Request& request, const Outcome& outcome) {
  if (outcome.hopeless) return false;
  if (outcome.status == 0) {
    return !outcome.sent || request.repeat == Repeat::safe ||
           (request.repeat == Repeat::unanswered && !outcome.begun);
  }
  if (outcome.told == false) return false;
  if (request.repeat == Repeat::never) {
    return (outcome.status == 429 || outcome.status == 503) && outcome.asked_wait.has_value();
  }
  const auto& worth = request.retry_statuses;
  return (outcome.told == true && outcome.status >= 400) ||
         std::find(worth.begin(), worth.end(), outcome.status) != worth.end();
}

milliseconds retry_wait(int tried, double roll, const Outcome& outcome) {
  constexpr double base_ms = 500;
  constexpr double cap_ms = 20'000;
  const double most = std::min(cap_ms, base_ms * std::exp2(std::clamp(tried - 1, 0, 16)));
  const milliseconds jitter{static_cast<milliseconds::rep>(roll * most)};
  return outcome.asked_wait.value_or(milliseconds{0}) + jitter;
}

bool RetryBudget::take() {
  if (tokens_ < price) return false;
  tokens_ -= price;
  return true;
}

void RetryBudget::pay_back(int retries) {
  tokens_ = std::min(full, tokens_ + (retries > 0 ? std::min(retries, full) * price : 1));
}

}  // namespace kpi::http
