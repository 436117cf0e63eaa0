#include <kpi/http/attempt.hpp>
#include <kpi/http/curl_loop.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace kpi::http {
namespace {

using namespace std::chrono_literals;

struct MultiDeleter {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};

/// Once for the process, before any other thread uses libcurl; never undone, since others may use it too.
bool start_libcurl() {
  static const bool ok = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ok;
}

}  // namespace

class CurlLoop::Impl {
public:
  using Multi = std::unique_ptr<CURLM, MultiDeleter>;

  Impl(LoopOptions options, Multi multi) : options_(std::move(options)), multi_(std::move(multi)) {
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(options_.max_connections_per_host));
    thread_ = std::thread([this] { drive(); });
  }

  ~Impl() {
    ending_ = true;
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void start(std::shared_ptr<Attempt> attempt) { tell(to_start_, std::move(attempt)); }
  void cancel(std::shared_ptr<Attempt> attempt) { tell(to_cancel_, std::move(attempt)); }

private:
  using Attempts = std::vector<std::shared_ptr<Attempt>>;

  void tell(Attempts& list, std::shared_ptr<Attempt> attempt) {
    {
      const std::lock_guard lock(mutex_);
      list.push_back(std::move(attempt));
    }
    curl_multi_wakeup(multi_.get());
  }

  // From here on: the loop's own thread.

  void drive() {
    while (!ending_) {
      take_orders();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      take_results();
      const auto nap = end_the_silent();
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(nap.count()), nullptr);
    }
    take_orders();
    while (!active_.empty()) {
      const auto attempt = active_.begin()->second;
      end(attempt, Trouble::interrupted);
    }
  }

  void take_orders() {
    Attempts starts;
    Attempts cancels;
    {
      const std::lock_guard lock(mutex_);
      starts.swap(to_start_);
      cancels.swap(to_cancel_);
    }
    for (const auto& attempt : starts) begin(attempt);
    for (const auto& attempt : cancels) {
      if (active_.count(attempt->handle()) != 0) end(attempt, Trouble::interrupted);
    }
  }

  void begin(const std::shared_ptr<Attempt>& attempt) {
    try {
      CURL* const handle = attempt->prepare(options_);
      if (handle == nullptr) {
        attempt->finish(attempt->failed(Trouble::bad_request));
        return;
      }
      active_.emplace(handle, attempt);
      if (curl_multi_add_handle(multi_.get(), handle) != CURLM_OK) end(attempt, Trouble::bad_request);
    } catch (...) {  // out of memory: for the caller to throw again
      attempt->finish({}, std::current_exception());
    }
  }

  /// Takes `attempt`, which the caller must hold (not by its entry in active_, which goes), out of libcurl.
  void remove(const std::shared_ptr<Attempt>& attempt) {
    curl_multi_remove_handle(multi_.get(), attempt->handle());
    active_.erase(attempt->handle());
  }

  void end(const std::shared_ptr<Attempt>& attempt, Trouble trouble) {
    auto result = attempt->failed(trouble);
    remove(attempt);
    attempt->finish(std::move(result));
  }

  void take_results() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto found = active_.find(message->easy_handle);
      if (found == active_.end()) continue;
      const auto attempt = found->second;
      const CURLcode code = message->data.result;  // read before the handle goes: it owns the message
      AttemptResult result;
      std::exception_ptr thrown;
      try {
        result = attempt->result(code);
      } catch (...) {
        thrown = std::current_exception();
      }
      remove(attempt);
      attempt->finish(std::move(result), thrown);
    }
  }

  /// Ends what has been silent for too long; how long until the next look.
  std::chrono::milliseconds end_the_silent() {
    auto nap = std::chrono::milliseconds{1000};
    const auto now = std::chrono::steady_clock::now();
    Attempts silent;
    for (const auto& [handle, attempt] : active_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(attempt->silent_until() - now);
      if (left <= 0ms) {
        silent.push_back(attempt);
      } else {
        nap = std::min(nap, left);
      }
    }
    for (const auto& attempt : silent) end(attempt, Trouble::idle);
    return nap;
  }

  const LoopOptions options_;
  Multi multi_;
  std::map<CURL*, std::shared_ptr<Attempt>> active_;  // the loop's thread only
  std::mutex mutex_;                                  // guards the two lists
  Attempts to_start_;
  Attempts to_cancel_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

Result<std::unique_ptr<CurlLoop>> CurlLoop::make(LoopOptions options) {
  Impl::Multi multi(start_libcurl() ? curl_multi_init() : nullptr);
  if (!multi) return Error{Fault::machine, "http.setup", "http", "libcurl does not start", ""};
  return std::unique_ptr<CurlLoop>(
      new CurlLoop(std::make_unique<Impl>(std::move(options), std::move(multi))));
}

CurlLoop::CurlLoop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CurlLoop::~CurlLoop() = default;

AttemptResult CurlLoop::run(std::shared_ptr<const Request> request, std::chrono::milliseconds time_left,
                            std::stop_token stop) {
  const auto attempt = std::make_shared<Attempt>(std::move(request), time_left);
  impl_->start(attempt);
  if (auto result = attempt->wait(std::move(stop))) return std::move(*result);
  impl_->cancel(attempt);
  return {std::nullopt, {.trouble = Trouble::interrupted}};
}

}  // namespace kpi::http
