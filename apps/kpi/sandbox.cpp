// kpi sandbox: a Metabase-compatible server on loopback. Flags and wiring; the server is kpi::sandbox.
#include "invocation.hpp"
#include "report_io.hpp"
#include "sandbox_host.hpp"

#include <kpi/base/json.hpp>

#include <condition_variable>
#include <mutex>

namespace kpi::app {
namespace {

struct Sandbox {
  Common common;
  int port = 0;
};

void wait_for(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

Result<Ending> run_sandbox(const Sandbox& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi sandbox");
  if (!session) return std::move(session).error();
  auto running = start_sandbox(**session, command.port);
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
  flags.talk();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_sandbox(*self, around); };
  });
}

}  // namespace kpi::app
