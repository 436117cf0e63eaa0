#include "support/fault_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cctype>
#include <charconv>
#include <condition_variable>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>

namespace kpi::test {
namespace {

using namespace std::chrono_literals;

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

/// A listening socket on a port of the system's choice.
int listen_on_loopback(int& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 128) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    if (fd >= 0) ::close(fd);
    throw std::runtime_error("no loopback port for the fault server");
  }
  port = ntohs(address.sin_port);
  return fd;
}

/// The size of a body in bytes, from the headers; 0 where they do not say.
std::size_t body_size(const Received& request) {
  const std::string text = request.header("Content-Length");
  std::size_t size = 0;
  std::from_chars(text.data(), text.data() + text.size(), size);
  return size;
}

Received parse_head(std::string_view head) {
  Received request;
  bool first = true;
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (first) {
      const auto space = line.find(' ');
      request.method = line.substr(0, space);
      const auto target = line.substr(std::min(space, line.size() - 1) + 1);
      request.target = target.substr(0, target.find(' '));
      first = false;
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      auto value = line.substr(colon + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      request.headers.emplace_back(line.substr(0, colon), value);
    }
  }
  return request;
}

std::string head_of(const Reply& reply) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Test\r\n";
  bool framed = reply.status == 204 || reply.status == 304;
  for (const auto& [name, value] : reply.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
    framed = framed || same_name(name, "Content-Length") || same_name(name, "Transfer-Encoding");
  }
  if (reply.bad_chunk) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (!framed) {
    head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  }
  return head + "\r\n";
}

}  // namespace

std::string Received::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return "";
}

Reply json_reply(std::string body, int status) {
  Reply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  reply.body = std::move(body);
  return reply;
}

class FaultServer::Impl {
public:
  explicit Impl(Handler handler) : handler_(std::move(handler)), listener_(listen_on_loopback(port_)) {
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    woken_.notify_all();
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }

  [[nodiscard]] int port() const { return port_; }

  template <class Read>
  auto look(const Read& read) {
    const std::lock_guard lock(mutex_);
    return read(*this);
  }

  std::vector<Received> received_;
  std::size_t peak_ = 0;
  std::size_t connections_ = 0;

private:
  enum class After { keep, close, reset };

  void accept_all() {
    while (!ending_) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const timeval patience{5, 0};  // a peer that does not read must not hold up the end
      ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      const std::lock_guard lock(mutex_);
      ++connections_;
      threads_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    std::string buffer;
    After after = After::keep;
    while (after == After::keep) {
      auto request = read_request(fd, buffer);
      if (!request) break;
      after = answer(fd, *request);
    }
    if (after == After::reset) {
      const linger at_once{1, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    ::close(fd);
  }

  /// More bytes into `buffer`; false where the peer is gone or the server ends.
  bool read_more(int fd, std::string& buffer) {
    while (!ending_) {
      pollfd waiting{fd, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      char bytes[16384];
      const auto count = ::recv(fd, bytes, sizeof bytes, 0);
      if (count <= 0) return false;
      buffer.append(bytes, static_cast<std::size_t>(count));
      return true;
    }
    return false;
  }

  std::optional<Received> read_request(int fd, std::string& buffer) {
    std::size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!buffer.empty() && buffer.front() < 'A') return std::nullopt;  // a TLS greeting, say
      if (!read_more(fd, buffer)) return std::nullopt;
    }
    Received request = parse_head(std::string_view(buffer).substr(0, end));
    const std::size_t size = body_size(request);
    while (buffer.size() < end + 4 + size) {
      if (!read_more(fd, buffer)) return std::nullopt;
    }
    request.body = buffer.substr(end + 4, size);
    request.at = std::chrono::steady_clock::now();
    buffer.erase(0, end + 4 + size);
    return request;
  }

  After answer(int fd, const Received& request) {
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = received_.size();
      received_.push_back(request);
      peak_ = std::max(peak_, ++in_flight_);
    }
    Reply reply;
    {
      const std::lock_guard lock(handler_mutex_);
      reply = handler_(request, number);
    }
    // Counted down before the last byte goes: a client that has its answer may send the next at once.
    const After after = write_reply(fd, reply);
    return after;
  }

  void done() {
    const std::lock_guard lock(mutex_);
    --in_flight_;
  }

  After write_reply(int fd, const Reply& reply) {
    const bool going_on = nap(reply.delay);
    if (!going_on || reply.reset_before_headers) return done(), After::reset;
    if (reply.close_before_headers) return done(), After::close;
    if (!reply.raw.empty()) return done(), write(fd, reply.raw), After::close;
    if (reply.headers_then_silence) {
      write(fd, head_of(reply));
      hold_until_gone(fd);
      return done(), After::close;
    }
    if (reply.reset_mid_body) {
      write(fd, head_of(reply) + reply.body.substr(0, reply.body.size() / 2));
      nap(50ms);  // a reset throws away what the peer has not read yet
      return done(), After::reset;
    }
    if (reply.bad_chunk) return done(), write(fd, head_of(reply) + "3\r\n{\"a\r\nzz\r\nrest"), After::close;
    const std::string body = reply.body.substr(0, reply.cut_body_at.value_or(reply.body.size()));
    if (reply.trickle > 0ms) {
      write(fd, head_of(reply));
      for (const char byte : body) {
        if (!nap(reply.trickle) || !write(fd, std::string_view(&byte, 1))) break;
      }
      done();
    } else {
      done();
      if (!write(fd, head_of(reply) + body)) return After::close;
    }
    return reply.close_after || reply.cut_body_at ? After::close : After::keep;
  }

  /// False if the server ends meanwhile.
  bool nap(std::chrono::milliseconds span) {
    if (span <= 0ms) return !ending_;
    std::unique_lock lock(mutex_);
    return !woken_.wait_for(lock, span, [this] { return ending_.load(); });
  }

  void hold_until_gone(int fd) {
    std::string ignored;
    while (read_more(fd, ignored)) {
    }
  }

  /// False if the peer is gone.
  static bool write(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  Handler handler_;
  int port_ = 0;
  int listener_ = -1;
  std::mutex handler_mutex_;
  std::mutex mutex_;  // guards what was received, the counts and the list of threads
  std::condition_variable woken_;
  std::atomic<bool> ending_ = false;
  std::size_t in_flight_ = 0;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

FaultServer::FaultServer(Handler handler) : impl_(std::make_unique<Impl>(std::move(handler))) {}
FaultServer::~FaultServer() = default;

std::string FaultServer::url() const { return "http://127.0.0.1:" + std::to_string(impl_->port()); }
int FaultServer::port() const { return impl_->port(); }
std::vector<Received> FaultServer::received() const {
  return impl_->look([](const Impl& impl) { return impl.received_; });
}
std::size_t FaultServer::peak_concurrency() const {
  return impl_->look([](const Impl& impl) { return impl.peak_; });
}
std::size_t FaultServer::connections() const {
  return impl_->look([](const Impl& impl) { return impl.connections_; });
}

DeafPort::DeafPort() : fd_(listen_on_loopback(port_)) {}
DeafPort::~DeafPort() { ::close(fd_); }

std::string refused_url() {
  int port = 0;
  ::close(listen_on_loopback(port));
  return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace kpi::test
