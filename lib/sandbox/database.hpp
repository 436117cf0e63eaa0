#pragma once

#include <kpi/base/result.hpp>

#include <string>
#include <string_view>

namespace kpi::sandbox {

/// One database to serve.
struct DatabaseSource {
  std::string name;      ///< shown in Metabase's lists; a file's stem or a server's database name
  std::string url;       ///< "sqlite:FILE" or "postgres://user@host:port/name"; holds no password
  std::string password;  ///< may be empty (then libpq's own sources apply); never printed
};

/// May a database URL hold its password? Not where others can read it, as on a command line.
enum class Passwords { refuse, accept };

/// Reads the value of `--database`: "sqlite:FILE", or "postgres://..." (also "postgresql://..."). An accepted
/// password is moved out of `url`. Opens nothing.
///
/// Fails (input): "sandbox.database" for an unknown scheme or a malformed URL, "sandbox.password_in_url" for
/// a password that may not be there. No message repeats the URL's password.
Result<DatabaseSource> parse_database(std::string_view value, Passwords passwords = Passwords::refuse);

}  // namespace kpi::sandbox
