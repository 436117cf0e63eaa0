#include "session.hpp"

#include "logging.hpp"
#include "version.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace kpi::app {
namespace {

/// The password in "postgres://user:PASSWORD@host/name", or "".
std::string password_in(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return "";
  const auto rest = url.substr(scheme + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == std::string::npos || colon == std::string::npos || colon > at) return "";
  return authority.substr(colon + 1, at - colon - 1);
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const Common& common, Surroundings& around,
                                               std::string command) {
  around.console.configure(common.console);
  auto loaded = config::load(common.sources);
  if (!loaded) return std::move(loaded).error();
  std::unique_ptr<Session> session(new Session(common, around, std::move(command), std::move(*loaded)));
  for (const auto& warning : session->loaded_.warnings) session->log().warn("{}", warning);
  if (session->loaded_.file) session->log().debug("configuration file {}", session->loaded_.file->string());
  return session;
}

Session::Session(Common common, Surroundings& around, std::string command, config::Loaded loaded)
    : common_(std::move(common)),
      around_(around),
      command_(std::move(command)),
      loaded_(std::move(loaded)),
      log_(make_logger(around.console)) {
  hide_secrets();
  progress_ = std::make_unique<ConsoleProgress>(around.console, system_clock());
}

void Session::hide_secrets() {
  const auto& s = loaded_.settings;
  for (const auto* secret : {&s.metabase.password, &s.metabase.api_key, &s.metabase.session,
                             &s.llm.openai_api_key, &s.llm.anthropic_api_key}) {
    console().hide(secret->reveal());
  }
  for (const auto& url : s.sandbox.database) console().hide(password_in(url));
}

stages::Context Session::context(const std::string& metabase_url, const std::string& run_id) {
  model::Run run;
  run_id_ = run_id.empty() ? new_run_id(clock()) : run_id;
  run.id = run_id_;
  run.tenant = settings().tenant;
  run.tool_version = version;
  run.started_at = iso_time(clock().now());
  run.command = command_;
  return {std::move(run), metabase_url, static_cast<std::size_t>(settings().jobs),
          clock(),        progress(),   stop()};
}

std::string settings_behind_reports(const config::Loaded& loaded) {
  static constexpr std::array<std::string_view, 10> others{"jobs",
                                                           "validate.per_database",
                                                           "llm.timeout_s",
                                                           "llm.budget_usd",
                                                           "llm.budget_day_usd",
                                                           "llm.budget_month_usd",
                                                           "llm.openai_requests_per_minute",
                                                           "llm.openai_tokens_per_minute",
                                                           "llm.anthropic_requests_per_minute",
                                                           "llm.anthropic_tokens_per_minute"};
  std::string text;
  for (const auto& one : loaded.shown) {
    if (std::find(others.begin(), others.end(), one.key) == others.end())
      text += one.key + "=" + one.value + "\n";
  }
  return text;
}

Result<std::filesystem::path> share_folder() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  return config::share_directory(failure ? std::filesystem::path("kpi") : self);
}

}  // namespace kpi::app
