#pragma once

#include <kpi/base/result.hpp>
#include <kpi/sandbox/http.hpp>

#include <functional>
#include <memory>

namespace kpi::sandbox {

/// An HTTP server on 127.0.0.1, with threads of its own. The only part that knows the HTTP library.
class Listener {
public:
  using Answer = std::function<Response(Request)>;

  /// Listens on `port` (0: any free one); `answer` is called from many threads and may throw. Fails (machine,
  /// "sandbox.port") if the port is taken.
  static Result<std::unique_ptr<Listener>> start(int port, Answer answer);

  [[nodiscard]] int port() const;
  /// Ends waiting requests and the threads. May be called twice.
  void stop();
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

private:
  struct Parts;
  explicit Listener(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace kpi::sandbox
