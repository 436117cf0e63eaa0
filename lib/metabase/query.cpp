#include <kpi/http/url.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_query.hpp>
#include <kpi/metabase/session.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

// The Queries: statements and cards, run now.
namespace kpi::metabase {
namespace {

constexpr auto slack =
    std::chrono::milliseconds{500};        // for a server that ends the query itself, just in time
constexpr int most_runs = 3;               // an answer that was lost may have run: not for ever
constexpr std::int64_t card_rows = 2'000;  // a card's own cap; the server takes none from us
constexpr int first_release_that_closes = 52;

/// What to run, and what to hold the outcome against.
struct Run {
  Call call;
  std::chrono::milliseconds timeout{0};
  std::int64_t max_rows = 0;
  std::string_view sql;
};

QueryResult out_of_time(std::chrono::milliseconds timeout, std::chrono::milliseconds elapsed) {
  QueryResult result;
  result.timed_out = true;
  result.error = fmt::format("no answer within {:g} s", static_cast<double>(timeout.count()) / 1000);
  result.error_type = "timed-out";
  result.elapsed = elapsed;
  return result;
}

/// A verdict on the statement is a value; what says nothing of the statement is an Error.
Result<QueryResult> judge(QueryResult result, const About& about) {
  if (is_forbidden(result)) {
    return Error{
        Fault::item, "metabase.forbidden", "metabase",
        fmt::format("{} gives this user no rights for {}: {}", about.site, about.subject, result.error),
        "grant native queries on it in Metabase's admin settings, under Permissions"};
  }
  if (is_saturation(result)) {
    return Error{Fault::item, "metabase.saturated", "metabase",
                 fmt::format("{} has no connection free for {}", about.site, about.subject),
                 "try again with fewer --jobs"};
  }
  return result;
}

/// Releases before 0.52 can lose the first byte of the next answer on a connection that has carried a
/// query's. Source: metabase issues 46071 and 49773.
bool loses_bytes(const Session& session) {
  const auto release = release_of(session.version());
  return release && *release < first_release_that_closes;
}

Result<QueryResult> run(Session& session, Run run, std::stop_token stop) {
  Call& call = run.call;
  call.method = http::Method::post;
  call.max_attempts = most_runs;
  const About about = session.about(call);
  // Logged in first: a login's time is not the query's.
  if (auto ready = session.log_in(stop); !ready) return std::move(ready).error();
  call.own_connection = loses_bytes(session);
  const auto start = session.clock().steady();
  for (int tried = 1;; ++tried) {
    const auto elapsed = session.clock().steady() - start;
    if (elapsed >= run.timeout && tried > 1) return out_of_time(run.timeout, elapsed);
    // Passing the deadline drops the connection, and that cancels the query in Metabase.
    call.deadline = run.timeout + slack - elapsed;
    call.idle_timeout = call.deadline;  // not a byte comes before the result
    auto response = session.send(call, stop);
    if (!response) {
      const auto spent = session.clock().steady() - start;
      if (response.error().code == "metabase.timeout" && spent >= run.timeout) {
        return out_of_time(run.timeout, spent);
      }
      return std::move(response).error();
    }
    const bool fine = response->status >= 200 && response->status < 300;
    auto body = is_page(*response) ? std::nullopt : json_of(response->body);
    if (body && is_outcome(*body)) {
      QueryResult result = outcome_of(*std::move(body), run.max_rows, run.sql);
      if (result.elapsed.count() == 0) result.elapsed = response->elapsed;
      result.error = session.without_secrets(std::move(result.error));
      return judge(std::move(result), about);
    }
    if (!fine) return session.told(explain(about, *response));
    // A failure after the first bytes leaves a cut or broken body under a good status.
    if (is_page(*response) || tried == most_runs)
      return session.told(bad_answer(about, *response, response->body.size()));
    if (!session.pause(tried, stop)) {
      return Error{Fault::interrupted, "http.interrupted", "metabase", "interrupted", ""};
    }
  }
}

}  // namespace

Result<QueryResult> Client::query(const Query& query, std::stop_token stop) {
  Run work;
  work.call.path = "/api/dataset";
  work.call.subject = fmt::format("the query on database {}", query.database_id);
  work.call.body = dump_json(dataset_body(query));
  work.timeout = query.timeout;
  work.max_rows = query.max_rows;
  work.sql = query.sql;
  return run(*session_, std::move(work), std::move(stop));
}

Result<QueryResult> Client::run_card(std::int64_t card_id, std::chrono::milliseconds timeout,
                                     std::stop_token stop) {
  Run work;
  work.call.path = fmt::format("/api/card/{}/query", card_id);
  work.call.subject = fmt::format("card {}", card_id);
  work.call.body = dump_json(Json{{"parameters", Json::array()}, {"ignore_cache", true}});
  work.timeout = timeout;
  work.max_rows = card_rows;
  return run(*session_, std::move(work), std::move(stop));
}

}  // namespace kpi::metabase
