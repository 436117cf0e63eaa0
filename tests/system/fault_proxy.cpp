#include "system/fault_proxy.hpp"

#include <kpi/base/json.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <regex>

namespace kpi::test {

Reply CountingModel::answer(const Received& request) {
  auto json = parse_json(request.body, "question");
  if (!json) return json_reply(R"({"error":{"message":"no JSON"}})", 400);
  const auto& question = (*json)["messages"].back()["content"];
  const auto text = question.is_string() ? question.get<std::string>() : dump_json(question);
  std::smatch found;
  const std::string table =
      std::regex_search(text, found, std::regex("TB_[A-Z0-9]+")) ? found[0].str() : "TB_A";

  Json kpis = Json::array();
  const auto add = [&](const std::string& name, const std::string& sql) {
    kpis.push_back({{"name", name + " of " + table},
                    {"description", "What " + name + " come to."},
                    {"business_value", "Tells whether the business grows."},
                    {"sql", sql},
                    {"tables", Json::array({table})},
                    {"shape", "scalar"},
                    {"unit", "count"},
                    {"display", "scalar"}});
  };
  add("Rows", "SELECT COUNT(*) AS rows_in_all FROM " + table);
  add("Open rows", "SELECT COUNT(*) AS open_rows FROM " + table + " WHERE status = 'OPEN'");
  add("Amount", "SELECT SUM(amount) AS amount FROM " + table);
  add("Average amount", "SELECT AVG(amount) AS average_amount FROM " + table);
  add("Largest amount", "SELECT MAX(amount) AS largest_amount FROM " + table);
  add("Days", "SELECT COUNT(DISTINCT date(created_at)) AS days FROM " + table);
  {
    const std::lock_guard lock(mutex_);
    paid_.push_back({request.body, std::chrono::steady_clock::now() + latency_});
  }
  const Json answer{
      {"id", "a"},
      {"model", "m-1"},
      {"choices",
       Json::array({{{"index", 0},
                     {"finish_reason", "stop"},
                     {"message", {{"role", "assistant"}, {"content", dump_json({{"kpis", kpis}})}}}}})},
      {"usage", {{"prompt_tokens", 100}, {"completion_tokens", 200}, {"total_tokens", 300}}}};
  auto reply = json_reply(dump_json(answer));
  reply.delay = latency_;
  return reply;
}

SandboxServer::SandboxServer(World& world, const std::string& release) : process_(server(world, release)) {
  REQUIRE(process_.wait_for_output("\n"));
  url_ = json_of(process_.output())["url"].get<std::string>();
  httplib::Client client(url_);
  const auto answer = client.Post("/api/session", dump_json({{"username", username}, {"password", password}}),
                                  "application/json");
  REQUIRE(answer);
  headers_.emplace("X-Metabase-Session", json_of(answer->body)["id"].get<std::string>());
}

SandboxServer::~SandboxServer() { process_.signal(SIGTERM); }

Command SandboxServer::server(World& world, const std::string& release) {
  world.environment["METABASE_USERNAME"] = username;
  world.environment["METABASE_PASSWORD"] = password;
  std::vector<std::string> arguments{"sandbox"};
  if (!release.empty()) arguments.insert(arguments.end(), {"--release", release});
  auto command = world.command(arguments);
  command.timeout = std::chrono::minutes(30);
  return command;
}

Json SandboxServer::get(const std::string& path) const {
  httplib::Client client(url_);
  const auto answer = client.Get(path, headers_);
  REQUIRE(answer);
  return json_of(answer->body);
}

void SandboxServer::put(const std::string& path, const Json& body) const {
  httplib::Client client(url_);
  const auto answer = client.Put(path, headers_, dump_json(body), "application/json");
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

void SandboxServer::remove(const std::string& path) const {
  httplib::Client client(url_);
  REQUIRE(client.Delete(path, headers_));
}

std::string numbered_company(int count) {
  std::string sql;
  for (int i = 0; i < count; ++i) {
    const auto name = std::string("TB_K") + static_cast<char>('A' + i);
    sql += "CREATE TABLE " + name +
           " (id INTEGER PRIMARY KEY, status TEXT NOT NULL, amount NUMERIC(12,2), created_at TIMESTAMP NOT "
           "NULL);"
           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO " +
           name +
           " SELECT i, CASE i % 2 WHEN 0 THEN 'OPEN' ELSE 'DONE' END, (i * 37) % 900 + 0.5, datetime('now', "
           "'-' || i "
           "|| ' days') FROM n;";
  }
  return sql;
}

}  // namespace kpi::test
