#pragma once

#include <kpi/base/json.hpp>
#include <kpi/sandbox/server.hpp>

#include <doctest/doctest.h>
#include <httplib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

// A server over a small shop, and a client that speaks to it through a real socket.
namespace sandbox_test {

/// A folder of its own, gone at the end.
class Folder {
public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

/// Runs SQL on a SQLite file, made if missing.
void fill(const std::filesystem::path& file, const std::string& sql);

/// Time that stands still until it is moved.
class SetClock final : public kpi::Clock {
public:
  kpi::WallTime now() override {
    return kpi::WallTime(std::chrono::milliseconds(1'700'000'000'000) + moved_);
  }
  kpi::SteadyTime steady() override { return kpi::SteadyTime(moved_); }
  bool sleep(std::chrono::milliseconds span, std::stop_token) override {
    moved_ += span;
    return true;
  }
  std::uint64_t random() override { return kpi::system_clock().random(); }

private:
  std::chrono::milliseconds moved_{};
};

struct Reply {
  int status = 0;
  std::string text;
  httplib::Headers headers;
  kpi::Json json;  ///< discarded where the body is no JSON
};

/// One connection to a server; `headers` go with each request.
class Client {
public:
  explicit Client(const kpi::sandbox::Server& server, httplib::Headers headers = {});

  /// A client that has logged in.
  static Client in(const kpi::sandbox::Server& server);

  Reply get(const std::string& path);
  Reply post(const std::string& path, const kpi::Json& body);
  Reply put(const std::string& path, const kpi::Json& body);
  Reply remove(const std::string& path);
  /// The answer of a native query on the database `id`.
  kpi::Json ask(const std::string& sql, const kpi::Json& more = kpi::Json::object(), std::int64_t id = 1);
  /// The field of a table in the metadata of the database `id`; null if there is none.
  kpi::Json field(const std::string& table, const std::string& name, std::int64_t id = 1);

private:
  httplib::Client client_;
  httplib::Headers headers_;
};

constexpr const char* password = "correct horse";

/// Options over the small shop in `folder`.
kpi::sandbox::ServerOptions shop_options(const Folder& folder);
/// A server over the small shop.
std::unique_ptr<kpi::sandbox::Server> serve_shop(const Folder& folder,
                                                 kpi::Clock& clock = kpi::system_clock());
std::unique_ptr<kpi::sandbox::Server> serve(kpi::sandbox::ServerOptions options,
                                            kpi::Clock& clock = kpi::system_clock());

}  // namespace sandbox_test
