#include <kpi/config/key_setters.hpp>

#include <algorithm>
#include <array>
#include <utility>

// Rows of the table of keys: tenant, state, Metabase, models, sandbox.
namespace kpi::config {
namespace {

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

}  // namespace

void add_connection_keys(std::vector<Key>& rows) {
  using enum KeyKind;
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
       "How many requests of a kind (to the model, queries, writes) are under way at once, 1 to 64",
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
  row({"llm.ca_file",
       path,
       {},
       "Certificates to trust beside the system's on the way to the model, as a PEM file",
       "",
       KPI_GET(llm.ca_file),
       KPI_SET(set_text<not_empty>, llm.ca_file)});
  row({"llm.proxy",
       text,
       {},
       "A proxy on the way to the model, http://HOST:PORT",
       "",
       KPI_GET(llm.proxy),
       KPI_SET(set_text<not_empty>, llm.proxy)});
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
}

}  // namespace kpi::config
