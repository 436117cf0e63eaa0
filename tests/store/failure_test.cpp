#include "place.hpp"

#include <kpi/base/file.hpp>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using kpi::test::call_named;
using kpi::test::Place;
using namespace std::chrono_literals;

namespace {

/// Runs SQL on a file past the store, as another program would.
class Outsider {
public:
  explicit Outsider(const std::filesystem::path& file) {
    REQUIRE(sqlite3_open(file.c_str(), &handle_) == SQLITE_OK);
  }
  ~Outsider() { sqlite3_close(handle_); }
  Outsider(const Outsider&) = delete;
  Outsider& operator=(const Outsider&) = delete;
  void run(const char* sql) const {
    REQUIRE(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }

private:
  sqlite3* handle_ = nullptr;
};

void overwrite(const std::filesystem::path& file, std::streamoff at, std::size_t bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream << std::string(bytes, '\x5A');
}

/// Runs `work` in a process of its own; its result is the exit code. The parent holds no connection
/// meanwhile.
template <class Work>
int in_child(const Work& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("store::State: two processes at once lose nothing and wait for each other") {
  Place place;
  const auto write = [&place](const char* name) {
    auto state = kpi::store::State::open(place.file(), "default", place.clock, 30s);
    if (!state) return 1;
    for (int i = 0; i < 40; ++i) {
      if (!(*state)->save_call(call_named(name + std::to_string(i)), {})) return 2;
    }
    return 0;
  };
  const pid_t child = ::fork();  // both make the file at once
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(write("child"));
  CHECK(write("parent") == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(place.open()->spending()->calls == 80);
}

TEST_CASE("store::State: a process killed while it writes loses nothing that it was told is stored") {
  Place place;
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto state = kpi::store::State::open(place.file(), "default", place.clock);
    for (int i = 0; state; ++i) {
      auto call = call_named("k" + std::to_string(i));
      call.body = std::string(20'000, 'x');
      if (!(*state)->save_call(call, {}) || ::write(pipe[1], &i, sizeof i) != sizeof i) break;
    }
    ::_exit(1);
  }
  int last = -1;
  while (last < 30 && ::read(pipe[0], &last, sizeof last) == sizeof last) {
  }
  REQUIRE(::kill(child, SIGKILL) == 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  ::close(pipe[1]);
  while (::read(pipe[0], &last, sizeof last) == sizeof last) {
  }
  ::close(pipe[0]);
  const auto state = place.open();
  for (int i = 0; i <= last; ++i) {
    const auto found = *state->find_call("k" + std::to_string(i), {});
    REQUIRE(found.has_value());
    CHECK(found->body.size() == 20'000);
  }
  CHECK(state->save_call(call_named("after"), {}).has_value());
}

TEST_CASE("store::State: a killed process lets go of the question it was asking") {
  Place place;
  int told[2];
  REQUIRE(::pipe(told) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto state = kpi::store::State::open(place.file(), "default", place.clock);
    const auto claim = state ? (*state)->try_claim("key") : std::nullopt;
    [[maybe_unused]] const auto sent = ::write(told[1], claim ? "1" : "0", 1);
    for (;;) ::pause();
  }
  char has = '0';
  REQUIRE(::read(told[0], &has, 1) == 1);
  CHECK(has == '1');
  const auto state = place.open();
  CHECK_FALSE(state->try_claim("key").has_value());
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK(state->try_claim("key").has_value());
  ::close(told[0]);
  ::close(told[1]);
}

TEST_CASE("store::State: a process killed while it makes the tables leaves a file that opens") {
  Place place;
  for (int i = 0; i < 10; ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const auto state = kpi::store::State::open(place.file(), "default", place.clock);
      ::_exit(state ? 0 : 1);
    }
    ::usleep(static_cast<useconds_t>(i * 400));
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(place.open()->save_call(call_named("k"), {}).has_value());
    std::filesystem::remove_all(place.folder);
  }
}

TEST_CASE("store::State: a damaged file says so and what to do") {
  Place place;
  SUBCASE("text where the database should be") {
    std::ofstream(place.file()) << std::string(5000, 'x');
    const auto error = place.failure(place.file());
    CHECK(error.code == "state.damaged");
    CHECK(error.line().find("move it away") != std::string::npos);
  }
  SUBCASE("a header that is overwritten") {
    { CHECK(place.open()->save_call(call_named("k"), {}).has_value()); }
    overwrite(place.file(), 0, 100);
    CHECK(place.failure(place.file()).code == "state.damaged");
  }
  SUBCASE("pages that are overwritten") {
    { CHECK(place.open()->save_call(call_named("k"), {}).has_value()); }
    overwrite(place.file(), 4096, std::filesystem::file_size(place.file()) - 4096);
    auto state = kpi::store::State::open(place.file(), "default", place.clock);
    REQUIRE(state.has_value());
    CHECK((*state)->find_call("k", {}).error().code == "state.damaged");
    CHECK((*state)->save_call(call_named("k2"), {}).error().code == "state.damaged");
    CHECK((*state)->spending().error().code == "state.damaged");
    CHECK((*state)->cards().error().code == "state.damaged");
  }
  SUBCASE("a file cut short") {
    { CHECK(place.open()->save_call(call_named("k"), {}).has_value()); }
    std::filesystem::resize_file(place.file(), 6000);
    auto state = kpi::store::State::open(place.file(), "default", place.clock);
    const auto code = state ? (*state)->find_call("k", {}).error().code : state.error().code;
    CHECK(code == "state.damaged");
  }
}

TEST_CASE("store::State: an empty file is a new one") {
  Place place;
  std::ofstream(place.file()).close();
  CHECK(place.open()->save_call(call_named("k"), {}).has_value());
}

TEST_CASE("store::State: a newer kpi's file is refused and left as it is") {
  Place place;
  { const auto made = place.open(); }
  Outsider(place.file()).run("PRAGMA user_version = 1000");
  const auto error = place.failure(place.file());
  CHECK(error.code == "state.newer");
  CHECK(error.line().find("1000") != std::string::npos);
}

TEST_CASE("store::State: another program's database is refused and left as it is, byte for byte") {
  Place place;
  Outsider(place.file()).run("CREATE TABLE theirs (a); PRAGMA user_version = 1");
  const auto before = kpi::read_file(place.file());
  CHECK(place.failure(place.file()).code == "state.foreign");
  CHECK(*kpi::read_file(place.file()) == *before);
}

TEST_CASE("store::State: a lock that another process holds is waited for, and then named") {
  Place place;
  const auto state = kpi::store::State::open(place.file(), "default", place.clock, 50ms);
  REQUIRE(state.has_value());
  const Outsider outsider(place.file());
  outsider.run("BEGIN IMMEDIATE");
  const auto saved = (*state)->save_call(call_named("k"), {});
  REQUIRE_FALSE(saved.has_value());
  CHECK(saved.error().fault == kpi::Fault::machine);
  CHECK(saved.error().code == "state.locked");
  CHECK((*state)->spending().has_value());  // reading goes on
  outsider.run("ROLLBACK");
  CHECK((*state)->save_call(call_named("k"), {}).has_value());
}

TEST_CASE("store::State: a cached answer is handed out even where its use cannot be counted") {
  Place place;
  const auto state = kpi::store::State::open(place.file(), "default", place.clock, 50ms);
  REQUIRE(state.has_value());
  CHECK((*state)->save_call(call_named("k"), {}).has_value());
  const Outsider outsider(place.file());
  outsider.run("BEGIN IMMEDIATE");
  CHECK((*state)->find_call("k", {})->has_value());
  outsider.run("ROLLBACK");
  CHECK((*state)->spending()->cache_hits == 0);
}

TEST_CASE("store::State: a full disk is named, and what was stored before stays") {
  Place place;
  const int code = in_child([&place] {
    if (::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 6;
    auto state = kpi::store::State::open(place.file(), "default", place.clock);
    if (!state || !(*state)->save_call(call_named("before"), {})) return 1;
    const rlimit limit{200'000, 200'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    auto large = call_named("large");
    large.body = std::string(1'000'000, 'x');
    const auto saved = (*state)->save_call(large, {});
    if (saved) return 3;
    if (saved.error().code != "state.full" || saved.error().fault != kpi::Fault::machine) return 4;
    const auto before = (*state)->find_call("before", {});
    return before && before->has_value() ? 0 : 5;
  });
  CHECK(code == 0);
  const auto state = place.open();
  CHECK(state->find_call("before", {})->has_value());
  CHECK_FALSE(state->find_call("large", {})->has_value());
}

TEST_CASE("store::State: a path that cannot be written says so") {
  Place place;
  std::ofstream(place.folder / "file") << "x";
  const auto below = place.failure(place.folder / "file" / "state.db");
  CHECK(below.code == "state.unwritable");
  CHECK(below.line().find("file/state.db") != std::string::npos);
  CHECK(below.line().find("--state") != std::string::npos);
  CHECK(place.failure(place.folder / "file" / "deeper" / "state.db").code == "state.unwritable");
  std::filesystem::create_directory(place.folder / "folder");
  CHECK(place.failure(place.folder / "folder").code == "state.unwritable");
  CHECK(place.failure("/proc/kpi/state.db").code == "state.unwritable");
}
