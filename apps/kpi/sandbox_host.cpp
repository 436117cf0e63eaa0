#include "sandbox_host.hpp"

#include "file_lock.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/sandbox/password.hpp>
#include <kpi/shop/shop.hpp>

#include <charconv>
#include <chrono>

namespace kpi::app {
namespace {

constexpr const char* default_user = "admin@kpi.local";

std::chrono::year_month_day day_of(const std::string& text, WallTime now) {
  using namespace std::chrono;
  if (text.empty()) return year_month_day(floor<days>(now));
  int y = 0;
  unsigned m = 0, d = 0;  // config has checked the form
  const auto number = [&](std::size_t from, std::size_t size, auto& into) {
    std::from_chars(text.data() + from, text.data() + from + size, into);
  };
  number(0, 4, y);
  number(5, 2, m);
  number(8, 2, d);
  return year(y) / month(m) / day(d);
}

std::string iso_day(std::chrono::year_month_day date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace

Result<std::filesystem::path> sample_shop(Session& session, const std::filesystem::path& data,
                                          const std::string& until) {
  if (auto made = make_directories(data); !made) return std::move(made).error();
  const auto file = data / "shop.sqlite";
  const auto stamp = data / "shop.until";
  const auto day = day_of(until, session.clock().now());
  const auto wanted = iso_day(day) + "\n";
  auto lock = FileLock::take(data / "shop.lock", session.clock(), session.stop());
  if (!lock) return std::move(lock).error();
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    // Servers that hold the old file open go on reading it: the new one takes its name, not its place.
    if (auto built = read_file(stamp); built && *built == wanted) return file;
  }
  session.log().info("building the sample shop up to {} in {}", iso_day(day), file.string());
  if (auto built = shop::write_sqlite(file, day); !built) return std::move(built).error();
  if (auto noted = write_file(stamp, wanted); !noted) return std::move(noted).error();
  return file;
}

Result<RunningSandbox> start_sandbox(Session& session, int port, const std::string& release) {
  const auto& settings = session.settings();
  if (auto made = make_directories(settings.sandbox.data); !made) return std::move(made).error();

  sandbox::ServerOptions options;
  options.data = settings.sandbox.data;
  options.port = port;
  options.version = release;
  for (const auto& url : settings.sandbox.database) {
    // Flags were refused a password when they were parsed; the environment may hold one.
    auto source = sandbox::parse_database(url, sandbox::Passwords::accept);
    if (!source) return std::move(source).error();
    session.console().hide(source->password);
    options.databases.push_back(std::move(*source));
  }
  if (options.databases.empty()) {
    auto file = sample_shop(session, settings.sandbox.data, settings.sandbox.until);
    if (!file) return std::move(file).error();
    options.databases.push_back({"shop", "sqlite:" + file->string(), ""});
  }

  RunningSandbox running;
  const bool own_credentials = !settings.metabase.username.empty() && !settings.metabase.password.empty();
  if (own_credentials) {
    running.username = settings.metabase.username;
    running.password = settings.metabase.password.reveal();
  } else {
    auto kept = sandbox::kept_password(settings.sandbox.data);
    if (!kept) return std::move(kept).error();
    running.username = settings.metabase.username.empty() ? default_user : settings.metabase.username;
    running.password = *kept;
    running.password_file = sandbox::password_file(settings.sandbox.data);
    session.console().hide(running.password);
  }
  options.username = running.username;
  options.password = running.password;
  options.api_key = settings.metabase.api_key.reveal();
  auto server = sandbox::Server::start(std::move(options), session.clock());
  if (!server) return std::move(server).error();
  running.server = std::move(*server);
  session.log().debug("sandbox at {} over {}", running.server->url(),
                      join(running.server->database_names(), ", "));
  return running;
}

}  // namespace kpi::app
