#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/metabase/errors.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::metabase {

enum class Identity { user, anyone };

/// One request to Metabase, without address and credentials.
struct Call {
  http::Method method = http::Method::get;
  std::string path;     ///< "/api/card/7"
  std::string subject;  ///< for messages, "card 7"; empty: something that all work stands on
  std::string body;     ///< JSON text
  http::Repeat repeat = http::Repeat::safe;
  Identity identity = Identity::user;
  std::chrono::milliseconds deadline{120'000};
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds stop_grace{0};
  std::size_t max_bytes = std::size_t{64} << 20U;
  int max_attempts = 4;
  bool in_pieces = false;       ///< as http::Request has it
  bool own_connection = false;  ///< closes the connection after the answer
};

/// The conversation with one Metabase: address, credentials, repeats. Every thread may call everything.
class Session {
public:
  /// `site` is options.url without a trailing '/', user, password and query.
  Session(ClientOptions options, std::string site, http::Transport& transport, Clock& clock);

  /// Sends `call`, logged in, and once more after a new login where the session had ended. Any other status
  /// than 401 is a value. Repeats what the transport repeats. Fails as Client says; a failure after which the
  /// server may have done what Repeat::never asked for is "metabase.lost_answer".
  Result<http::Response> send(const Call& call, std::stop_token stop);

  /// send(), with a 2xx answer handed to `take`, which may use its body up and says whether it was whole;
  /// where it was not, what is safe to repeat is asked for up to twice more. Every other answer is an Error.
  Result<Done> fetch(const Call& call, std::stop_token stop,
                     const std::function<bool(http::Response& answer)>& take);

  /// fetch(), as JSON.
  Result<Json> ask(const Call& call, std::stop_token stop);

  /// Sees to it that there is a credential, logging in if need be.
  Result<Done> log_in(std::stop_token stop);
  Result<Done> log_out(std::stop_token stop);

  /// Waits before the repeat number `tried` (from 1) of an answer that came broken. False if stopped.
  bool pause(int tried, std::stop_token stop);

  /// `error` or `text` with every secret as ***.
  [[nodiscard]] Error told(Error error) const;
  [[nodiscard]] std::string without_secrets(std::string text) const;
  [[nodiscard]] About about(const Call& call) const { return {site_, call.subject}; }
  void warn(std::string_view line) const;

  /// The server's version as it said itself in any answer so far; empty before.
  [[nodiscard]] std::string version() const;
  void note_version(std::string_view version);
  /// True once the server was asked for its version, whether it told or not.
  std::atomic<bool> asked_for_version{false};

  [[nodiscard]] const std::string& site() const { return site_; }
  [[nodiscard]] Clock& clock() { return clock_; }
  [[nodiscard]] std::int64_t requests() const { return requests_; }

private:
  /// What to send along, and the how-manyeth credential of this run it is.
  struct Pass {
    http::Header header;
    Credential kind = Credential::login;
    std::uint64_t generation = 0;
  };
  Result<http::Response> send_once(const Call& call, const Pass* pass, std::stop_token stop);
  Result<Pass> pass(std::stop_token stop);
  Result<Pass> renew(const Pass& old, const http::Response& denial, std::stop_token stop);
  Result<Pass> log_in_locked(std::stop_token stop);
  [[nodiscard]] Pass current_pass() const;
  void note_accepted(std::uint64_t generation);

  const ClientOptions options_;
  const std::string site_;
  http::Transport& transport_;
  Clock& clock_;
  std::atomic<std::int64_t> requests_{0};
  std::atomic<std::uint64_t> accepted_{0};  // the latest generation that an answer other than 401 proved

  std::mutex login_;  // held while logging in, so that all who need it wait for the one login
  std::string token_;
  std::uint64_t generation_ = 0;
  bool began_session_ = false;     // the token is our own login's
  std::optional<Error> rejected_;  // a login that was refused is not tried again: it would throttle the user

  mutable std::mutex notes_;
  std::vector<std::string> secrets_;
  std::string version_;
};

}  // namespace kpi::metabase
