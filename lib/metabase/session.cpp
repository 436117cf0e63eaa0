#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/session.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace kpi::metabase {
namespace {

constexpr std::size_t shortest_secret = 4;  // "a" as a password would take every a out of a message
constexpr int repeats_of_broken = 2;
constexpr auto repeat_wait = std::chrono::milliseconds{500};

Error no_credentials(const ClientOptions& options) {
  const char* what = "there are no credentials";
  if (!options.username.empty()) what = "METABASE_USERNAME is set, but METABASE_PASSWORD is not";
  if (!options.password.empty()) what = "METABASE_PASSWORD is set, but METABASE_USERNAME is not";
  return {Fault::input, "metabase.no_credentials", "metabase", what,
          "set METABASE_URL, and METABASE_USERNAME and METABASE_PASSWORD, or METABASE_API_KEY, or "
          "METABASE_SESSION; or try --sandbox"};
}

std::size_t size_of(const http::Response& response) {
  return std::accumulate(response.pieces.begin(), response.pieces.end(), response.body.size(),
                         [](std::size_t sum, const std::string& piece) { return sum + piece.size(); });
}

}  // namespace

Result<Done> check_credentials(const ClientOptions& options) {
  const bool given = !options.api_key.empty() || !options.session.empty() ||
                     (!options.username.empty() && !options.password.empty());
  if (!given) return no_credentials(options);
  return Done{};
}

Session::Session(ClientOptions options, std::string site, http::Transport& transport, Clock& clock)
    : options_(std::move(options)),
      site_(std::move(site)),
      transport_(transport),
      clock_(clock) {
  secrets_ = {options_.password, options_.api_key, options_.session};
  if (!options_.api_key.empty() || options_.session.empty()) return;
  token_ = options_.session;
  generation_ = 1;
}

Result<http::Response> Session::send(const Call& call, std::stop_token stop) {
  if (call.identity == Identity::anyone) return send_once(call, nullptr, stop);
  auto first = pass(stop);
  if (!first) return std::move(first).error();
  auto response = send_once(call, &*first, stop);
  if (!response) return response;
  if (response->status != 401) {
    note_accepted(first->generation);
    return response;
  }
  auto second = renew(*first, *response, stop);
  if (!second) return std::move(second).error();
  response = send_once(call, &*second, stop);
  if (!response) return response;
  if (response->status == 401) return told(refused(about(call), second->kind, *response));
  note_accepted(second->generation);
  return response;
}

Result<http::Response> Session::send_once(const Call& call, const Pass* pass, std::stop_token stop) {
  http::Request request;
  request.method = call.method;
  request.url = http::join_url(options_.url, call.path);
  request.headers.push_back({"Accept", "application/json"});
  if (!call.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  if (call.own_connection) request.headers.push_back({"Connection", "close"});
  if (pass != nullptr) request.headers.push_back(pass->header);
  request.body = call.body;
  request.repeat = call.repeat;
  request.deadline = call.deadline;
  request.idle_timeout = call.idle_timeout;
  request.stop_grace = call.stop_grace;
  request.max_response_bytes = call.max_bytes;
  request.max_attempts = call.max_attempts;
  request.in_pieces = call.in_pieces;

  auto response = transport_.send(request, std::move(stop));
  if (!response) {
    ++requests_;
    const bool lost = call.repeat == http::Repeat::never && call.identity == Identity::user &&
                      may_have_arrived(response.error());
    auto error = unreached(about(call), request.url, std::move(response).error());
    return told(lost ? lost_answer(about(call), error) : std::move(error));
  }
  requests_ += response->attempts;
  if (const std::string* said = response->header("X-Metabase-Version"); said != nullptr) note_version(*said);
  return response;
}

Result<Done> Session::fetch(const Call& call, std::stop_token stop,
                            const std::function<bool(http::Response& answer)>& take) {
  for (int tried = 1;; ++tried) {
    auto response = send(call, stop);
    if (!response) return std::move(response).error();
    const bool fine = response->status >= 200 && response->status < 300;
    const bool readable = fine && !is_page(*response);
    const std::size_t bytes = size_of(*response);
    if (readable && take(*response)) return Done{};

    const bool once = call.repeat == http::Repeat::never;
    auto error = told(fine ? bad_answer(about(call), *response, bytes) : explain(about(call), *response));
    if (once && (readable || may_have_arrived(*response))) return lost_answer(about(call), error);
    if (!readable || once || tried > repeats_of_broken) return error;
    if (!pause(tried, stop))
      return Error{Fault::interrupted, "http.interrupted", "metabase", "interrupted", ""};
  }
}

Result<Json> Session::ask(const Call& call, std::stop_token stop) {
  Json answer;
  auto done = fetch(call, std::move(stop), [&answer](const http::Response& response) {
    auto json = json_of(response.body);
    if (json) answer = *std::move(json);
    return json.has_value();
  });
  if (!done) return std::move(done).error();
  return answer;
}

bool Session::pause(int tried, std::stop_token stop) {
  const auto most = static_cast<std::uint64_t>((repeat_wait * (1 << tried)).count());
  return clock_.sleep(repeat_wait + std::chrono::milliseconds(clock_.random() % most), std::move(stop));
}

Session::Pass Session::current_pass() const {
  const auto kind = began_session_ ? Credential::login : Credential::session;
  return {{"X-Metabase-Session", token_}, kind, generation_};
}

Result<Session::Pass> Session::pass(std::stop_token stop) {
  if (!options_.api_key.empty()) return Pass{{"x-api-key", options_.api_key}, Credential::api_key, 0};
  const std::lock_guard lock(login_);
  if (rejected_) return *rejected_;
  if (!token_.empty()) return current_pass();
  return log_in_locked(std::move(stop));
}

Result<Session::Pass> Session::renew(const Pass& old, const http::Response& denial, std::stop_token stop) {
  const About server{site_, {}};
  if (old.kind == Credential::api_key || is_page(denial)) return told(refused(server, old.kind, denial));
  const std::lock_guard lock(login_);
  if (rejected_) return *rejected_;
  if (generation_ != old.generation && !token_.empty()) return current_pass();  // another thread was faster
  // A session that we just began and that never worked will not work after another login either.
  const bool never_worked = old.kind == Credential::login && accepted_ < old.generation;
  if (never_worked || options_.username.empty() || options_.password.empty()) {
    return told(refused(server, old.kind, denial));
  }
  return log_in_locked(std::move(stop));
}

Result<Session::Pass> Session::log_in_locked(std::stop_token stop) {
  if (options_.username.empty() || options_.password.empty()) return no_credentials(options_);
  Call call;
  call.method = http::Method::post;
  call.path = "/api/session";
  call.body = dump_json(Json{{"username", options_.username}, {"password", options_.password}});
  call.repeat = http::Repeat::never;  // every attempt counts towards the server's throttle
  call.identity = Identity::anyone;
  call.deadline = std::chrono::seconds{60};
  auto response = send_once(call, nullptr, std::move(stop));
  if (!response) return std::move(response).error();
  const About server{site_, {}};
  if (response->status < 200 || response->status >= 300) {
    auto error = told(login_failed(server, *response));
    if (error.code == "metabase.refused" || error.code == "metabase.throttled") rejected_ = error;
    return error;
  }
  const auto answer = json_of(response->body);
  std::string token = answer ? text_of(*answer, "id") : std::string();
  if (token.empty()) {
    Error error = explain(server, *response);
    if (error.code == "metabase.bad_answer") {
      error = {Fault::unreachable, "metabase.not_metabase", "metabase",
               site_ + " gave no session for a login: it is no Metabase, or a proxy answers for it",
               "check METABASE_URL"};
    }
    return told(std::move(error));
  }
  {
    const std::lock_guard lock(notes_);
    secrets_.push_back(token);
  }
  token_ = std::move(token);
  began_session_ = true;
  ++generation_;
  return current_pass();
}

Result<Done> Session::log_in(std::stop_token stop) {
  auto ready = pass(std::move(stop));
  if (!ready) return std::move(ready).error();
  return Done{};
}

Result<Done> Session::log_out(std::stop_token stop) {
  const std::lock_guard lock(login_);
  if (!began_session_ || token_.empty()) return Done{};
  const Pass last = current_pass();
  token_.clear();
  began_session_ = false;
  Call call;
  call.method = http::Method::del;
  call.path = "/api/session";
  call.subject = "the end of the session";
  call.identity = Identity::anyone;
  call.deadline = std::chrono::seconds{10};
  call.max_attempts = 1;
  auto response = send_once(call, &last, std::move(stop));
  if (!response) return std::move(response).error();
  const bool ended = response->status < 300 || response->status == 401 || response->status == 404;
  if (!ended) return told(explain(about(call), *response));
  return Done{};
}

void Session::note_accepted(std::uint64_t generation) {
  auto known = accepted_.load();
  while (known < generation && !accepted_.compare_exchange_weak(known, generation)) {
  }
}

std::string Session::without_secrets(std::string text) const {
  std::vector<std::string> secrets;
  {
    const std::lock_guard lock(notes_);
    secrets = secrets_;
  }
  for (const auto& secret : secrets) {
    if (secret.size() < shortest_secret) continue;
    text = replace_all(text, secret, "***");
    text = replace_all(text, http::percent_encode(secret), "***");
  }
  return text;
}

Error Session::told(Error error) const {
  error.what = without_secrets(std::move(error.what));
  return error;
}

void Session::warn(std::string_view line) const {
  if (options_.warn) options_.warn(without_secrets(single_line(line)));
}

std::string Session::version() const {
  const std::lock_guard lock(notes_);
  return version_;
}

void Session::note_version(std::string_view version) {
  const auto word = version.substr(0, version.find(' '));  // "v0.50.5 (48f6978)"
  if (word.empty() || word.size() > 40 || word.front() != 'v') return;
  const std::lock_guard lock(notes_);
  version_ = single_line(word);
}

}  // namespace kpi::metabase
