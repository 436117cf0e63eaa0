#include <kpi/base/text.hpp>
#include <kpi/config/checks.hpp>
#include <kpi/config/number.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace kpi::config {
namespace {

constexpr std::string_view mask = "********";

bool starts_with(std::string_view text, std::string_view prefix) {
  return lower(text.substr(0, prefix.size())) == prefix;
}

/// The part of a URL between "://" and the next '/', '?' or '#': [user[:password]@]host[:port].
struct Authority {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Authority authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  // A password may hold '/' or '?' unescaped, though it should not: the last '@' decides, so that it is
  // masked.
  const auto begin = scheme + 3;
  auto end = url.find_first_of("/?#", begin);
  if (end == std::string_view::npos) end = url.size();
  const auto at = url.rfind('@');
  if (at != std::string_view::npos && at > end &&
      url.substr(begin, end - begin).find(':') != std::string_view::npos) {
    end = at + 1;
  }
  return {begin, end};
}

}  // namespace

std::string check_tenant(std::string_view text) {
  constexpr std::string_view right =
      "must be 1 to 64 letters, digits, '-', '_' or '.', and begin with a letter or digit";
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool good = !text.empty() && text.size() <= 64 && is_word(text.front()) &&
                    std::all_of(text.begin(), text.end(),
                                [&](char c) { return is_word(c) || c == '-' || c == '_' || c == '.'; });
  return good ? std::string() : std::string(right);
}

std::string check_http_url(std::string_view text) {
  if (!starts_with(text, "http://") && !starts_with(text, "https://"))
    return "must begin with http:// or https://";
  const auto [begin, end] = authority_of(text);
  const auto authority = text.substr(begin, end - begin);
  if (authority.find('@') != std::string_view::npos) {
    return "must not hold a name and password: it is shown in reports";
  }
  if (authority.empty() || authority.front() == ':') return "must name a host";
  return text.find(' ') == std::string_view::npos ? "" : "must not hold a space";
}

std::string check_database_url(std::string_view text) {
  if (starts_with(text, "sqlite:") && text.size() > 7) return "";
  if (starts_with(text, "postgres://") || starts_with(text, "postgresql://")) return "";
  return "must be sqlite:FILE or postgres://HOST/DATABASE";
}

std::string check_day(std::string_view text) {
  constexpr const char* right = "must be a day, YYYY-MM-DD";
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return right;
  const auto year = whole_number(text.substr(0, 4));
  const auto month = whole_number(text.substr(5, 2));
  const auto day = whole_number(text.substr(8, 2));
  if (!year || !month || !day || *year < 1 || *month < 1 || *day < 1) return right;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? "" : right;
}

std::string check_collection(std::string_view text) {
  for (const auto& part : split(text, '/')) {
    if (trim(part).empty()) return "must be names separated by single slashes: KPIs/Sales";
    if (part.size() > 254) return "must have at most 254 bytes between two slashes";
  }
  return "";
}

std::string check_plain(std::string_view text) {
  if (!is_utf8(text)) return "must be UTF-8 text";
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20U && static_cast<unsigned char>(c) != 0x7FU;
  });
  return plain ? "" : "must be one line without control characters";
}

std::string mask_url_password(std::string_view text) {
  std::string shown(text);
  if (const auto [begin, end] = authority_of(text); end != 0) {
    const auto authority = text.substr(begin, end - begin);
    const auto at = authority.rfind('@');
    const auto colon = authority.find(':');
    if (at != std::string_view::npos && colon < at) {
      shown.replace(begin + colon + 1, at - colon - 1, mask);
    }
  }
  const auto query = shown.find('?');
  if (query == std::string::npos) return shown;
  auto parameters = split(std::string_view(shown).substr(query + 1), '&');
  for (auto& parameter : parameters) {
    const auto name = lower(parameter.substr(0, parameter.find('=')));
    if (name == "password" || name == "sslpassword") parameter = name + "=" + std::string(mask);
  }
  return shown.substr(0, query + 1) + join(parameters, "&");
}

}  // namespace kpi::config
