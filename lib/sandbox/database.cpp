#include <kpi/base/text.hpp>
#include <kpi/sandbox/database.hpp>

#include <libpq-fe.h>

#include <filesystem>
#include <memory>

namespace kpi::sandbox {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConnectionOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

std::string option(const ConnectionOptions& options, std::string_view keyword) {
  for (const auto* o = options.get(); o->keyword != nullptr; ++o) {
    if (keyword == o->keyword && o->val != nullptr) return o->val;
  }
  return {};
}

Error malformed(std::string what) {
  return {Fault::input, "sandbox.database", "sandbox", std::move(what),
          "give sqlite:FILE or postgres://user@host:port/name"};
}

Error password_in_url() {
  return {Fault::input, "sandbox.password_in_url", "sandbox",
          "a database URL that holds a password can be read in any process list",
          "leave it out and set PGPASSWORD, or use a password file (~/.pgpass)"};
}

Result<DatabaseSource> parse_sqlite(std::string_view file) {
  if (file.empty()) return malformed("sqlite: names no file");
  const auto name = std::filesystem::path(std::string(file)).stem().string();
  return DatabaseSource{name.empty() ? "sqlite" : name, "sqlite:" + std::string(file), ""};
}

/// "postgres://user:secret@host" without ":secret"; other URLs as they are.
std::string without_password(const std::string& url) {
  const auto start = url.find("://") + 3;
  const auto authority = url.substr(start, url.find_first_of("/?", start) - start);
  const auto at = authority.rfind('@');
  if (at == std::string::npos) return url;
  const auto colon = authority.find(':');
  if (colon == std::string::npos || colon > at) return url;
  return url.substr(0, start + colon) + url.substr(start + at);
}

Result<DatabaseSource> parse_postgres(const std::string& url, Passwords passwords) {
  char* message = nullptr;
  const ConnectionOptions options(PQconninfoParse(url.c_str(), &message));
  if (message != nullptr) PQfreemem(message);  // it may quote the password
  if (options == nullptr) return malformed("the PostgreSQL URL is malformed");

  DatabaseSource source{option(options, "dbname"), url, option(options, "password")};
  if (source.name.empty()) source.name = option(options, "user");
  if (source.name.empty()) source.name = "postgres";
  if (source.password.empty() && option(options, "sslpassword").empty()) return source;
  source.url = without_password(url);
  if (passwords == Passwords::refuse || source.url == url) return password_in_url();
  return source;
}

}  // namespace

Result<DatabaseSource> parse_database(std::string_view value, Passwords passwords) {
  const std::string url(trim(value));
  if (url.find('\0') != std::string::npos) return malformed("a database URL cannot hold a NUL");
  if (url.starts_with("sqlite:")) return parse_sqlite(std::string_view(url).substr(7));
  if (url.starts_with("postgres://") || url.starts_with("postgresql://"))
    return parse_postgres(url, passwords);
  const auto scheme = url.find(':');
  if (scheme == std::string::npos)
    return malformed("a database needs a scheme: " + shorten(printable(url), 80));
  return malformed("cannot serve a database of scheme " + shorten(printable(url.substr(0, scheme)), 40));
}

}  // namespace kpi::sandbox
