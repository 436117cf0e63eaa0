#include <kpi/base/text.hpp>
#include <kpi/http/attempt.hpp>
#include <kpi/http/url.hpp>

#include <algorithm>

namespace kpi::http {
namespace {

constexpr std::size_t max_header_bytes =
    std::size_t{256} << 10U;  // below libcurl's own limit, which ends in a plain "receive error"

constexpr std::size_t piece_bytes = std::size_t{1} << 20U;

/// libcurl reads 0 as "no limit" or its own default.
long at_least_one(std::chrono::milliseconds span) {
  return static_cast<long>(std::clamp<std::chrono::milliseconds::rep>(span.count(), 1, 1'000'000'000));
}

const char* verb(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::del:
      return "DELETE";
  }
  return "GET";
}

bool has_header(const Request& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const Header& header) { return lower(header.name) == name; });
}

/// libcurl says whom it did not reach, "Failed to connect to HOST port 80 after 0 ms": the server of `url`,
/// or the proxy before it.
bool names_other_host(std::string_view message, std::string_view url) {
  constexpr std::string_view start = "Failed to connect to ";
  const auto at = message.find(start);
  if (at == std::string_view::npos) return false;
  message.remove_prefix(at + start.size());
  const auto named = lower(message.substr(0, message.find(" port ")));
  const auto host = host_of(url);
  // One of other letters goes by another spelling there.
  const bool is_ascii =
      std::all_of(host.begin(), host.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return is_ascii && !host.starts_with(named) && !host.starts_with("[" + named);
}

}  // namespace

Attempt::Attempt(std::shared_ptr<const Request> request, std::chrono::milliseconds time_left)
    : request_(std::move(request)),
      time_left_(time_left),
      last_byte_(std::chrono::steady_clock::now()) {}

CURL* Attempt::prepare(const LoopOptions& options) {
  handle_.reset(curl_easy_init());
  CURL* const handle = handle_.get();
  if (handle == nullptr || !set_headers()) return nullptr;
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) {
    ok = ok && curl_easy_setopt(handle, option, value) == CURLE_OK;
  };
  set(CURLOPT_URL, request_->url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_ACCEPT_ENCODING, "gzip");
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  set(CURLOPT_QUICK_EXIT, 1L);  // never wait for a name server after the transfer was given up
#endif
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  if (is_loopback(request_->url)) {
    set(CURLOPT_PROXY, "");
  } else if (!options.proxy.empty()) {
    set(CURLOPT_PROXY, options.proxy.c_str());
  }
  // libcurl silently sends a request again when a kept-alive connection turns out to be dead: never what must
  // not be repeated, and nothing of which every try counts.
  if (request_->repeat != Repeat::safe) set(CURLOPT_FRESH_CONNECT, 1L);

  if (request_->method == Method::get && request_->body.empty()) {
    set(CURLOPT_HTTPGET, 1L);
  } else if (request_->method == Method::del && request_->body.empty()) {
    set(CURLOPT_CUSTOMREQUEST, verb(request_->method));
  } else {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_->body.size()));
    set(CURLOPT_POSTFIELDS, request_->body.data());  // not copied: the request outlives the transfer
    if (request_->method != Method::post) set(CURLOPT_CUSTOMREQUEST, verb(request_->method));
  }

  set(CURLOPT_CONNECTTIMEOUT_MS, at_least_one(std::min(request_->connect_timeout, time_left_)));
  set(CURLOPT_TIMEOUT_MS, at_least_one(time_left_));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_->max_response_bytes));
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &Attempt::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Attempt::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Attempt::on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  return ok ? handle : nullptr;
}

bool Attempt::set_headers() {
  const auto add = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) return false;
    (void)headers_.release();
    headers_.reset(longer);
    return true;
  };
  for (const auto& header : request_->headers) {
    // libcurl takes "Name:" as an order to leave the header out; "Name;" sends it empty.
    if (!add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value)) return false;
  }
  if (!has_header(*request_, "content-type") && !add("Content-Type:")) return false;  // not libcurl's own
  return add("Expect:");
}

std::size_t Attempt::on_header(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
  auto* const attempt = static_cast<Attempt*>(self);
  try {
    attempt->last_byte_ = std::chrono::steady_clock::now();
    attempt->header_bytes_ += size * count;
    if (attempt->header_bytes_ > max_header_bytes) {
      attempt->too_large_ = true;
      return 0;
    }
    attempt->take_header(std::string_view(bytes, size * count));
    return size * count;
  } catch (...) {
    attempt->thrown_ = std::current_exception();
    return 0;
  }
}

void Attempt::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // a status line: what came before was provisional (100, 103)
    response_.headers.clear();
    headers_whole_ = false;
    const auto space = line.find(' ');
    const char kind = space == std::string_view::npos || space + 1 >= line.size() ? '0' : line[space + 1];
    begun_ = kind != '1';
    good_ = kind == '2';
    return;
  }
  if (trim(line).empty()) headers_whole_ = true;  // trailers may follow, with no blank line of their own
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  response_.headers.push_back(
      {std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
}

std::size_t Attempt::on_body(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
  auto* const attempt = static_cast<Attempt*>(self);
  try {
    attempt->last_byte_ = std::chrono::steady_clock::now();
    if (size * count > attempt->request_->max_response_bytes - attempt->body_bytes_) {
      attempt->too_large_ = true;
      return 0;
    }
    attempt->body_bytes_ += size * count;
    attempt->take_body(std::string_view(bytes, size * count));
    return size * count;
  } catch (...) {
    attempt->thrown_ = std::current_exception();
    return 0;
  }
}

void Attempt::take_body(std::string_view bytes) {
  long status = 0;
  if (request_->in_pieces) curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status >= 300) {
    response_.body.append(bytes);
    return;
  }
  auto& pieces = response_.pieces;
  if (pieces.empty() || pieces.back().size() + bytes.size() > piece_bytes) {
    pieces.emplace_back().reserve(std::max(piece_bytes, bytes.size()));
  }
  pieces.back().append(bytes);
}

int Attempt::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) noexcept {
  auto* const attempt = static_cast<Attempt*>(self);
  if (sent != attempt->sent_bytes_) {
    attempt->sent_bytes_ = sent;
    attempt->last_byte_ = std::chrono::steady_clock::now();
  }
  return 0;
}

Attempt::Time Attempt::silent_until() {
  curl_off_t connected_us = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected_us);
  const auto now = std::chrono::steady_clock::now();
  if (connected_us == 0) last_byte_ = now;
  return last_byte_ +
         (begun_ ? request_->idle_timeout : std::max(request_->idle_timeout, request_->first_byte_timeout));
}

AttemptResult Attempt::failed(Trouble trouble) {
  AttemptResult result;
  long request_bytes = 0;
  if (handle_) curl_easy_getinfo(handle_.get(), CURLINFO_REQUEST_SIZE, &request_bytes);
  result.failure.trouble = trouble;
  result.failure.sent = request_bytes > 0 && trouble != Trouble::proxy;
  result.failure.begun = good_;
  result.failure.detail = error_text_.data();
  return result;
}

AttemptResult Attempt::result(CURLcode code) {
  if (thrown_) std::rethrow_exception(thrown_);
  // libcurl takes a connection that is closed within the headers for the end of a whole answer.
  if (code == CURLE_OK && !headers_whole_) return failed(Trouble::ended_early);
  if (code != CURLE_OK) {
    AttemptResult result = failed(trouble_of(code));
    if (result.failure.detail.empty()) result.failure.detail = curl_easy_strerror(code);
    return result;
  }
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  AttemptResult result;
  result.response = std::move(response_);
  return result;
}

Trouble Attempt::trouble_of(CURLcode code) const {
  if (too_large_) return Trouble::too_large;
  long proxy_status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  if (proxy_status >= 300) return Trouble::proxy;
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return names_other_host(error_text_.data(), request_->url) ? Trouble::proxy : Trouble::refused;
    case CURLE_COULDNT_RESOLVE_HOST:
      return Trouble::dns;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return Trouble::proxy;
    case CURLE_OPERATION_TIMEDOUT: {
      curl_off_t connected_us = 0;
      curl_easy_getinfo(handle_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected_us);
      const bool connecting = connected_us == 0 && request_->connect_timeout < time_left_;
      return connecting ? Trouble::connect_slow : Trouble::deadline;
    }
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return Trouble::certificate;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
      return Trouble::tls;
    case CURLE_FILESIZE_EXCEEDED:
      return Trouble::too_large;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // "HTTP/0.9 when not allowed": the scheme was checked before
      return Trouble::bad_answer;
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return Trouble::bad_request;
    default:
      return response_.headers.empty() ? Trouble::reset : Trouble::ended_early;
  }
}

void Attempt::finish(AttemptResult result, std::exception_ptr thrown) {
  {
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
    thrown_ = std::move(thrown);
    done_ = true;
  }
  ended_.notify_all();
}

std::optional<AttemptResult> Attempt::wait(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto is_done = [this] { return done_; };
  if (!ended_.wait(lock, std::move(stop), is_done)) ended_.wait_for(lock, request_->stop_grace, is_done);
  if (!done_) return std::nullopt;
  if (thrown_) std::rethrow_exception(thrown_);
  return std::move(result_);
}

}  // namespace kpi::http
