#include <kpi/base/text.hpp>
#include <kpi/http/client.hpp>
#include <kpi/http/curl_loop.hpp>
#include <kpi/http/failure.hpp>
#include <kpi/http/host.hpp>
#include <kpi/http/retry.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>
#include <utility>

namespace kpi::http {
namespace {

using std::chrono::milliseconds;

/// One send(): what stays the same over its attempts, and where it has got to.
struct Errand {
  std::shared_ptr<const Request> request;
  std::stop_token stop;
  SteadyTime start;
  int attempts = 0;
  int put_off = 0;  ///< of them: told when to come back, which is no failure
};

bool has_tries(const Errand& errand) {
  const int most = errand.request->max_attempts;
  return most > 1 && errand.attempts - errand.put_off < most;
}

/// What an attempt and its judgement came to: the end of the errand, or the wait before the next.
struct Step {
  std::optional<Result<Response>> end;
  milliseconds wait{0};
};

}  // namespace

struct Client::State {
  State(ClientOptions given, Clock& c, std::unique_ptr<CurlLoop> l)
      : options(std::move(given)),
        clock(c),
        loop(std::move(l)) {}

  Host& host(const std::string& url) {
    const std::lock_guard lock(mutex);
    auto& entry = hosts[host_of(url)];
    if (!entry) entry = std::make_unique<Host>(options.max_connections_per_host, options.requests_per_second);
    return *entry;
  }

  [[nodiscard]] double roll() const { return static_cast<double>(clock.random() >> 11U) * 0x1.0p-53; }
  [[nodiscard]] milliseconds spent(const Errand& errand) const { return clock.steady() - errand.start; }
  [[nodiscard]] milliseconds left(const Errand& errand) const {
    return errand.request->deadline - spent(errand);
  }

  [[nodiscard]] Error fail(const Errand& errand, const Failure& failure, std::string ending = "") const {
    return error_of(failure, {*errand.request, options.secrets, errand.attempts, std::move(ending)});
  }

  /// Waits until the host may be asked again, by its own word and by our rate; an Error ends the errand.
  Result<Done> take_turn(Errand& errand, Host& host) const;
  Step attempt(Errand& errand, Host& host) const;
  Step judge_response(Errand& errand, Host& host, Response response) const;
  Step judge_failure(Errand& errand, Host& host, const Failure& failure) const;

  const ClientOptions options;
  Clock& clock;
  std::unique_ptr<CurlLoop> loop;
  std::mutex mutex;  // guards hosts; each Host guards itself and stays where it is
  std::map<std::string, std::unique_ptr<Host>> hosts;
};

Result<Done> Client::State::take_turn(Errand& errand, Host& host) const {
  constexpr double spread_ms = 500;  // so that all who waited for one pause do not come back at once
  for (bool placed = false;;) {
    auto wait = host.pause_left(clock.steady());
    if (wait > left(errand)) {
      return paused_error(wait, left(errand), {*errand.request, options.secrets, errand.attempts, ""});
    }
    if (wait > milliseconds{0}) {
      const milliseconds jitter{static_cast<milliseconds::rep>(roll() * spread_ms)};
      wait = std::min(wait + jitter, left(errand));
    } else if (placed) {
      return Done{};
    } else {
      wait = host.reserve(clock.steady());
      placed = true;
      if (wait > left(errand))
        return fail(errand, {.trouble = Trouble::deadline, .sent = false}, "waiting for its turn");
    }
    if (wait > milliseconds{0} && !clock.sleep(wait, errand.stop)) {
      return fail(errand, {.trouble = Trouble::interrupted, .sent = false});
    }
  }
}

Step Client::State::attempt(Errand& errand, Host& host) const {
  if (left(errand) <= milliseconds{0}) return {fail(errand, {.trouble = Trouble::deadline, .sent = false})};
  const auto slot = host.enter(left(errand), errand.stop);
  if (!slot) {
    const auto trouble = errand.stop.stop_requested() ? Trouble::interrupted : Trouble::deadline;
    return {fail(errand, {.trouble = trouble, .sent = false}, "all connections to it are busy")};
  }
  ++errand.attempts;
  auto result = loop->run(errand.request, std::max(left(errand), milliseconds{1}), errand.stop);
  if (result.response) return judge_response(errand, host, std::move(*result.response));
  return judge_failure(errand, host, result.failure);
}

Step Client::State::judge_response(Errand& errand, Host& host, Response response) const {
  const Request& request = *errand.request;
  const Outcome outcome = outcome_of(response, clock.now());
  response.attempts = errand.attempts;
  response.elapsed = spent(errand);
  const bool throttled = outcome.status == 429 || (outcome.status == 503 && outcome.asked_wait);
  const bool again = worth_retry(request, outcome);
  if (!throttled && !again) {
    if (response.status < 500) host.pay_back(errand.attempts - 1);
    return {std::move(response)};
  }
  if (request.is_final && request.is_final(response)) return {std::move(response)};
  const auto wait = retry_wait(errand.attempts, roll(), outcome);
  if (throttled) host.pause_until(clock.steady(), outcome.asked_wait.value_or(wait));
  if (outcome.status == 429 && outcome.asked_wait) ++errand.put_off;
  const bool may = again && has_tries(errand) && wait < left(errand) && host.may_retry();
  if (may) return {std::nullopt, wait};
  response.asked_wait = outcome.asked_wait;
  return {std::move(response)};
}

Step Client::State::judge_failure(Errand& errand, Host& host, const Failure& failure) const {
  Outcome outcome;
  outcome.sent = failure.sent;
  outcome.begun = failure.begun;
  outcome.hopeless = failure.trouble == Trouble::certificate || failure.trouble == Trouble::too_large ||
                     failure.trouble == Trouble::bad_request || failure.trouble == Trouble::interrupted ||
                     failure.trouble == Trouble::deadline;
  if (outcome.sent && errand.request->on_lost) errand.request->on_lost();
  if (!worth_retry(*errand.request, outcome)) {
    const bool unsure = outcome.sent && !outcome.hopeless;
    return {fail(errand, failure, unsure ? "not sent again: it may have been carried out" : "")};
  }
  if (!has_tries(errand)) return {fail(errand, failure)};
  const auto wait = retry_wait(errand.attempts, roll(), outcome);
  if (wait >= left(errand))
    return {fail(errand, failure, "no time left of " + span_text(errand.request->deadline))};
  if (!host.may_retry()) return {fail(errand, failure, "too many failures of this host to try again")};
  return {std::nullopt, wait};
}

Result<std::unique_ptr<Client>> Client::make(ClientOptions options, Clock& clock) {
  if (!options.ca_file.empty() && !std::ifstream(options.ca_file)) {
    return Error{Fault::input, "http.ca_file", "http", options.ca_file + " cannot be read",
                 "name a file of PEM certificates"};
  }
  if (options.proxy.find_first_of(" \t\r\n") != std::string::npos) {
    return Error{Fault::input, "http.proxy", "http", "the proxy's address holds white space",
                 "write it as http://host:port"};
  }
  options.max_connections_per_host = std::max<std::size_t>(1, options.max_connections_per_host);
  auto loop =
      CurlLoop::make({options.max_connections_per_host, options.user_agent, options.ca_file, options.proxy});
  if (!loop) return std::move(loop).error();
  return std::unique_ptr<Client>(
      new Client(std::make_unique<State>(std::move(options), clock, *std::move(loop))));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

Result<Response> Client::send(const Request& request, std::stop_token stop) {
  if (auto checked = check(request, state_->options.secrets); !checked) return std::move(checked).error();
  Errand errand{std::make_shared<const Request>(request), std::move(stop), state_->clock.steady()};
  Host& host = state_->host(request.url);
  for (;;) {
    if (errand.stop.stop_requested())
      return state_->fail(errand, {.trouble = Trouble::interrupted, .sent = false});
    if (auto turn = state_->take_turn(errand, host); !turn) return std::move(turn).error();
    auto step = state_->attempt(errand, host);
    if (step.end) return *std::move(step.end);
    if (!state_->clock.sleep(step.wait, errand.stop)) {
      return state_->fail(errand, {.trouble = Trouble::interrupted, .sent = false});
    }
  }
}

}  // namespace kpi::http
