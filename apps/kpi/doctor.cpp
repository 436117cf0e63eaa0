// kpi doctor: looks at every connection and right that the stages need, and says what to do where one is
// missing.
#include "common.hpp"
#include "invocation.hpp"
#include "ports.hpp"
#include "provider.hpp"
#include "report_io.hpp"

#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/stages/collections.hpp>

#include <algorithm>

namespace kpi::app {
namespace {

enum class Health { ok, warn, fail };

struct Check {
  Health health;
  std::string subject;
  std::string says;
  std::optional<Fault> fault;  ///< of a failure
};

class Doctor {
public:
  explicit Doctor(Session& session) : session_(session), ports_(session) {}

  std::vector<Check> examine() {
    configuration();
    installation();
    state();
    provider();
    if (metabase()) {
      credentials();
      databases();
      collections();
    }
    return std::move(checks_);
  }

private:
  void note(Health health, std::string subject, const std::string& says) {
    checks_.push_back({health, std::move(subject), single_line(says), std::nullopt});
  }
  void fail(std::string subject, const Error& error) {
    checks_.push_back({Health::fail, std::move(subject), error.line(), error.fault});
  }

  void configuration() {
    const auto& file = session_.loaded().file;
    note(Health::ok, "configuration", file ? file->string() : "no file; environment and defaults");
    for (const auto& warning : session_.loaded().warnings) note(Health::warn, "configuration", warning);
  }

  void installation() {
    auto share = ports_.share();
    if (!share) return fail("installation", share.error());
    if (auto read = ports_.domain(); !read) return fail("installation", read.error());
    if (auto read = ports_.analyzer(); !read) return fail("installation", read.error());
    if (auto read = ports_.weights(); !read) return fail("installation", read.error());
    if (auto read = ports_.models(); !read) return fail("installation", read.error());
    note(Health::ok, "installation", share->string());
  }

  void state() {
    if (auto opened = ports_.state(); !opened) return fail("state file", opened.error());
    note(Health::ok, "state file", session_.settings().state.string());
  }

  void provider() {
    auto models = ports_.models();
    if (!models) return;  // said under installation
    auto resolved = llm::resolve(choice_of(session_.settings().llm, {}), **models);
    if (!resolved) return fail("model", resolved.error());
    note(Health::ok, "model",
         fmt::format("{}{}{}: {}", resolved->provider, resolved->model.empty() ? "" : " ", resolved->model,
                     resolved->why));
  }

  bool metabase() {
    auto opened = ports_.metabase_for_anyone();
    if (!opened) return fail("metabase", opened.error()), false;
    metabase_ = *opened;
    const auto shown = http::display_url(ports_.metabase_url());
    auto healthy = metabase_->healthy(session_.stop());
    if (!healthy) return fail("metabase", healthy.error()), false;
    if (!*healthy) {
      fail("metabase", {Fault::unreachable, "metabase.initializing", "metabase", shown + " is starting",
                        "try again in a minute"});
      return false;
    }
    note(Health::ok, "metabase", shown + " answers");
    if (ports_.metabase_url().starts_with("https://")) {
      note(Health::ok, "transport", "TLS, certificate verified");
    } else if (http::is_loopback(ports_.metabase_url())) {
      note(Health::ok, "transport", "plain HTTP on this machine");
    } else {
      note(Health::warn, "transport",
           "plain HTTP beyond this machine: password and data can be read on the way; use https");
    }
    return true;
  }

  void credentials() {
    if (auto in = metabase_->log_in(session_.stop()); !in) return fail("credentials", in.error());
    auto who = metabase_->who_am_i(session_.stop());
    if (!who) return fail("credentials", who.error());
    note(Health::ok, "credentials", who->name + (who->is_superuser ? " (administrator)" : ""));
    admitted_ = true;
    auto version = metabase_->version(session_.stop());
    if (!version) return fail("version", version.error());
    note(version->empty() ? Health::warn : Health::ok, "version", version->empty() ? "not told" : *version);
  }

  void databases() {
    if (!admitted_) return;
    auto list = metabase_->databases(session_.stop());
    if (!list) return fail("databases", list.error());
    if (list->empty())
      note(Health::warn, "databases", "none; add one in Metabase, or grant this user access");
    for (const auto& info : *list) database(info);
  }

  void database(const metabase::DatabaseInfo& info) {
    const std::string subject = "database " + single_line(info.name);
    if (!info.has_sql) return note(Health::warn, subject, info.engine + " has no SQL; kpi leaves it out");
    if (!info.can_query) {
      return note(Health::warn, subject,
                  "this user may not run native queries; grant it in Admin, Permissions");
    }
    if (!info.synced) note(Health::warn, subject, "its first sync is under way; tables may be missing");
    // Reading one constant is all that is tried: a doctor changes nothing. It is noted in the trail, where
    // there is one to be had.
    auto trailed = ports_.queries();
    metabase::Queries& queries = trailed ? **trailed : *metabase_;
    auto result = queries.query({info.id, "SELECT 1", 1, std::chrono::seconds(15)}, session_.stop());
    if (!result) return fail(subject, result.error());
    if (!result->ok) return note(Health::warn, subject, "SELECT 1 failed: " + result->error);
    note(Health::ok, subject, fmt::format("{}, SELECT 1 took {} ms", info.engine, result->elapsed.count()));
  }

  void collections() {
    if (!admitted_) return;
    auto list = metabase_->collections(session_.stop());
    if (!list) return fail("collections", list.error());
    note(Health::ok, "collections", fmt::format("{} can be seen", list->size()));
    audience();
  }

  /// Who will see the cards: the groups that see their collection, or what of its path there is.
  void audience() {
    auto tree = stages::CollectionTree::read(*metabase_, session_.stop());
    if (!tree) return fail("collections", tree.error());
    auto path = stages::collection_path(session_.settings().registration.collection);
    while (!path.empty() && !tree->find(path)) path.pop_back();
    const auto id = path.empty() ? std::nullopt : tree->find(path);
    const auto subject =
        path.empty() ? std::string("root collection") : "collection " + single_line(join(path, "/"));
    auto groups = metabase_->who_sees(id, session_.stop());
    if (!groups) return fail(subject, groups.error());
    if (!*groups) {
      return note(Health::ok, subject,
                  "only an administrator can tell who sees it; see its permissions in Metabase");
    }
    std::vector<std::string> names;
    for (const auto& group : **groups) {
      names.push_back(fmt::format("{} ({} user{}{})", group.group, group.members,
                                  group.members == 1 ? "" : "s", group.may_write ? ", may edit" : ""));
    }
    note(Health::ok, subject, names.empty() ? "seen by administrators only" : "seen by " + join(names, ", "));
  }

  Session& session_;
  Ports ports_;
  metabase::Client* metabase_ = nullptr;
  bool admitted_ = false;
  std::vector<Check> checks_;
};

std::string table_of(const std::vector<Check>& checks, bool colored) {
  std::size_t width = 0;
  constexpr std::size_t widest = 30;
  for (const auto& check : checks) width = std::max(width, std::min(check.subject.size(), widest));
  std::string text;
  for (const auto& check : checks) {
    const char* word = check.health == Health::ok ? "ok  " : check.health == Health::warn ? "warn" : "fail";
    const auto color = check.health == Health::ok     ? Tint::green
                       : check.health == Health::warn ? Tint::yellow
                                                      : Tint::red;
    text += fmt::format("{}  {:<{}}  {}\n", colored ? painted(color, word) : word, check.subject, width,
                        check.says);
  }
  return text;
}

Result<Ending> run_doctor(const Common& common, Surroundings& around) {
  auto session = Session::open(common, around, "kpi doctor");
  if (!session) return std::move(session).error();
  const auto checks = Doctor(**session).examine();
  if (around.stop.stop_requested()) return Ending{Exit::interrupted, "doctor: interrupted"};

  const auto failed =
      std::find_if(checks.begin(), checks.end(), [](const Check& c) { return c.fault.has_value(); });
  if (failed == checks.end()) {
    const bool colored = wants_color(common.console, output_is_terminal());
    auto written = write_output("", table_of(checks, colored));
    if (!written) return std::move(written).error();
    return Ending{*written == Written::closed ? Exit::closed : Exit::done, ""};
  }
  // A failed run leaves standard output empty: the table goes where people look.
  const bool colored = wants_color(common.console, around.console.terminal());
  for (const auto& line : split(trim(table_of(checks, colored)), '\n')) around.console.line(line);
  const auto count =
      std::count_if(checks.begin(), checks.end(), [](const Check& c) { return c.fault.has_value(); });
  return Ending{exit_of(*failed->fault),
                fmt::format("doctor: {} check{} failed: {}", count, count == 1 ? "" : "s", failed->says)};
}

}  // namespace

void add_doctor(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Common>();
  auto* command = root.add_subcommand("doctor", "Check configuration, connections, credentials and rights");
  Flags(*command, *self).stage();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_doctor(*self, around); };
  });
}

}  // namespace kpi::app
