// kpi history: the audit trail, earlier SQL of KPIs and their values, from the state file.
#include "common.hpp"
#include "exit.hpp"
#include "invocation.hpp"
#include "ports.hpp"
#include "report_io.hpp"
#include "session.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace kpi::app {
namespace {

struct History {
  Common common;
  store::EventFilter filter;
  bool json = false;
  bool sql = false;
  std::string values;
  std::string kpi;
};

/// What is wrong with `text` as a day or time in UTC, 2026-11-21 or the beginning of 2026-11-21T08:00:00Z; ""
/// for nothing.
std::string check_time(const std::string& text) {
  constexpr std::string_view form = "0000-00-00T00:00:00Z";
  constexpr std::array<std::size_t, 4> lengths{10, 16, 19, 20};
  bool fits = std::find(lengths.begin(), lengths.end(), text.size()) != lengths.end();
  for (std::size_t i = 0; fits && i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    fits = form[i] == '0' ? digit : text[i] == form[i];
  }
  const auto number = [&](std::size_t at) { return std::stoi(text.substr(at, 2)); };
  fits = fits && number(5) >= 1 && number(5) <= 12 && number(8) >= 1 && number(8) <= 31;
  fits = fits && (text.size() == 10 || (number(11) < 24 && number(14) < 60));
  return fits ? "" : "write a day or time in UTC, as 2026-11-21 or 2026-11-21T08:00";
}

std::string short_hash(const std::string& sha256) {
  constexpr std::size_t shown = 12;
  return sha256.substr(0, shown);
}

std::string events_text(const std::vector<store::Event>& events) {
  std::string text;
  for (const auto& one : events) {
    text +=
        fmt::format("{}  {:<5}  {:<14}  {:<12}  {:>6} ms  {:<12}  {}  {}{}{}\n", one.created_at, one.kind,
                    single_line(one.outcome), short_hash(one.sha256), one.elapsed_ms,
                    one.user.empty() ? "-" : single_line(one.user), single_line(one.action),
                    single_line(one.subject), one.cost_usd ? fmt::format("  {:.4f} USD", *one.cost_usd) : "",
                    one.run_id.empty() ? "" : "  run " + one.run_id);
  }
  return text;
}

Json events_json(const std::vector<store::Event>& events) {
  Json list = Json::array();
  for (const auto& one : events) {
    list.push_back({{"at", one.created_at},
                    {"kind", one.kind},
                    {"action", one.action},
                    {"subject", one.subject},
                    {"sha256", one.sha256.empty() ? Json() : Json(one.sha256)},
                    {"outcome", one.outcome},
                    {"elapsed_ms", one.elapsed_ms},
                    {"cost_usd", one.cost_usd ? Json(*one.cost_usd) : Json()},
                    {"user", one.user.empty() ? Json() : Json(one.user)},
                    {"run_id", one.run_id.empty() ? Json() : Json(one.run_id)}});
  }
  return list;
}

Result<std::string> versions(store::State& state, const History& command) {
  auto versions = state.versions(command.kpi);
  if (!versions) return std::move(versions).error();
  Json list = Json::array();
  std::string text;
  for (const auto& one : *versions) {
    list.push_back({{"at", one.created_at},
                    {"run_id", one.run_id},
                    {"kpi_id", one.kpi_id},
                    {"card_id", one.card_id},
                    {"hash", one.content_hash},
                    {"name", one.name},
                    {"sql", one.sql}});
    text += fmt::format("{}  KPI {}  card {}  {}\n{}\n\n", one.created_at, one.kpi_id, one.card_id,
                        single_line(one.name), printable(one.sql));
  }
  return command.json ? dump_json(list, 2) + "\n" : text;
}

Result<std::string> values(store::State& state, const History& command) {
  auto values = state.values(command.values, command.filter.most);
  if (!values) return std::move(values).error();
  Json list = Json::array();
  std::string text;
  for (const auto& one : *values) {
    list.push_back({{"at", one.created_at},
                    {"value", one.value},
                    {"period", one.period.empty() ? Json() : Json(one.period)}});
    text += fmt::format("{}  {}{}\n", one.created_at, one.value,
                        one.period.empty() ? "" : "  of " + single_line(one.period));
  }
  return command.json ? dump_json(list, 2) + "\n" : text;
}

Result<std::string> listed(store::State& state, const History& command) {
  if (command.sql) return versions(state, command);
  if (!command.values.empty()) return values(state, command);
  auto filter = command.filter;
  if (filter.since.ends_with('Z')) filter.since.pop_back();  // what is compared goes on with milliseconds
  auto events = state.events(filter);
  if (!events) return std::move(events).error();
  return command.json ? dump_json(events_json(*events), 2) + "\n" : events_text(*events);
}

Result<Ending> run_history(const History& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi history");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  Ports ports(**session);
  auto state = ports.state();
  if (!state) return std::move(state).error();
  auto text = listed(**state, command);
  if (!text) return std::move(text).error();
  if (text->empty()) around.console.line("history: nothing that fits is stored");
  auto written = write_output(command.common.output, *text);
  if (!written) return std::move(written).error();
  return Ending{*written == Written::closed ? Exit::closed : Exit::done, ""};
}

}  // namespace

void add_history(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<History>();
  auto* command = root.add_subcommand(
      "history", "List what was done: model calls, queries, writes; earlier SQL; values of KPIs");
  Flags flags(*command, self->common);
  command->add_option("--kind", self->filter.kind, "Only these")
      ->check(one_of({"model", "query", "write"}))
      ->option_text("model|query|write");
  command
      ->add_option("--since", self->filter.since,
                   "From this day or time on (UTC), as 2026-11-21 or 2026-11-21T08:00")
      ->check(check_time)
      ->type_name("TIME");
  command->add_option("--last", self->filter.most, "The newest so many (default: 1000)")
      ->check(CLI::Range(1, 1'000'000))
      ->option_text("N");
  auto* sql = command->add_flag("--sql", self->sql, "The SQL that cards held, oldest first");
  command->add_option("--kpi", self->kpi, "With --sql: only of the KPI with this id")
      ->type_name("ID")
      ->needs(sql);
  command->add_option("--values", self->values, "The values of the KPI with this id, a row an audit")
      ->type_name("ID")
      ->excludes(sql);
  command->add_flag("--json", self->json, "As JSON");
  command->add_option("-o,--output", self->common.output, "Write to FILE (default: standard output)")
      ->take_last()
      ->type_name("FILE");
  flags.key("--tenant", "tenant", "Whose history", "NAME");
  flags.key("--state", "state", "SQLite state file (default: $XDG_STATE_HOME/kpi/state.db)", "FILE");
  flags.talk();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_history(*self, around); };
  });
}

}  // namespace kpi::app
