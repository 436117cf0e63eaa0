// A disk that gets full while models are asked: what they answer is paid for, and must not be lost.
#include "place.hpp"
#include "small_disk.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace kpi;
using namespace kpi::test;

namespace {

constexpr std::int64_t most_tokens = 8000;
constexpr std::size_t long_answer = most_tokens * 16;  // bytes: all of it escaped Korean

store::ModelCall asked(const std::string& key) {
  auto call = call_named(key, std::string(store::outcome::asked));
  call.body.clear();
  call.max_tokens = most_tokens;
  return call;
}

/// `key` answered, stored as it came and then as it was read: as every answer is.
Result<Done> answer(store::State& state, std::int64_t id, const std::string& key) {
  auto call = call_named(key, "unread");
  call.body = std::string(long_answer, 'x');
  if (auto stored = state.update_call(id, call); !stored) return stored;
  call.outcome = store::outcome::ok;
  call.body.back() = 'y';
  return state.update_call(id, call);
}

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> made;
  made.reserve(count);
  for (std::size_t i = 0; i < count; ++i) made.push_back("k" + std::to_string(i));
  return made;
}

}  // namespace

TEST_CASE("store::State: a disk that gets full while models are asked loses none of their answers") {
  Place place;
  SmallDisk disk(place.folder);
  std::size_t stored_before = 0;
  std::size_t under_way = 8;
  SUBCASE("a new file") {}
  SUBCASE("a log that is about to be moved into the file, which would take more room than is set aside") {
    stored_before = 24;
    under_way = 3;
  }
  auto state = place.open();
  for (const auto& key : names(stored_before)) {
    auto call = call_named("before " + key);
    call.body = std::string(long_answer, 'x');
    REQUIRE(state->save_call(call, {}).has_value());
  }

  const auto keys = names(under_way);
  std::vector<std::int64_t> ids;
  ids.reserve(keys.size());
  for (const auto& key : keys) {
    const auto id = state->save_call(asked(key), {});
    REQUIRE(id.has_value());
    ids.push_back(*id);
  }
  disk.fill();
  auto large = call_named("large");
  large.body = std::string(6'000'000, 'x');  // more than the log has room for from its beginning
  REQUIRE(state->save_call(large, {}).error().code == "state.full");

  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto stored = answer(*state, ids[i], keys[i]);
    CAPTURE(i);
    if (!stored) FAIL_CHECK(stored.error().line());
  }
  const auto next = state->save_call(asked("next"), {});
  REQUIRE_FALSE(next.has_value());
  CHECK(next.error().fault == Fault::machine);
  CHECK(next.error().code == "state.full");
  CHECK(next.error().line().find("no other call is made; make room and run the same command again") !=
        std::string::npos);

  // The next run finds them, has no room for a call while the disk is full, and goes on when it is not.
  state.reset();
  state = place.open();
  for (const auto& key : keys) {
    const auto found = state->find_call(key, {});
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    CHECK((*found)->body.size() == long_answer);
    CHECK((*found)->body.back() == 'y');
    CHECK((*found)->outcome == "ok");
  }
  disk.make_room();
  state.reset();
  state = place.open();
  disk.fill(100'000);
  const auto refused = state->save_call(asked("next"), {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == "state.full");
  CHECK(refused.error().line().find("for the answers of model calls: 0.6 MB must be free") !=
        std::string::npos);
  disk.make_room();
  CHECK(state->save_call(asked("next"), {}).has_value());
}

TEST_CASE("store::State: the room set aside is nobody's once its process has ended, and no file is left") {
  Place place;
  {
    const auto state = place.open();
    REQUIRE(state->save_call(asked("k"), {}).has_value());
    for (const auto& entry : std::filesystem::directory_iterator(place.folder))
      CHECK(entry.path().filename().string().find("-room-") == std::string::npos);
  }
  CHECK(std::distance(std::filesystem::directory_iterator(place.folder), {}) == 1);
}

TEST_CASE("store::State: where files may not grow by an answer (RLIMIT_FSIZE), no model is asked") {
  Place place;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) ::_exit(1);
    const auto state = store::State::open(place.file(), "default", place.clock);
    const rlimit limit{900'000, 900'000};
    if (!state || ::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    const auto one = (*state)->save_call(asked("one"), {});
    if (!one) ::_exit(3);
    const auto two = (*state)->save_call(asked("two"), {});
    if (two || two.error().code != "state.full" || two.error().line().find("ulimit -f") == std::string::npos)
      ::_exit(4);
    if (!answer(**state, *one, "one")) ::_exit(5);
    // The log is emptied into the file, and serves again from its beginning.
    const auto three = (*state)->save_call(asked("three"), {});
    ::_exit(three ? 0 : 6);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(place.open()->find_call("one", {})->has_value());
}
