// kpi sandbox: a Metabase-compatible server on loopback. Flags and wiring; the server is kpi::sandbox.
#include "invocation.hpp"
#include "report_io.hpp"
#include "sandbox_host.hpp"

#include <kpi/base/json.hpp>

#include <condition_variable>
#include <mutex>
#include <regex>

namespace kpi::app {
namespace {

struct Sandbox {
  Common common;
  int port = 0;
  std::string release = sandbox::ServerOptions().version;
};

/// "v0.46" to "v0.63.2"; the paid edition's "v1." answers alike.
std::string check_release(const std::string& text) {
  static const std::regex form(R"(v[01]\.(4[6-9]|5[0-9]|6[0-3])(\.[0-9]{1,3}){0,2})");
  return std::regex_match(text, form) ? "" : "must be a release of Metabase from v0.46 to v0.63: v0.50.0";
}

void wait_for(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

Result<Ending> run_sandbox(const Sandbox& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi sandbox");
  if (!session) return std::move(session).error();
  auto running = start_sandbox(**session, command.port, command.release);
  if (!running) return std::move(running).error();

  const Json ready{{"url", running->server->url()},
                   {"username", running->username},
                   {"databases", running->server->database_names()}};
  auto written = write_output("", dump_json(ready) + "\n");
  if (!written) return std::move(written).error();
  if (*written == Written::closed) return Ending{Exit::closed, ""};
  if (!running->password_file.empty()) {
    around.console.line("The password of " + running->username + " is in " + running->password_file.string());
  }
  wait_for(around.stop);
  running->server->stop();
  return Ending{};  // being stopped is how a server is done
}

}  // namespace

void add_sandbox(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Sandbox>();
  auto* command = root.add_subcommand(
      "sandbox",
      "Serve Metabase's API on loopback over a database of yours or the sample shop, until stopped");
  Flags flags(*command, self->common);
  flags
      .keys("--database", "sandbox.database",
            "Database to serve, sqlite:FILE or postgres://HOST/NAME; repeatable (default: the sample shop)",
            "URL")
      ->check(no_password());
  flags.key("--data", "sandbox.data",
            "Folder for cards and the password (default: $XDG_STATE_HOME/kpi/sandbox)", "DIR");
  command->add_option("--port", self->port, "Port on 127.0.0.1 (default: any free one)")
      ->check(CLI::Range(0, 65535))
      ->option_text("N");
  command
      ->add_option("--release", self->release,
                   "Metabase release to answer as, v0.46 to v0.63 (default: " + self->release + ")")
      ->check(check_release)
      ->option_text("VERSION");
  flags.talk();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_sandbox(*self, around); };
  });
}

}  // namespace kpi::app
