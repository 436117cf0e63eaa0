#pragma once

#include "support/fake_clock.hpp"
#include "support/fake_transport.hpp"

#include <kpi/metabase/client.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kpi::metabase::test {

using kpi::test::broken;
using kpi::test::FakeTransport;
using kpi::test::header_of;
using kpi::test::json;
using kpi::test::page;
using kpi::test::text;

inline ClientOptions by_password() {
  ClientOptions options;
  options.url = "http://localhost:3000";
  options.username = "admin@kpi.local";
  options.password = "correct-horse";
  return options;
}

/// A client before a server that lets it in and knows its version; the test says what else it answers.
struct World {
  explicit World(ClientOptions options = by_password(), const std::string& version = "v0.50.3") {
    auto login = json(R"({"id":"38f4939c-ad7f-4cbe-ae54-30946daf8593"})");
    login.headers.push_back({"X-Metabase-Version", version + " (48f6978)"});
    server.on("POST /api/session", std::move(login));
    server.on("DELETE /api/session", text(204, ""));
    server.on("GET /api/session/properties", json(R"({"version":{"tag":")" + version + R"("}})"));
    options.warn = [this](std::string_view line) { warnings.emplace_back(line); };
    auto made = Client::make(std::move(options), server, clock);
    client = std::move(*made);
  }

  FakeTransport server;
  kpi::test::FakeClock clock;
  std::vector<std::string> warnings;
  std::unique_ptr<Client> client;
};

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "" : result.error().code;
}
template <class T>
std::string line_of(const Result<T>& result) {
  return result ? "" : result.error().line();
}

}  // namespace kpi::metabase::test
