#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/sandbox/context.hpp>
#include <kpi/sandbox/sessions.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <sys/random.h>

namespace kpi::sandbox {
namespace {

constexpr std::chrono::hours session_age{14 * 24};
constexpr std::size_t free_tries = 10;
constexpr std::size_t max_names = 1'000;
constexpr std::chrono::seconds first_wait{15};
constexpr std::chrono::hours memory{1};

/// Takes as long for a wrong text as for the right one: hashes are compared, and to the end.
bool same_secret(std::string_view a, std::string_view b) {
  const auto left = sha256_hex(a), right = sha256_hex(b);
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i)
    difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]);
  return difference == 0;
}

/// A random UUID, from the machine's entropy: it is a secret.
std::string new_session_id() {
  std::array<std::uint8_t, 16> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) return {};
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += digits[bytes[i] >> 4U];
    id += digits[bytes[i] & 15U];
  }
  return id;
}

std::int64_t seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string cookie(const Request& request, std::string_view name) {
  for (const auto& part : split(request.header("cookie"), ';')) {
    const auto pair = trim(part);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return std::string(pair.substr(equals + 1));
  }
  return {};
}

}  // namespace

Sessions::Sessions(State& state, Clock& clock, Credentials credentials)
    : state_(state),
      clock_(clock),
      credentials_(std::move(credentials)) {}

std::chrono::seconds Sessions::wait_for(const std::string& username) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(username);
  if (found == failures_.end()) return {};
  auto& tries = found->second;
  const auto now = clock_.now();
  std::erase_if(tries, [&](WallTime time) { return now - time > memory; });
  if (tries.size() < free_tries) return {};
  const auto over = static_cast<double>(tries.size() - free_tries + 1);
  const auto wait =
      std::chrono::seconds(std::llround(static_cast<double>(first_wait.count()) * std::pow(over, 1.5)));
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(tries.back() + wait - now);
  return std::max(left, std::chrono::seconds(0));
}

void Sessions::note_failure(const std::string& username) {
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= max_names && failures_.count(username) == 0) failures_.erase(failures_.begin());
  failures_[username].push_back(clock_.now());
}

Result<Sessions::Login> Sessions::login(const std::string& username, const std::string& password) {
  const auto name = lower(username);
  if (const auto wait = wait_for(name); wait.count() > 0) {
    note_failure(name);
    return Login{"", wait};
  }
  const bool right_name = same_secret(name, lower(credentials_.username));
  const bool right_password = same_secret(password, credentials_.password);
  if (!right_name || !right_password) {
    note_failure(name);
    return Login{};
  }
  {
    const std::lock_guard lock(mutex_);
    failures_.erase(name);
  }
  const auto id = new_session_id();
  if (id.empty())
    return Error{Fault::machine, "sandbox.session", "sandbox", "the machine gives no random bytes", ""};
  const auto now = seconds(clock_.now());
  auto dropped = state_.execute("DELETE FROM session WHERE created_at < ?",
                                {now - std::chrono::seconds(session_age).count()});
  if (!dropped) return std::move(dropped).error();
  auto added =
      state_.execute("INSERT INTO session (sha256, created_at) VALUES (?, ?)", {sha256_hex(id), now});
  if (!added) return std::move(added).error();
  return Login{id, {}};
}

std::string Sessions::session_of(const Request& request) {
  auto session = cookie(request, "metabase.SESSION");
  return session.empty() ? request.header("x-metabase-session") : session;
}

Result<bool> Sessions::is_live(const std::string& session) {
  if (session.empty()) return false;
  auto rows =
      state_.query("SELECT 1 FROM session WHERE sha256 = ? AND created_at > ?",
                   {sha256_hex(session), seconds(clock_.now()) - std::chrono::seconds(session_age).count()});
  if (!rows) return std::move(rows).error();
  return !rows->empty();
}

Result<bool> Sessions::admits(const Request& request) {
  auto live = is_live(session_of(request));
  if (!live) return std::move(live).error();
  if (*live) return true;
  return !credentials_.api_key.empty() && same_secret(request.header("x-api-key"), credentials_.api_key);
}

Result<bool> Sessions::end(const std::string& session) {
  auto live = is_live(session);
  if (!live) return std::move(live).error();
  auto gone = state_.execute("DELETE FROM session WHERE sha256 = ?", {sha256_hex(session)});
  if (!gone) return std::move(gone).error();
  return *live;
}

}  // namespace kpi::sandbox
