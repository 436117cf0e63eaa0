#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// What the settings' values must look like. Each returns what would be right ("must be ..."), or "" when all
// is well, and never repeats a value: the caller knows whether it may be shown.
namespace kpi::config {

/// A tenant's name stands in card markers ("kpi:TENANT:ID:HASH") and in file names.
[[nodiscard]] std::string check_tenant(std::string_view text);

/// An http or https address with a host, and without a name and password in it: it is shown in reports.
[[nodiscard]] std::string check_http_url(std::string_view text);

/// "sqlite:FILE", "postgres://..." or "postgresql://...".
[[nodiscard]] std::string check_database_url(std::string_view text);

/// A day as YYYY-MM-DD.
[[nodiscard]] std::string check_day(std::string_view text);

/// "A/B/C": no empty part, at most 254 bytes each.
[[nodiscard]] std::string check_collection(std::string_view text);

/// No control character and well-formed UTF-8: a value travels in headers, paths and terminals.
[[nodiscard]] std::string check_plain(std::string_view text);

/// Where `text` is a URL with a password ("scheme://user:PASSWORD@host" or "?password=..."), the same with
/// the password as ********; else `text`.
[[nodiscard]] std::string mask_url_password(std::string_view text);

}  // namespace kpi::config
