#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>
#include <kpi/sandbox/http.hpp>
#include <kpi/sandbox/state.hpp>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace kpi::sandbox {

struct Credentials {
  std::string username, password;
  std::string api_key;  ///< empty: none is known
};

/// Who may come in: one user, by session or by API key. Sessions are shared by all servers on one State; of
/// an id only its hash is stored. Any thread may call.
class Sessions {
public:
  Sessions(State& state, Clock& clock, Credentials credentials);

  struct Login {
    std::string session;               ///< empty: refused
    std::chrono::seconds throttled{};  ///< refused unseen: wait this long
  };
  /// After 10 wrong passwords for a name within the hour further tries have to wait, longer each time.
  Result<Login> login(const std::string& username, const std::string& password);

  /// The session that `request` comes by; its cookie stands above its header.
  [[nodiscard]] static std::string session_of(const Request& request);
  /// May `request` in? By a live session, else by the API key.
  Result<bool> admits(const Request& request);
  /// True if the session was live.
  Result<bool> end(const std::string& session);

  [[nodiscard]] const std::string& username() const { return credentials_.username; }

private:
  Result<bool> is_live(const std::string& session);
  [[nodiscard]] std::chrono::seconds wait_for(const std::string& username);
  void note_failure(const std::string& username);

  State& state_;
  Clock& clock_;
  Credentials credentials_;
  std::mutex mutex_;
  std::map<std::string, std::vector<WallTime>> failures_;  // by name, oldest first
};

}  // namespace kpi::sandbox
