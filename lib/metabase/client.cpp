#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/session.hpp>

#include <utility>

namespace kpi::metabase {
namespace {

/// The address as it may be shown and linked to: no user, password, query or trailing '/'.
std::string site_of(const std::string& url) {
  return http::display_url(http::join_url(url.substr(0, url.find_first_of("?#")), ""));
}

/// What people paste: the address with the API's own path at the end.
std::string without_api(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  constexpr std::string_view api = "/api";
  if (url.size() > api.size() && url.compare(url.size() - api.size(), api.size(), api) == 0) {
    url.resize(url.size() - api.size());
  }
  return url;
}

}  // namespace

Result<std::unique_ptr<Client>> Client::make(ClientOptions options, http::Transport& transport,
                                             Clock& clock) {
  options.url = without_api(std::string(trim(options.url)));
  if (options.url.empty()) {
    return Error{Fault::input, "metabase.no_url", "metabase", "there is no address of a Metabase",
                 "set METABASE_URL, for example https://metabase.example.com; or try --sandbox"};
  }
  if (!http::is_http_url(options.url)) {
    return Error{Fault::input, "metabase.bad_url", "metabase",
                 "METABASE_URL is no address of the form http://HOST or https://HOST", "correct it"};
  }
  auto site = site_of(options.url);
  auto session = std::make_unique<Session>(std::move(options), std::move(site), transport, clock);
  return std::unique_ptr<Client>(new Client(std::move(session)));
}

Client::Client(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Client::~Client() = default;

Result<bool> Client::healthy(std::stop_token stop) {
  Call call;
  call.path = "/api/health";
  call.identity = Identity::anyone;
  call.deadline = std::chrono::seconds{30};
  call.max_attempts = 1;  // "not yet" is the answer asked for
  auto response = session_->send(call, std::move(stop));
  if (!response) return std::move(response).error();
  const auto body = json_of(response->body);
  const std::string status = body ? text_of(*body, "status") : std::string();
  if (response->status == 200 && status == "ok") return true;
  if (response->status == 503 && !is_page(*response)) return false;
  if (response->status == 401)
    return session_->told(refused(session_->about(call), Credential::login, *response));
  if (response->status == 200 && !is_page(*response)) {
    return session_->told(Error{Fault::unreachable, "metabase.not_metabase", "metabase",
                                session_->site() + " does not tell its health as Metabase does",
                                "check METABASE_URL"});
  }
  return session_->told(explain(session_->about(call), *response));
}

Result<Done> Client::log_in(std::stop_token stop) { return session_->log_in(std::move(stop)); }

Result<Done> Client::log_out(std::stop_token stop) { return session_->log_out(std::move(stop)); }

Result<Who> Client::who_am_i(std::stop_token stop) {
  Call call;
  call.path = "/api/user/current";
  auto answer = session_->ask(call, std::move(stop));
  if (!answer) return std::move(answer).error();
  Who who;
  who.id = whole_of(*answer, "id").value_or(0);
  who.name = text_of(*answer, "common_name");
  if (who.name.empty()) {
    who.name = trim(text_of(*answer, "first_name") + " " + text_of(*answer, "last_name"));
  }
  if (who.name.empty()) who.name = text_of(*answer, "email");
  who.is_superuser = truth_of(*answer, "is_superuser").value_or(false);
  if (const Json* permissions = member(*answer, "permissions"); permissions != nullptr) {
    who.can_query = truth_of(*permissions, "can_create_queries");
    who.can_query_native = truth_of(*permissions, "can_create_native_queries");
  }
  return who;
}

Result<std::string> Client::version(std::stop_token stop) {
  Call call;
  call.path = "/api/session/properties";
  std::string tag = session_->version();
  for (const auto identity : {Identity::anyone, Identity::user}) {  // some releases may not tell strangers
    if (!tag.empty() || session_->asked_for_version) break;
    call.identity = identity;
    auto answer = session_->ask(call, stop);
    if (!answer) {
      const auto& code = answer.error().code;
      const bool for_users = code == "metabase.refused" || code == "metabase.forbidden";
      if (identity == Identity::anyone && for_users) continue;
      return std::move(answer).error();
    }
    if (const Json* version = member(*answer, "version"); version != nullptr) tag = text_of(*version, "tag");
    session_->note_version(tag);
    tag = session_->version();
  }
  if (!session_->asked_for_version.exchange(true) && !release_of(tag)) {
    session_->warn("metabase: " + session_->site() +
                   (tag.empty() ? " does not tell its version" : " is " + tag) +
                   ": taken for the newest release");
  }
  return tag;
}

std::int64_t Client::requests() const { return session_->requests(); }

}  // namespace kpi::metabase
