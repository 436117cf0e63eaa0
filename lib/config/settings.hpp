#pragma once

#include <kpi/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Flags, environment, .env, configuration file and defaults as one value, each key with where it came from.
namespace kpi::config {

/// Text that is never printed: no stream operator, no format; reveal() marks each place that needs it.
class Secret {
public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

private:
  std::string text_;
};

struct MetabaseSettings {
  std::string url = "http://localhost:3000";
  std::string username;
  Secret password;
  Secret api_key;
  Secret session;
  std::string ca_file;
  std::string proxy;
};

struct LlmSettings {
  std::string provider = "auto";
  std::string model;     ///< empty: the provider's default from config/models.yaml
  std::string base_url;  ///< of an OpenAI-compatible server (OPENAI_BASE_URL); empty: the provider's own
  Secret openai_api_key;
  Secret anthropic_api_key;
  std::string ca_file;
  std::string proxy;
  std::int64_t max_tokens = 8000;  ///< of one answer
  double temperature = 0.2;
  std::int64_t timeout_s = 180;
  std::int64_t prompt_tokens = 12'000;          ///< of a table's prompt, about
  std::int64_t cache_days = 0;                  ///< how long a stored answer serves; 0: for ever
  std::optional<double> budget_usd;             ///< of one run
  std::optional<double> budget_day_usd;         ///< of the tenant, in UTC's day
  std::optional<double> budget_month_usd;       ///< of the tenant, in UTC's calendar month
  std::int64_t openai_requests_per_minute = 0;  ///< 0: no limit of ours; here and below
  std::int64_t openai_tokens_per_minute = 0;
  std::int64_t anthropic_requests_per_minute = 0;
  std::int64_t anthropic_tokens_per_minute = 0;
};

struct SandboxSettings {
  std::vector<std::string> database;  ///< "sqlite:FILE" or "postgres://..."; none: the sample shop
  std::filesystem::path data;         ///< default: state folder / sandbox
  std::string until;                  ///< last day of the sample shop, YYYY-MM-DD; empty: today
};

struct DiscoverSettings {
  std::vector<std::string> database;  ///< names or ids; none: all
  std::vector<std::string> include{"*"};
  std::vector<std::string> exclude;
  std::string schema = "*";
};

struct GenerateSettings {
  std::int64_t min_kpis = 15;  ///< min_kpis and max_kpis are one key, per_table: "15..20"
  std::int64_t max_kpis = 20;
  std::string domain = "marketplace";  ///< a name in config/domains, or a file
};

struct ValidateSettings {
  std::int64_t timeout_s = 30;
  std::int64_t max_rows = 2000;
  std::int64_t repair = 2;
  std::int64_t per_database = 8;                ///< queries under way at once on one database
  std::int64_t slow_s = 10;                     ///< a query that takes longer is told
  std::int64_t max_groups = 500;                ///< a breakdown of more is a listing
  std::int64_t plan_from_rows = 1'000'000;      ///< tables of so many rows have their plan looked at
  std::int64_t max_plan_rows = 10'000'000'000;  ///< a step of a plan over more rows is not run
  std::int64_t max_plan_cost = 1'000'000'000;   ///< in the database's unit; 0: no limit
};

struct RegisterSettings {
  std::string collection = "KPIs";
  std::int64_t min_score = 0;
};

/// What kpi may do, each on or off, so that a tenant can be without it.
struct FeatureSettings {
  bool model_repair = true;   ///< validate asks the model to mend what does not run
  bool inferred_keys = true;  ///< discover infers undeclared foreign keys
  bool dashboards = false;    ///< register keeps a dashboard a category, as with --dashboard
  bool card_check = true;     ///< register runs each card once after it was written
  bool history = true;        ///< audit keeps each KPI's value, to compare the next with
};

struct AuditSettings {
  std::int64_t stale_days = 14;  ///< a card whose newest row is older is `stale`
};

struct HistorySettings {
  std::int64_t keep_days = 400;  ///< of values and of the audit trail
};

struct Settings {
  std::string tenant = "default";
  std::filesystem::path state;  ///< default: state folder / state.db
  std::int64_t jobs = 4;
  MetabaseSettings metabase;
  LlmSettings llm;
  SandboxSettings sandbox;
  DiscoverSettings discover;
  GenerateSettings generate;
  ValidateSettings validate;
  RegisterSettings registration;  ///< the section "register", a word C++ keeps for itself
  AuditSettings audit;
  FeatureSettings features;
  HistorySettings history;
};

/// One key as `kpi config show` prints it.
struct Shown {
  std::string key;     ///< "metabase.url"
  std::string value;   ///< secrets as "********", or "" where not set
  std::string origin;  ///< "flag --jobs", "environment METABASE_URL", ".env", "kpi.yaml:3", "default"
};

/// Where settings are looked for.
struct Sources {
  std::map<std::string, std::vector<std::string>>
      flags;  ///< key -> values, as given on the command line; never secrets
  std::map<std::string, std::string> flag_names;   ///< key -> "--jobs", for messages and origins
  std::optional<std::filesystem::path> file;       ///< --config; else $KPI_CONFIG, ./kpi.yaml, XDG
  std::map<std::string, std::string> environment;  ///< of the process
  std::filesystem::path working_directory = ".";   ///< where .env and kpi.yaml are looked for
  /// Several tenants are worked on: what the environment says for all must not override what the file says
  /// for one, or they would share it unseen.
  bool all_tenants = false;
};

struct Loaded {
  Settings settings;
  std::vector<Shown> shown;                   ///< every key, in the order of the documentation
  std::vector<std::string> warnings;          ///< unknown keys and the like, one line each
  std::optional<std::filesystem::path> file;  ///< the configuration file that was read
  std::vector<std::string> tenants;           ///< that the file's `tenants:` names, in its order
};

/// All sources laid over each other: flag, then environment, then .env, then file, then default. Environment
/// names are the contract's (METABASE_URL, OPENAI_API_KEY, KPI_TENANT, ...) and KPI_<SECTION>_<KEY> for any
/// key (KPI_VALIDATE_TIMEOUT_S); an empty one counts as not set. Lists are comma separated in the
/// environment. A key is "section.member" by the names of the structs above ("register.collection"), and a
/// row in keys_*.cpp. Relative paths in the file are relative to its folder. Secrets, and URLs with a
/// password, are taken from the environment and .env only. Fails (input): "config.unreadable",
/// "config.invalid" with file and line, "config.value" with key, origin and what would be right.
///
/// The file's `tenants:` holds keys for one tenant, by its name: they count more than the same keys elsewhere
/// in the file. In the environment and .env a tenant's own are KPI_TENANTS_<NAME>_<SECTION>_<KEY>, secrets
/// too, and count more than those for all. Where the file names tenants, no other but "default" may be asked
/// for.
Result<Loaded> load(const Sources& sources);

/// A kpi.yaml with every key commented out at its default, with one line of help each.
[[nodiscard]] std::string example_config();

/// A .env.example: the credentials, empty, and every other environment name, commented out.
[[nodiscard]] std::string example_env();

/// The folder that holds `prompts/` and `config/`: the source tree when run from a build, else the prefix's
/// share folder. $KPI_SHARE overrides it. Fails (input, "config.no_share") and says where it looked.
Result<std::filesystem::path> share_directory(const std::filesystem::path& executable);

}  // namespace kpi::config
