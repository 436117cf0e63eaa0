#include "ports.hpp"

#include "version.hpp"

#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/stages/score_components.hpp>

#include <algorithm>
#include <pwd.h>
#include <unistd.h>

namespace kpi::app {
namespace {

/// The name of the user that runs us: as the system knows it, else its number.
std::string user_name() {
  const auto* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? std::to_string(::geteuid()) : entry->pw_name;
}

}  // namespace

Ports::~Ports() {
  if (metabase_ && !session_.stop().stop_requested()) {
    // A session that is left behind would end by itself, weeks later; that it could not be ended is no
    // trouble.
    (void)metabase_->log_out(session_.stop());
  }
}

Result<std::filesystem::path> Ports::share() {
  if (!share_) {
    auto found = share_folder();
    if (!found) return std::move(found).error();
    share_ = std::move(*found);
  }
  return *share_;
}

Result<http::Client*> Ports::http() {
  const auto& settings = session_.settings().metabase;
  return open_http(http_, settings.ca_file, settings.proxy);
}

Result<http::Client*> Ports::model_http() {
  const auto& settings = session_.settings().llm;
  return open_http(model_http_, settings.ca_file, settings.proxy);
}

stages::Trail Ports::trail(store::State& state) {
  return {state, session_.clock(), user_name(), [this] { return session_.run_id(); }, seen_};
}

Result<http::Client*> Ports::open_http(std::unique_ptr<http::Client>& client, const std::string& ca_file,
                                       const std::string& proxy) {
  if (!client) {
    const auto& settings = session_.settings();
    http::ClientOptions options;
    options.user_agent = "kpismith/" + std::string(version);
    options.ca_file = ca_file;
    options.proxy = proxy;
    options.max_connections_per_host =
        std::max(options.max_connections_per_host, static_cast<std::size_t>(settings.jobs));
    for (const auto* secret :
         {&settings.metabase.password, &settings.metabase.api_key, &settings.metabase.session,
          &settings.llm.openai_api_key, &settings.llm.anthropic_api_key}) {
      if (!secret->empty()) options.secrets.push_back(secret->reveal());
    }
    auto made = http::Client::make(std::move(options), session_.clock());
    if (!made) return std::move(made).error();
    client = std::move(*made);
  }
  return client.get();
}

Result<metabase::Client*> Ports::metabase() {
  auto client = metabase_for_anyone();
  if (client && !credentials_) return credentials_.error();
  return client;
}

Result<metabase::Client*> Ports::metabase_for_anyone() {
  if (metabase_) return metabase_.get();
  auto transport = http();
  if (!transport) return std::move(transport).error();
  const auto& settings = session_.settings().metabase;
  metabase::ClientOptions options;
  options.warn = [this](std::string_view line) { session_.log().warn("{}", line); };
  if (session_.common().sandbox) {
    auto running = start_sandbox(session_, 0);
    if (!running) return std::move(running).error();
    sandbox_ = std::move(*running);
    options.url = sandbox_->server->url();
    options.username = sandbox_->username;
    options.password = sandbox_->password;
  } else {
    options.url = settings.url;
    options.username = settings.username;
    options.password = settings.password.reveal();
    options.api_key = settings.api_key.reveal();
    options.session = settings.session.reveal();
    if (settings.url.starts_with("http://") && !http::is_loopback(settings.url) &&
        !options.password.empty()) {
      session_.log().warn("{} is plain HTTP: password and data cross the network readable; use https",
                          http::display_url(settings.url));
    }
  }
  url_ = options.url;
  credentials_ = metabase::check_credentials(options);
  auto client = metabase::Client::make(std::move(options), **transport, session_.clock());
  if (!client) return std::move(client).error();
  metabase_ = std::move(*client);
  return metabase_.get();
}

Result<metabase::Queries*> Ports::queries() {
  if (queries_) return queries_.get();
  auto client = metabase();
  if (!client) return std::move(client).error();
  auto kept = state();
  if (!kept) return std::move(kept).error();
  queries_ = std::make_unique<stages::TrailedQueries>(**client, trail(**kept));
  return queries_.get();
}

Result<metabase::Cards*> Ports::cards() {
  if (cards_) return cards_.get();
  auto client = metabase();
  if (!client) return std::move(client).error();
  auto kept = state();
  if (!kept) return std::move(kept).error();
  cards_ = std::make_unique<stages::TrailedCards>(**client, trail(**kept));
  return cards_.get();
}

Result<store::State*> Ports::state() {
  if (!state_) {
    const auto& settings = session_.settings();
    auto state = store::State::open(settings.state, settings.tenant, session_.clock());
    if (!state) return std::move(state).error();
    state_ = std::move(*state);
    state_->sign(user_name(), [this] { return session_.run_id(); });
  }
  return state_.get();
}

Result<const model::Domain*> Ports::domain() {
  if (!domain_) {
    auto folder = share();
    if (!folder) return std::move(folder).error();
    auto domain = config::read_domain(*folder, session_.settings().generate.domain);
    if (!domain) return std::move(domain).error();
    domain_ = std::move(*domain);
  }
  return &*domain_;
}

Result<const sql::Analyzer*> Ports::analyzer() {
  if (!analyzer_) {
    auto folder = share();
    if (!folder) return std::move(folder).error();
    auto policy = config::read_sql_policy(*folder / "config" / "sql-policy.yaml");
    if (!policy) return std::move(policy).error();
    auto business = domain();
    if (!business) return std::move(business).error();
    policy->columns = {(*business)->minor_unit_columns, (*business)->test_row_columns,
                       (*business)->deleted_row_columns};
    auto analyzer = sql::Analyzer::make(std::move(*policy));
    if (!analyzer) return std::move(analyzer).error();
    analyzer_.emplace(std::move(*analyzer));
  }
  return &*analyzer_;
}

Result<const std::vector<config::ScoringWeight>*> Ports::weights() {
  if (!weights_) {
    auto folder = share();
    if (!folder) return std::move(folder).error();
    auto weights = config::read_scoring(*folder / "config" / "scoring.yaml");
    if (!weights) return std::move(weights).error();
    const auto known = stages::score_component_names();
    for (const auto& weight : *weights) {
      if (std::find(known.begin(), known.end(), weight.component) != known.end()) continue;
      return Error{Fault::input, "config.invalid", "config",
                   (*folder / "config" / "scoring.yaml").string() + ": there is no component \"" +
                       shorten(single_line(weight.component), 40) + "\"",
                   "use one of " + join(known, ", ")};
    }
    weights_ = std::move(*weights);
  }
  return &*weights_;
}

Result<const config::ModelTable*> Ports::models() {
  if (!models_) {
    auto folder = share();
    if (!folder) return std::move(folder).error();
    auto models = config::read_models(*folder / "config" / "models.yaml");
    if (!models) return std::move(models).error();
    models_ = std::move(*models);
  }
  return &*models_;
}

std::shared_ptr<llm::Purse> Ports::purse() {
  if (!purse_) purse_ = std::make_shared<llm::Purse>(session_.settings().llm.budget_usd);
  return purse_;
}

}  // namespace kpi::app
