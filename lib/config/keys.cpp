#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/config/checks.hpp>
#include <kpi/config/keys.hpp>
#include <kpi/config/number.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::config {
namespace {

using Values = std::vector<std::string>;
using Check = std::string (*)(std::string_view);

std::string anything(std::string_view) { return ""; }

std::string not_empty(std::string_view text) { return trim(text).empty() ? "must not be empty" : ""; }

template <Check check>
std::string set_text(std::string& target, const Values& values) {
  auto complaint = check(values.front());
  if (complaint.empty()) target = values.front();
  return complaint;
}

template <Check check>
std::string set_list(std::vector<std::string>& target, const Values& values) {
  for (const auto& value : values) {
    if (auto complaint = check(value); !complaint.empty()) return complaint;
  }
  target = values;
  return "";
}

template <std::int64_t least, std::int64_t most>
std::string set_whole(std::int64_t& target, const Values& values) {
  const auto number = whole_number(values.front());
  if (!number || *number < least || *number > most) {
    return fmt::format("must be a whole number from {} to {}", least, most);
  }
  target = *number;
  return "";
}

std::string set_secret(Secret& target, const Values& values) {
  target = Secret(values.front());
  return "";
}

std::string set_switch(bool& target, const Values& values) {
  const auto word = lower(values.front());
  const bool on = word == "on" || word == "true" || word == "yes" || word == "1";
  if (!on && word != "off" && word != "false" && word != "no" && word != "0") return "must be on or off";
  target = on;
  return "";
}

std::string set_provider(Settings& settings, const Values& values) {
  static constexpr std::array names{"auto", "openai", "anthropic", "rules", "replay"};
  if (std::find(names.begin(), names.end(), values.front()) == names.end()) {
    return "must be auto, openai, anthropic, rules or replay";
  }
  settings.llm.provider = values.front();
  return "";
}

std::string set_temperature(Settings& settings, const Values& values) {
  const auto number = decimal_number(values.front());
  if (!number || *number < 0 || *number > 2) return "must be a number from 0 to 2";
  settings.llm.temperature = *number;
  return "";
}

std::string set_amount(std::optional<double>& target, const Values& values) {
  const auto number = decimal_number(values.front());
  if (!number || *number < 0 || *number > 1e6) return "must be an amount in USD from 0 to 1000000";
  target = *number;
  return "";
}

std::string set_per_table(Settings& settings, const Values& values) {
  const std::string_view text = values.front();
  const auto dots = text.find("..");
  const auto least = whole_number(text.substr(0, dots));
  const auto most = dots == std::string_view::npos ? least : whole_number(text.substr(dots + 2));
  if (!least || !most || *least < 1 || *most > 100 || *least > *most) {
    return "must be MIN..MAX with whole numbers from 1 to 100, the smaller first: 15..20";
  }
  settings.generate.min_kpis = *least;
  settings.generate.max_kpis = *most;
  return "";
}

Values one(std::string text) { return {std::move(text)}; }
Values one(std::int64_t number) { return {std::to_string(number)}; }
Values one(const std::optional<double>& amount) {
  return {amount ? fmt::format("{}", *amount) : std::string()};
}
Values one(bool on) { return {on ? "on" : "off"}; }
Values one(const Secret& secret) { return {secret.empty() ? std::string() : std::string("********")}; }

// The two halves of a row for a member that needs nothing special.
#define KPI_GET(member) [](const Settings& s) { return one(s.member); }
#define KPI_SET(setter, member) [](Settings& s, const Values& v) { return setter(s.member, v); }

std::string set_path(std::filesystem::path& target, const Values& values) {
  auto complaint = not_empty(values.front());
  if (complaint.empty()) target = values.front();
  return complaint;
}

std::vector<Key> make_keys() {
  using enum KeyKind;
  std::vector<Key> rows;
  const auto row = [&](Key key) { rows.push_back(std::move(key)); };

  row({"tenant",
       text,
       {},
       "Whose state, cache and cards: nothing is shared between two tenants",
       "",
       KPI_GET(tenant),
       KPI_SET(set_text<check_tenant>, tenant)});
  row({"state",
       path,
       {},
       "The state file: answers paid for, cards registered, what was spent",
       "$XDG_STATE_HOME/kpi/state.db",
       [](const Settings& s) { return one(s.state.string()); },
       KPI_SET(set_path, state)});
  row({"jobs",
       number,
       {},
       "How many requests are under way at once, 1 to 64",
       "",
       KPI_GET(jobs),
       KPI_SET((set_whole<1, 64>), jobs)});

  row({"metabase.url",
       text,
       {"METABASE_URL"},
       "Where Metabase is",
       "",
       KPI_GET(metabase.url),
       KPI_SET(set_text<check_http_url>, metabase.url)});
  row({"metabase.username",
       text,
       {"METABASE_USERNAME"},
       "The account's email address",
       "",
       KPI_GET(metabase.username),
       KPI_SET(set_text<anything>, metabase.username)});
  row({"metabase.password",
       secret,
       {"METABASE_PASSWORD"},
       "The account's password",
       "",
       KPI_GET(metabase.password),
       KPI_SET(set_secret, metabase.password)});
  row({"metabase.api_key",
       secret,
       {"METABASE_API_KEY"},
       "An API key, instead of an account",
       "",
       KPI_GET(metabase.api_key),
       KPI_SET(set_secret, metabase.api_key)});
  row({"metabase.session",
       secret,
       {"METABASE_SESSION"},
       "A session token, instead of an account",
       "",
       KPI_GET(metabase.session),
       KPI_SET(set_secret, metabase.session)});
  row({"metabase.ca_file",
       path,
       {},
       "Certificates to trust beside the system's, as a PEM file",
       "",
       KPI_GET(metabase.ca_file),
       KPI_SET(set_text<not_empty>, metabase.ca_file)});
  row({"metabase.proxy",
       text,
       {},
       "A proxy on the way to Metabase, http://HOST:PORT",
       "",
       KPI_GET(metabase.proxy),
       KPI_SET(set_text<not_empty>, metabase.proxy)});

  row({"llm.provider",
       text,
       {},
       "auto, openai, anthropic, rules (offline) or replay (recorded answers)",
       "",
       KPI_GET(llm.provider),
       set_provider});
  row({"llm.model",
       text,
       {},
       "The model's name",
       "the provider's, from config/models.yaml",
       KPI_GET(llm.model),
       KPI_SET(set_text<not_empty>, llm.model)});
  row({"llm.base_url",
       text,
       {"OPENAI_BASE_URL"},
       "An OpenAI-compatible server, such as http://localhost:11434/v1",
       "the provider's own",
       KPI_GET(llm.base_url),
       KPI_SET(set_text<check_http_url>, llm.base_url)});
  row({"llm.openai_api_key",
       secret,
       {"OPENAI_API_KEY"},
       "The key of OpenAI or a compatible server",
       "",
       KPI_GET(llm.openai_api_key),
       KPI_SET(set_secret, llm.openai_api_key)});
  row({"llm.anthropic_api_key",
       secret,
       {"ANTHROPIC_API_KEY"},
       "The key of Anthropic",
       "",
       KPI_GET(llm.anthropic_api_key),
       KPI_SET(set_secret, llm.anthropic_api_key)});
  row({"llm.max_tokens",
       number,
       {},
       "Longest answer, in tokens, 1 to 1000000",
       "",
       KPI_GET(llm.max_tokens),
       KPI_SET((set_whole<1, 1'000'000>), llm.max_tokens)});
  row({"llm.temperature",
       number,
       {},
       "How much answers vary, 0 to 2; models that take none get none",
       "",
       [](const Settings& s) { return one(fmt::format("{}", s.llm.temperature)); },
       set_temperature});
  row({"llm.timeout_s",
       number,
       {},
       "Seconds one call may take, 1 to 3600",
       "",
       KPI_GET(llm.timeout_s),
       KPI_SET((set_whole<1, 3600>), llm.timeout_s)});
  row({"llm.prompt_tokens",
       number,
       {},
       "About how long a table's prompt may be, in tokens, 1000 to 1000000: beyond it detail is left out, no "
       "column",
       "",
       KPI_GET(llm.prompt_tokens),
       KPI_SET((set_whole<1000, 1'000'000>), llm.prompt_tokens)});
  row({"llm.cache_days",
       number,
       {},
       "How many days a stored answer serves again, 0 to 36500; 0: for ever",
       "",
       KPI_GET(llm.cache_days),
       KPI_SET((set_whole<0, 36'500>), llm.cache_days)});
  row({"llm.budget_usd",
       number,
       {},
       "Most that one run may spend, in USD",
       "no limit",
       KPI_GET(llm.budget_usd),
       KPI_SET(set_amount, llm.budget_usd)});
  row({"llm.budget_day_usd",
       number,
       {},
       "Most that the tenant may spend in a day (UTC), in USD",
       "no limit",
       KPI_GET(llm.budget_day_usd),
       KPI_SET(set_amount, llm.budget_day_usd)});
  row({"llm.budget_month_usd",
       number,
       {},
       "Most that the tenant may spend in a calendar month (UTC), in USD",
       "no limit",
       KPI_GET(llm.budget_month_usd),
       KPI_SET(set_amount, llm.budget_month_usd)});
  row({"llm.openai_requests_per_minute",
       number,
       {},
       "Requests a minute that OpenAI (or a server like it) may get, up to 1000000; 0: no limit of ours",
       "",
       KPI_GET(llm.openai_requests_per_minute),
       KPI_SET((set_whole<0, 1'000'000>), llm.openai_requests_per_minute)});
  row({"llm.openai_tokens_per_minute",
       number,
       {},
       "Tokens a minute, prompts and longest answers, up to 1000000000; 0: no limit of ours",
       "",
       KPI_GET(llm.openai_tokens_per_minute),
       KPI_SET((set_whole<0, 1'000'000'000>), llm.openai_tokens_per_minute)});
  row({"llm.anthropic_requests_per_minute",
       number,
       {},
       "Requests a minute that Anthropic may get, up to 1000000; 0: no limit of ours",
       "",
       KPI_GET(llm.anthropic_requests_per_minute),
       KPI_SET((set_whole<0, 1'000'000>), llm.anthropic_requests_per_minute)});
  row({"llm.anthropic_tokens_per_minute",
       number,
       {},
       "Tokens a minute, prompts and longest answers, up to 1000000000; 0: no limit of ours",
       "",
       KPI_GET(llm.anthropic_tokens_per_minute),
       KPI_SET((set_whole<0, 1'000'000'000>), llm.anthropic_tokens_per_minute)});

  row({"sandbox.database",
       list,
       {},
       "What the sandbox serves: sqlite:FILE or postgres://HOST/DATABASE",
       "the sample shop",
       [](const Settings& s) { return s.sandbox.database; },
       KPI_SET(set_list<check_database_url>, sandbox.database)});
  row({"sandbox.data",
       path,
       {},
       "Where the sandbox keeps its cards and its password",
       "$XDG_STATE_HOME/kpi/sandbox",
       [](const Settings& s) { return one(s.sandbox.data.string()); },
       KPI_SET(set_path, sandbox.data)});
  row({"sandbox.until",
       text,
       {},
       "Last day of the sample shop, YYYY-MM-DD",
       "today",
       KPI_GET(sandbox.until),
       KPI_SET(set_text<check_day>, sandbox.until)});

  row({"discover.database",
       list,
       {},
       "Databases to look at, by name or id",
       "all of them",
       [](const Settings& s) { return s.discover.database; },
       KPI_SET(set_list<not_empty>, discover.database)});
  row({"discover.include",
       list,
       {},
       "Tables to take, by name (* any text, ? one character)",
       "",
       [](const Settings& s) { return s.discover.include; },
       KPI_SET(set_list<not_empty>, discover.include)});
  row({"discover.exclude",
       list,
       {},
       "Tables to leave out, by name",
       "none",
       [](const Settings& s) { return s.discover.exclude; },
       KPI_SET(set_list<not_empty>, discover.exclude)});
  row({"discover.schema",
       text,
       {},
       "Schemas to look at, by name",
       "",
       KPI_GET(discover.schema),
       KPI_SET(set_text<not_empty>, discover.schema)});

  row({"generate.per_table",
       text,
       {},
       "KPIs a table, MIN..MAX, 1 to 100",
       "",
       [](const Settings& s) { return one(fmt::format("{}..{}", s.generate.min_kpis, s.generate.max_kpis)); },
       set_per_table});
  row({"generate.domain",
       text,
       {},
       "The line of business: a name in config/domains, or a file of your own",
       "",
       KPI_GET(generate.domain),
       KPI_SET(set_text<not_empty>, generate.domain)});

  row({"validate.timeout_s",
       number,
       {},
       "Seconds one query may take, 1 to 3600",
       "",
       KPI_GET(validate.timeout_s),
       KPI_SET((set_whole<1, 3600>), validate.timeout_s)});
  row({"validate.max_rows",
       number,
       {},
       "Rows one query may return, 1 to 1048575",
       "",
       KPI_GET(validate.max_rows),
       KPI_SET((set_whole<1, 1'048'575>), validate.max_rows)});
  row({"validate.repair",
       number,
       {},
       "Rounds of repair by the model, 0 to 10",
       "",
       KPI_GET(validate.repair),
       KPI_SET((set_whole<0, 10>), validate.repair)});

  row({"validate.per_database",
       number,
       {},
       "Queries under way at once on one database, 1 to 64",
       "",
       KPI_GET(validate.per_database),
       KPI_SET((set_whole<1, 64>), validate.per_database)});
  row({"validate.slow_s",
       number,
       {},
       "A query that takes longer is told, in seconds, 1 to 3600",
       "",
       KPI_GET(validate.slow_s),
       KPI_SET((set_whole<1, 3600>), validate.slow_s)});
  row({"validate.max_groups",
       number,
       {},
       "A breakdown of more groups is told, 2 to 100000",
       "",
       KPI_GET(validate.max_groups),
       KPI_SET((set_whole<2, 100'000>), validate.max_groups)});
  row({"validate.plan_from_rows",
       number,
       {},
       "Tables from this many rows have the plan of their queries looked at first; joins always",
       "",
       KPI_GET(validate.plan_from_rows),
       KPI_SET((set_whole<0, 1'000'000'000'000>), validate.plan_from_rows)});
  row({"validate.max_plan_rows",
       number,
       {},
       "A query is not run where a step of its plan expects more rows than this; 0: no limit",
       "",
       KPI_GET(validate.max_plan_rows),
       KPI_SET((set_whole<0, 1'000'000'000'000'000>), validate.max_plan_rows)});
  row({"validate.max_plan_cost",
       number,
       {},
       "A query is not run where its plan costs more than this, in the database's unit; 0: no limit",
       "",
       KPI_GET(validate.max_plan_cost),
       KPI_SET((set_whole<0, 1'000'000'000'000'000>), validate.max_plan_cost)});

  row({"register.collection",
       text,
       {},
       "The collection that holds the cards; slashes make folders",
       "",
       KPI_GET(registration.collection),
       KPI_SET(set_text<check_collection>, registration.collection)});
  row({"register.min_score",
       number,
       {},
       "KPIs that score less are not registered, 0 to 100",
       "",
       KPI_GET(registration.min_score),
       KPI_SET((set_whole<0, 100>), registration.min_score)});

  row({"audit.stale_days",
       number,
       {},
       "Days after which a card without newer rows is stale, 1 to 36500",
       "",
       KPI_GET(audit.stale_days),
       KPI_SET((set_whole<1, 36'500>), audit.stale_days)});

  row({"features.model_repair",
       text,
       {},
       "Let the model mend KPIs that do not run: on or off",
       "",
       KPI_GET(features.model_repair),
       KPI_SET(set_switch, features.model_repair)});
  row({"features.inferred_keys",
       text,
       {},
       "Infer foreign keys that are not declared: on or off",
       "",
       KPI_GET(features.inferred_keys),
       KPI_SET(set_switch, features.inferred_keys)});
  row({"features.dashboards",
       text,
       {},
       "Keep a dashboard a category when registering: on or off",
       "",
       KPI_GET(features.dashboards),
       KPI_SET(set_switch, features.dashboards)});
  row({"features.card_check",
       text,
       {},
       "Run each card once after it was written: on or off",
       "",
       KPI_GET(features.card_check),
       KPI_SET(set_switch, features.card_check)});
  row({"features.history",
       text,
       {},
       "Keep each KPI's value at every audit, to compare the next with: on or off",
       "",
       KPI_GET(features.history),
       KPI_SET(set_switch, features.history)});
  row({"history.keep_days",
       number,
       {},
       "Days that values and the audit trail are kept, 1 to 36500",
       "",
       KPI_GET(history.keep_days),
       KPI_SET((set_whole<1, 36'500>), history.keep_days)});
  return rows;
}

#undef KPI_GET
#undef KPI_SET

}  // namespace

std::string_view Key::section() const {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

std::string_view Key::leaf() const {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::vector<std::string> Key::environment_names() const {
  std::vector<std::string> names(environment.begin(), environment.end());
  std::string own = "KPI_";
  for (const char c : name) {
    own += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  names.push_back(std::move(own));
  return names;
}

const std::vector<Key>& keys() {
  static const std::vector<Key> table = make_keys();
  return table;
}

const Key* key_named(std::string_view name) {
  const auto& table = keys();
  const auto at = std::find_if(table.begin(), table.end(), [&](const Key& key) { return key.name == name; });
  return at == table.end() ? nullptr : &*at;
}

}  // namespace kpi::config
