#pragma once

#include <string>
#include <string_view>

// URLs as far as the client needs them. No function here fails or does IO.
namespace kpi::http {

/// `path` under `base`, with exactly one '/' between them; a sub-path and a query of `base` are kept, a
/// fragment is not: join_url("https://h/bi/?v=1", "/api/card?f=all") is "https://h/bi/api/card?f=all&v=1". An
/// empty `path` gives `base` without a '/' at the end of its path.
[[nodiscard]] std::string join_url(std::string_view base, std::string_view path);

/// Host and port as written, in lower case, without user and password: "h.example:3000", "[::1]:80". Empty
/// where `url` has none.
[[nodiscard]] std::string host_of(std::string_view url);

/// True if `url` names this machine: localhost and names under it, 127.0.0.0/8, [::1].
[[nodiscard]] bool is_loopback(std::string_view url);

/// True if `url` is http:// or https:// with a host, and holds neither white space nor control characters.
[[nodiscard]] bool is_http_url(std::string_view url);

/// `text` for one path segment or query value: every byte but letters, digits, '-', '.', '_', '~' as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// `url` fit for a message: scheme, host, port and path; user and password and the fragment left out, a
/// query shown as "?...".
[[nodiscard]] std::string display_url(std::string_view url);

}  // namespace kpi::http
