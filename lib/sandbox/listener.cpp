#include <kpi/base/text.hpp>
#include <kpi/sandbox/listener.hpp>

#include <httplib.h>

#include <atomic>
#include <future>
#include <thread>

namespace kpi::sandbox {
namespace {

constexpr std::size_t max_body_bytes = std::size_t{8} << 20U;
constexpr std::size_t threads = 32;  // a slow query holds one; people and pipes share the rest
constexpr std::chrono::milliseconds watch_interval{100};

Request read(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  for (const auto& [name, value] : from.params) request.query.emplace(name, value);
  for (const auto& [name, value] : from.headers) request.headers.emplace(lower(name), value);
  request.text = from.body;
  return request;
}

}  // namespace

struct Listener::Parts {
  httplib::Server server;
  Answer answer;
  std::thread thread;
  std::atomic<bool> stopping{false};
  int port = 0;

  /// Never throws: the HTTP library stands above us.
  void handle(const httplib::Request& from, httplib::Response& to) noexcept {
    try {
      auto response = answer(read(from));
      to.status = response.status;
      for (const auto& [name, value] : response.headers) to.set_header(name, value);
      if (response.deferred) {
        stream(to, response.type, std::move(response.deferred));
      } else if (response.status != 204) {
        to.set_content(response.body, response.type);
      }
    } catch (const std::exception& defect) {
      to.status = 500;
      to.set_content(std::string("unexpected: ") + defect.what(), "text/plain");
    } catch (...) {
      to.status = 500;
    }
  }

  /// Makes the body on another thread and watches the connection meanwhile: a client that hangs up ends the
  /// work.
  void stream(httplib::Response& to, const std::string& type,
              std::function<std::string(std::stop_token)> work) {
    to.set_chunked_content_provider(type,
                                    [this, work = std::move(work)](std::size_t, httplib::DataSink& sink) {
                                      try {
                                        std::stop_source stop;
                                        auto body = std::async(std::launch::async, work, stop.get_token());
                                        while (body.wait_for(watch_interval) != std::future_status::ready) {
                                          if (stopping || !sink.is_writable()) stop.request_stop();
                                        }
                                        const auto bytes = body.get();
                                        sink.write(bytes.data(), bytes.size());
                                        sink.done();
                                        return true;
                                      } catch (...) {
                                        return false;  // cuts the connection: the status is already sent
                                      }
                                    });
  }
};

Listener::Listener(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Listener>> Listener::start(int port, Answer answer) {
  std::unique_ptr<Listener> listener(new Listener(std::make_unique<Parts>()));
  auto& parts = *listener->parts_;
  parts.answer = std::move(answer);
  auto& server = parts.server;
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };  // NOLINT: the library deletes it
  server.set_payload_max_length(max_body_bytes);
  server.set_keep_alive_max_count(10'000);
  server.set_keep_alive_timeout(2);  // seconds; also how long stop() may wait for an idle client
  server.set_read_timeout(30);
  server.set_write_timeout(30);
  server.set_tcp_nodelay(true);
  server.set_socket_options([](socket_t socket) {  // the default would let two servers share one port
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  const auto handle = [&parts](const httplib::Request& from, httplib::Response& to) {
    parts.handle(from, to);
  };
  server.Get(".*", handle);
  server.Post(".*", handle);
  server.Put(".*", handle);
  server.Delete(".*", handle);

  if (port == 0) {
    parts.port = server.bind_to_any_port("127.0.0.1");
  } else {
    parts.port = server.bind_to_port("127.0.0.1", port) ? port : -1;
  }
  if (parts.port <= 0) {
    return Error{Fault::machine, "sandbox.port", "sandbox",
                 "cannot listen on 127.0.0.1:" + std::to_string(port),
                 "choose another with --port, or stop what uses it"};
  }
  parts.thread = std::thread([&server] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return listener;
}

int Listener::port() const { return parts_->port; }

void Listener::stop() {
  parts_->stopping = true;
  parts_->server.stop();
  if (parts_->thread.joinable()) parts_->thread.join();
}

Listener::~Listener() { stop(); }

}  // namespace kpi::sandbox
