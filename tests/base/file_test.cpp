#include <kpi/base/file.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "kpi-file-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

}  // namespace

TEST_CASE("base::file: a file holds the old bytes or the new, and nothing is left beside it") {
  const Folder folder;
  const auto file = folder.path / "report.json";
  REQUIRE(kpi::write_file(file, "old").has_value());
  REQUIRE(kpi::write_file(file, "new").has_value());
  const auto text = kpi::read_file(file);
  REQUIRE(text.has_value());
  CHECK(*text == "new");
  CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}

TEST_CASE("base::file: a secret is readable by its owner only") {
  const Folder folder;
  REQUIRE(kpi::write_file(folder.path / "password", "x", kpi::FileMode::secret).has_value());
  struct stat info {};
  REQUIRE(::stat((folder.path / "password").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
}

TEST_CASE("base::file: a full disk keeps the old bytes and says what to do") {
  const Folder folder;
  const auto file = folder.path / "report.json";
  REQUIRE(kpi::write_file(file, "old").has_value());
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // the limit would stay with this process
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = kpi::write_file(file, std::string(10'000, 'x'));
    const bool as_promised = !written && written.error().fault == kpi::Fault::machine &&
                             written.error().line().find("make room") != std::string::npos;
    ::_exit(as_promised ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(*kpi::read_file(file) == "old");
  CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}

TEST_CASE("base::file: what cannot be read or written says why") {
  const auto missing = kpi::read_file("/nonexistent/report.json");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().fault == kpi::Fault::input);
  CHECK(missing.error().line() ==
        "file: cannot read /nonexistent/report.json: No such file or directory; check the path");
  CHECK_FALSE(kpi::write_file("/nonexistent/report.json", "x").has_value());
  CHECK_FALSE(kpi::write_file("/dev/full", "x").has_value());
  const Folder folder;
  CHECK_FALSE(kpi::read_file(folder.path).has_value());
  REQUIRE(kpi::write_file(folder.path / "big", std::string(100, 'x')).has_value());
  const auto large = kpi::read_file(folder.path / "big", 99);
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().code == "file.too_large");
}
