#pragma once

#include <kpi/http/curl_loop.hpp>
#include <kpi/http/message.hpp>

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>

// One libcurl transfer: its handle, what came so far, and how it ended.
namespace kpi::http {

struct EasyDeleter {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct HeaderListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

/// Made by the thread that waits, filled by the loop's thread alone until `done`, read by the waiting thread
/// after that. The last three members are guarded by `mutex`.
class Attempt {
public:
  using Time = std::chrono::steady_clock::time_point;

  Attempt(std::shared_ptr<const Request> request, std::chrono::milliseconds time_left);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  /// Makes the libcurl handle ready to be added. Null where libcurl refuses a setting; the failure is noted.
  CURL* prepare(const LoopOptions& options);
  [[nodiscard]] CURL* handle() const { return handle_.get(); }

  /// When the silence will have lasted too long; while the connection is being made, never before.
  [[nodiscard]] Time silent_until();
  /// What the transfer came to, after libcurl ended it with `code`.
  AttemptResult result(CURLcode code);
  /// The same for an end that libcurl had no part in.
  AttemptResult failed(Trouble trouble);

  /// Hands `result` (or, where set, the exception) to the waiting thread.
  void finish(AttemptResult result, std::exception_ptr thrown = nullptr);
  /// Waits for the end; none once `stop` was requested and the request's grace is over.
  std::optional<AttemptResult> wait(std::stop_token stop);

private:
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) noexcept;
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) noexcept;
  void take_header(std::string_view line);
  void take_body(std::string_view bytes);
  bool set_headers();
  [[nodiscard]] Trouble trouble_of(CURLcode code) const;

  std::shared_ptr<const Request> request_;
  std::chrono::milliseconds time_left_;
  std::unique_ptr<CURL, EasyDeleter> handle_;
  std::unique_ptr<curl_slist, HeaderListDeleter> headers_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  Response response_;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  curl_off_t sent_bytes_ = 0;
  Time last_byte_;
  bool begun_ = false;          // a first byte came that was no provisional answer
  bool good_ = false;           // and its status line says 2xx
  bool headers_whole_ = false;  // the blank line after them was seen
  bool too_large_ = false;
  std::exception_ptr thrown_;  // by a callback, which must not let it through libcurl

  std::mutex mutex_;
  std::condition_variable_any ended_;
  bool done_ = false;
  AttemptResult result_;
};

}  // namespace kpi::http
