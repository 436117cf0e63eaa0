#include "generate_fixture.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// Everything that can go wrong between kpi generate and a model, one fault at a time: what comes of it, what
// it ends with, and that the next run asks for no answer again that was finished.
using namespace kpi;
using namespace kpi::test;
using namespace std::chrono_literals;

namespace {

/// What one table's model does wrong; the table before it is answered well, and so is the one after.
struct Trial {
  const char* name;
  std::function<Reply(const Asked&, std::size_t nth)> fault;
  int exit_code;
  const char* status;          ///< of the table: "ok 15"
  const char* error;           ///< its code in errors[]; "" if none
  std::size_t requests;        ///< about the table, in the first run
  std::size_t asked_again;     ///< about the table, in a second run whose model is well
  const char* says = "";       ///< part of standard error
  const char* timeout = "30";  ///< of a call, in seconds
};

Reply status(int code, std::string body = "", std::vector<std::pair<std::string, std::string>> headers = {}) {
  Reply reply = json_reply(std::move(body), code);
  for (auto& header : headers) reply.headers.push_back(std::move(header));
  return reply;
}

using Fault = std::function<Reply(const Asked&, std::size_t)>;

/// `reply` the first `times`, then well.
Fault first(Reply reply, std::size_t times = 1) {
  return [reply = std::move(reply), times](const Asked& asked, std::size_t nth) {
    return nth < times ? reply : completion(kpi_list(asked.table, 15));
  };
}
Fault always(Reply reply) {
  return [reply = std::move(reply)](const Asked&, std::size_t) { return reply; };
}
/// Answers `text`; what is missing is answered well.
Fault said(std::string text, std::string finish = "stop") {
  return [text = std::move(text), finish = std::move(finish)](const Asked& asked, std::size_t) {
    return asked.top_up ? completion(kpi_list(asked.table, 15, 100)) : completion(text, finish);
  };
}
Fault spoiled(const std::function<void(Reply&)>& spoil) {
  Reply reply = completion(kpi_list("tb_b", 15));
  spoil(reply);
  return first(std::move(reply));
}

std::string list() { return kpi_list("tb_b", 15); }
std::string cut(std::size_t bytes) { return kpi_list("tb_b", 15).substr(0, bytes); }
std::string envelope(const std::string& rest) { return R"({"model":"gpt-4.1-mini",)" + rest + "}"; }
std::string message(const std::string& rest, const std::string& finish = "stop") {
  return envelope(R"("choices":[{"finish_reason":")" + finish + R"(","message":)" + rest +
                  R"(}],"usage":{"prompt_tokens":2000,"completion_tokens":9})");
}

const char* const quota =
    R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}})";

void check(const Trial& trial) {
  CAPTURE(std::string(trial.name));
  ModelWorld world({"tb_a", "tb_b", "tb_c"}, [&](const Asked& asked, std::size_t nth) {
    return asked.table == "tb_b" ? trial.fault(asked, nth) : completion(kpi_list(asked.table, 15));
  });
  world.environment["KPI_LLM_TIMEOUT_S"] = trial.timeout;
  const auto ended = run(world.generate({"--jobs", "1"}));
  CAPTURE(ended.err);
  CHECK(ended.exit_code == trial.exit_code);
  CHECK(ended.err.find(trial.says) != std::string::npos);
  CHECK(ended.err.find('\x1b') == std::string::npos);
  CHECK((ended.out + ended.err).find("sk-planted-key") == std::string::npos);
  const auto report = json_of(ended.out);
  CHECK(status_of(report, "tb_a") == "ok 15");
  CHECK(status_of(report, "tb_b") == trial.status);
  CHECK(error_code(report, "tb_b") == trial.error);
  CHECK(world.model.count("tb_b") == trial.requests);
  for (const auto& asked : world.model.asked()) {
    CHECK(asked.request.header("Authorization") == "Bearer sk-planted-key");
    CHECK(asked.request.body.find("sk-planted-key") == std::string::npos);
  }

  const bool stopped = status_of(report, "tb_c") != "ok 15";  // what fails for all ends the run
  world.model.restart(good_answers());
  const auto again = run(world.generate({"--jobs", "1"}));
  CAPTURE(again.err);
  CHECK(world.model.count("tb_a") == 0);
  CHECK(world.model.count("tb_b") == trial.asked_again);
  CHECK(world.model.count("tb_c") == (stopped ? 1 : 0));
  CHECK(again.exit_code == (trial.asked_again > 0 ? 0 : trial.exit_code));
  const auto summary = json_of(again.out)["summary"];
  CHECK(summary["llm_calls"] == trial.asked_again + (stopped ? 1 : 0));
  CHECK(files_with(world.folder(), "sk-planted-key").empty());
}

}  // namespace

TEST_CASE("kpi generate: servers that refuse are asked again as they say, and no more than helps") {
  const std::string slow = R"({"error":{"message":"slow down","code":"rate_limit_exceeded"}})";
  for (const char* wait : {"0.05", "0", "-3", "nan", "Thu, 01 Jan 2015 00:00:00 GMT"})
    check({wait, first(status(429, slow, {{"Retry-After", wait}})), 0, "ok 15", "", 2, 0});
  const std::vector<Trial> trials{
      {"429 with retry-after-ms", first(status(429, slow, {{"retry-after-ms", "40"}})), 0, "ok 15", "", 2, 0},
      {"429 and no word", first(status(429, slow)), 0, "ok 15", "", 2, 0},
      {"429 told not to", always(status(429, slow, {{"x-should-retry", "false"}})), 4, "failed 0",
       "llm.rate_limited", 1, 1},
      {"408", first(status(408)), 0, "ok 15", "", 2, 0},
      {"409", first(status(409)), 0, "ok 15", "", 2, 0},
      {"500", first(status(500, R"({"error":{"message":"oops","type":"server_error"}})"), 2), 0, "ok 15", "",
       3, 0},
      {"502 in HTML", first(status(502, "<!DOCTYPE html><p>Bad Gateway</p>")), 0, "ok 15", "", 2, 0},
      {"503", first(status(503, R"({"error":{"code":"server_is_overloaded"}})")), 0, "ok 15", "", 2, 0},
      {"504, empty", first(status(504)), 0, "ok 15", "", 2, 0},
      {"529", first(status(529)), 0, "ok 15", "", 2, 0},
      {"522 of a gateway", first(status(522, "<html>")), 0, "ok 15", "", 2, 0},
      {"422 about the format",
       first(status(422, R"({"detail":[{"loc":["body","response_format"],"msg":"not permitted"}]})")), 0,
       "ok 15", "", 2, 0},
      {"429, more than a minute's tokens",
       always(status(429, R"({"error":{"message":"Request too large for m on tokens per min"}})",
                     {{"Retry-After", "1"}})),
       4, "failed 0", "llm.too_long", 1, 1},
      {"413", always(status(413)), 4, "failed 0", "llm.too_long", 1, 1},
      {"422", always(status(422, R"({"object":"error","message":"bad","code":422})")), 4, "failed 0",
       "llm.rejected", 1, 1},
      {"400 about temperature",
       first(status(400, R"({"error":{"message":"no","param":"temperature","code":"unsupported_value"}})")),
       0, "ok 15", "", 2, 0},
      {"400 about the context",
       first(status(
           400,
           R"({"error":{"message":"This model's maximum context length is 8192 tokens. However, you requested 9900 tokens (1900 in the messages, 8000 in the completion).","code":"context_length_exceeded"}})")),
       0, "ok 15", "", 2, 0},
      {"400 of a filter", always(status(400, R"({"error":{"message":"no","code":"content_filter"}})")), 4,
       "failed 0", "llm.filtered", 1, 1},
      {"redirect elsewhere",
       always(status(307, "", {{"Location", "http://127.0.0.1:9/v1/chat/completions"}})), 4, "failed 0",
       "llm.rejected", 1, 1},
  };
  for (const auto& trial : trials) check(trial);
}

TEST_CASE(
    "kpi generate: a wait that is longer than the call may take fails that table with the time stated") {
  check({"429, come back tomorrow", always(status(429, "", {{"Retry-After", "9999"}})), 4, "failed 0",
         "llm.rate_limited", 1, 1, "9999 s"});
}

TEST_CASE("kpi generate: a server that stays broken fails its table after a few tries, not the rest") {
  check({"502 for ever", always(status(502)), 4, "failed 0", "llm.server", 4, 1});
}

TEST_CASE("kpi generate: what would fail for every table ends the run at once and keeps what is finished") {
  for (
      const auto& [name, reply, code] :
      {std::tuple{
           "401",
           status(
               401,
               R"({"error":{"message":"Incorrect API key provided: sk-planted-key.","code":"invalid_api_key"}})"),
           "llm.credentials"},
       std::tuple{"403", status(403, "<html>country</html>"), "llm.credentials"},
       std::tuple{"404", status(404, R"({"error":{"message":"no such model","code":"model_not_found"}})"),
                  "llm.no_model"},
       std::tuple{"400 of a wrong key",
                  status(400, R"([{"error":{"code":400,"message":"API key not valid."}}])"),
                  "llm.credentials"},
       std::tuple{"429 account not active",
                  status(429, R"({"error":{"message":"not active","type":"billing_not_active"}})"),
                  "llm.no_money"},
       std::tuple{"402", status(402, R"({"error":{"message":"no credit"}})"), "llm.no_money"},
       std::tuple{"429 no money", status(429, quota), "llm.no_money"},
       std::tuple{"200 no money", json_reply(quota), "llm.no_money"}})
    check({name, always(reply), 4, "failed 0", code, 1, 1});

  ModelWorld world({"tb_a", "tb_b"}, always(status(401)));
  check_failed(run(world.generate({"--jobs", "1"})), 3, "OPENAI_API_KEY");
  CHECK(world.model.asked().size() == 1);
  world.environment["OPENAI_BASE_URL"] = refused_url() + "/v1";
  check_failed(run(world.generate()), 3, "does not accept connections");
  world.environment["OPENAI_BASE_URL"] = "http://no-such-host.invalid/v1";
  check_failed(run(world.generate()), 3, "no-such-host.invalid");
  world.environment["OPENAI_BASE_URL"] = "https://127.0.0.1:" + std::to_string(world.model.server().port());
  check_failed(run(world.generate()), 3, "secure connection");
}

TEST_CASE("kpi generate: envelopes that are no answer are classed, and asked for once more") {
  for (const auto& [name, body] : std::vector<std::pair<const char*, std::string>>{
           {"an error under 200", R"({"error":{"message":"upstream","code":502}})"},
           {"an error in words", R"({"error":"upstream"})"},
           {"an error in words that quotes the request", R"({"error":"Bearer sk-planted-key"})"},
           {"no choices", envelope(R"("usage":{})")},
           {"empty choices", envelope(R"("choices":[])")},
           {"null choices", envelope(R"("choices":null)")},
           {"HTML", "<html>login</html>"},
           {"nothing", ""},
           {"nested deep", std::string(100'000, '[')}}) {
    check({name, first(json_reply(body)), 0, "ok 15", "", 2, 0});
    const bool server = std::string(name) == "an error under 200",
               words = std::string(name).starts_with("an error in words");
    check({name, always(json_reply(body)), 4, "failed 0",
           server  ? "llm.server"
           : words ? "llm.rejected"
                   : "llm.bad_answer",
           2, 1});
  }
}

TEST_CASE("kpi generate: an answer without a KPI is paid, named, and never paid for again") {
  const std::vector<Trial> trials{
      {"content null", always(json_reply(message(R"({"content":null})"))), 4, "failed 0", "llm.empty", 2, 0},
      {"content empty", always(json_reply(message(R"({"content":""})"))), 4, "failed 0", "llm.empty", 2, 0},
      {"content blank", always(json_reply(message(R"({"content":" \n "})"))), 4, "failed 0", "llm.empty", 2,
       0},
      {"refusal", always(json_reply(message(R"({"content":null,"refusal":"I'm sorry"})"))), 4, "failed 0",
       "llm.refused", 1, 0},
      {"content filter", always(json_reply(message(R"({"content":""})", "content_filter"))), 4, "failed 0",
       "llm.filtered", 1, 0},
      {"thought up to the limit", always(json_reply(message(R"({"content":""})", "length"))), 4, "failed 0",
       "llm.cut", 1, 0, "--max-tokens"},
      {"cut before the first KPI", always(completion(cut(30), "length")), 4, "failed 0", "llm.cut", 1, 0},
      {"prose", always(completion("I cannot see your database.")), 4, "failed 0", "llm.unreadable", 2, 0,
       "I cannot see your database."},
      {"an empty list", always(completion("[]")), 4, "failed 0", "llm.empty_list", 2, 0, "empty list"},
      {"an empty list, as asked", always(completion(R"({"kpis":[]})")), 4, "failed 0", "llm.empty_list", 2,
       0},
      {"nothing but wrong items", always(completion(R"([{"name":"A"},{"sql":3},7,null])")), 4, "failed 0",
       "llm.unreadable", 2, 0, "it has no SQL"},
      {"an empty list, then more", said("[]"), 0, "ok 15", "", 2, 0},
  };
  for (const auto& trial : trials) check(trial);
}

TEST_CASE("kpi generate: what is in an answer is read, whatever is around it or missing") {
  std::string keys = "[";
  for (int i = 0; i < 15; ++i)
    keys += std::string(i > 0 ? "," : "") + R"({"kpi_name":"K)" + std::to_string(i) +
            R"(","sql_query":["SELECT )" + std::to_string(i) + R"(","FROM tb_b"],"extra":1})";
  keys += "]";
  std::string many = kpi_list("tb_b", 500);
  std::string lines;
  const auto listed = json_of(list());
  for (const auto& one : listed["kpis"]) lines += dump_json(one) + "\n";
  const auto nul = R"([{"name":"Nul","sql":"SELECT 1\u0000"},)" +
                   list().substr(9, list().size() - 10);  // the list's items
  std::string lone = list();
  lone.replace(lone.find("\"d\""), 3, "\"\\ud800\"");
  const std::vector<Trial> trials{
      {"fence", said("```json\n" + list() + "\n```"), 0, "ok 15", "", 1, 0},
      {"fence never closed", said("Here you are:\n```\n" + list()), 0, "ok 15", "", 1, 0},
      {"prose around", said("Sure! " + list() + " Hope it helps."), 0, "ok 15", "", 1, 0},
      {"two blocks", said("```json\n{\"note\":1}\n```\nand\n" + list()), 0, "ok 15", "", 1, 0},
      {"thinking", said("<think>{\"no\":[1]}</think>" + list()), 0, "ok 15", "", 1, 0},
      {"bare array", said(list().substr(8, list().size() - 9)), 0, "ok 15", "", 1, 0},
      {"JSON in a string", said(dump_json(Json(list()))), 0, "ok 15", "", 1, 0},
      {"byte-order mark", said("\xEF\xBB\xBF" + list()), 0, "ok 15", "", 1, 0},
      {"other keys", said(keys), 0, "ok 15", "", 1, 0},
      {"five hundred", said(many), 0, "ok 20", "", 1, 0},
      {"a lone surrogate", said(lone), 0, "ok 15", "", 1, 0},
      {"three, then more", said(kpi_list("tb_b", 3)), 0, "ok 18", "", 2, 0},
      {"lines of JSON", said(lines), 0, "ok 15", "", 1, 0, "15 pieces"},
      {"one fence after the other",
       said("```json\n" + kpi_list("tb_b", 8) + "\n```\nand\n```json\n" + kpi_list("tb_b", 7, 9) + "\n```"),
       0, "ok 15", "", 1, 0},
      {"as arguments of a function",
       always(json_reply(message(R"({"content":null,"tool_calls":[{"function":{"name":"f","arguments":)" +
                                     dump_json(Json(list())) + "}}]}",
                                 "tool_calls"))),
       0, "ok 15", "", 1, 0},
      {"three twice", said(kpi_list("tb_b", 3) + kpi_list("tb_b", 3)), 0, "ok 18", "", 2, 0},
      {"three and no more", always(completion(kpi_list("tb_b", 3))), 0, "short 3", "", 2, 0},
      {"cut in a key", said(cut(list().find("business_value") + 5), "length"), 4, "failed 0", "llm.cut", 1,
       0},
      {"cut in a string", said(cut(list().rfind("SELECT") + 3), "length"), 0, "ok 20", "", 2, 0},
      {"cut after a comma", said(cut(list().rfind("{\"name\"")), "length"), 0, "ok 20", "", 2, 0},
      {"two megabytes of SQL",
       said(R"([{"name":"Huge","sql":")" + std::string(2'000'000, 'x') + "\"}," +
            list().substr(9, list().size() - 10)),
       0, "ok 15", "", 1, 0, "its SQL is too long"},
      {"a NUL in SQL", said(nul), 0, "ok 15", "", 1, 0, "its SQL holds a NUL"},
      {"no finish_reason",
       always(json_reply(R"({"choices":[{"finish_reason":null,"message":{"content":)" +
                         dump_json(Json(list())) + "}}]}")),
       0, "ok 15", "", 1, 0, "estimated"},
      {"blank lines first", spoiled([](Reply& r) { r.body = "\n\n\n" + r.body; }), 0, "ok 15", "", 1, 0},
      {"another content type", spoiled([](Reply& r) {
         r.headers = {{"Content-Type", "text/event-stream"}};
       }),
       0, "ok 15", "", 1, 0},
      {"ill-formed UTF-8", spoiled([](Reply& r) { r.body.replace(r.body.find("Figure"), 1, "\xff"); }), 0,
       "ok 15", "", 1, 0},
      {"another model",
       spoiled([](Reply& r) { r.body.replace(r.body.find("gpt-4.1-mini"), 12, "llama-3-tiny"); }), 0, "ok 15",
       "", 1, 0, "answered by llama-3-tiny"},
  };
  for (const auto& trial : trials) check(trial);
}

TEST_CASE("kpi generate: a connection that breaks is tried again until an answer has begun, and not after") {
  const std::vector<Trial> trials{
      {"reset before an answer", spoiled([](Reply& r) { r.reset_before_headers = true; }), 0, "ok 15", "", 2,
       0, "may have been paid"},
      {"closed before an answer", spoiled([](Reply& r) { r.close_before_headers = true; }), 0, "ok 15", "", 2,
       0},
      {"reset within the answer", spoiled([](Reply& r) { r.reset_mid_body = true; }), 4, "failed 0",
       "http.reset", 1, 1, "may have been carried out"},
      {"Content-Length short", spoiled([](Reply& r) { r.cut_body_at = 40; }), 4, "failed 0", "http.reset", 1,
       1},
      {"bad chunk", spoiled([](Reply& r) { r.bad_chunk = true; }), 4, "failed 0", "http.reset", 1, 1},
      {"headers, then silence", spoiled([](Reply& r) { r.headers_then_silence = true; }), 4, "failed 0",
       "http.timeout", 1, 1, "", "3"},
      {"silence", spoiled([](Reply& r) { r.delay = 30s; }), 4, "failed 0", "http.timeout", 1, 1, "", "3"},
      {"a trickle", spoiled([](Reply& r) { r.trickle = 100ms; }), 4, "failed 0", "http.timeout", 1, 1, "",
       "3"},
      {"more than anyone wrote", spoiled([](Reply& r) { r.body.append(9U << 20U, ' '); }), 4, "failed 0",
       "http.too_large", 1, 1},
      {"closed after each answer", spoiled([](Reply& r) { r.close_after = true; }), 0, "ok 15", "", 1, 0},
  };
  for (const auto& trial : trials) check(trial);
}

TEST_CASE("kpi generate: what a hostile answer says is kept as text and printed harmless") {
  Json item{{"name", "Evil \x1b[31m{{tag}} \xE2\x80\xAE"}, {"sql", "DROP TABLE tb_b"}, {"tables", {"tb_b"}}};
  Json items = Json::array({item});
  const auto good = json_of(kpi_list("tb_b", 15));
  for (const auto& one : good["kpis"]) items.push_back(one);
  check({"hostile", said(dump_json(Json{{"kpis", items}})), 0, "ok 16", "", 1, 0});
  check({"hostile prose", always(completion("\x1b]0;owned\x07 \x1b[2J <script>")), 4, "failed 0",
         "llm.unreadable", 2, 0});
}
