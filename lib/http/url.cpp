#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>

#include <algorithm>
#include <charconv>

namespace kpi::http {
namespace {

/// A URL cut at its marks; views into the text it was cut from.
struct Parts {
  std::string_view scheme;  ///< without "://"; empty where there is none
  std::string_view host;    ///< with the port, without user and password
  std::string_view path;    ///< from the first '/'
  std::string_view query;   ///< without '?'
  bool has_query = false;
};

Parts cut(std::string_view url) {
  Parts parts;
  url = url.substr(0, url.find('#'));
  const auto mark = url.find('?');
  if (mark != std::string_view::npos) {
    parts.query = url.substr(mark + 1);
    parts.has_query = true;
    url = url.substr(0, mark);
  }
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    parts.path = url;
    return parts;
  }
  parts.scheme = url.substr(0, scheme);
  url.remove_prefix(scheme + 3);
  const auto end = std::min(url.find_first_of("/\\"), url.size());
  std::string_view authority = url.substr(0, end);
  parts.path = url.substr(end);
  const auto user = authority.rfind('@');
  parts.host = user == std::string_view::npos ? authority : authority.substr(user + 1);
  return parts;
}

/// `host` without its port, lower case.
std::string name_of(std::string_view host) {
  if (host.starts_with('[')) return lower(host.substr(0, std::min(host.find(']'), host.size() - 1) + 1));
  return lower(host.substr(0, host.find(':')));
}

/// True for four decimal numbers of 0..255, the first of which is 127.
bool is_loopback_quad(const std::string& name) {
  const auto numbers = split(name, '.');
  if (numbers.size() != 4 || numbers[0] != "127") return false;
  return std::all_of(numbers.begin(), numbers.end(), [](const std::string& text) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 255;
  });
}

bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string join_url(std::string_view base, std::string_view path) {
  base = base.substr(0, base.find('#'));
  const auto mark = base.find('?');
  const std::string_view query = mark == std::string_view::npos ? "" : base.substr(mark + 1);
  base = base.substr(0, mark);
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  std::string url(base);
  if (!path.empty() && !path.starts_with('?')) url += '/';
  url += path;
  if (!query.empty()) {
    url += path.find('?') == std::string_view::npos ? '?' : '&';
    url += query;
  }
  return url;
}

std::string host_of(std::string_view url) { return lower(cut(url).host); }

bool is_loopback(std::string_view url) {
  const std::string name = name_of(cut(url).host);
  return name == "localhost" || name.ends_with(".localhost") || name == "[::1]" || is_loopback_quad(name);
}

bool is_http_url(std::string_view url) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
  if (std::any_of(url.begin(), url.end(), is_blank)) return false;
  const Parts parts = cut(url);
  const std::string scheme = lower(parts.scheme);
  return (scheme == "http" || scheme == "https") && !name_of(parts.host).empty();
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte)) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 0xFU];
    }
  }
  return out;
}

std::string display_url(std::string_view url) {
  constexpr std::size_t longest = 200;
  const Parts parts = cut(url);
  std::string out;
  if (!parts.scheme.empty()) out = lower(parts.scheme) + "://" + lower(parts.host);
  out += parts.path;
  if (parts.has_query) out += "?...";
  return shorten(single_line(out), longest);
}

}  // namespace kpi::http
