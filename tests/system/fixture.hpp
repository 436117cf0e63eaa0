#pragma once

#include "support/process.hpp"

#include <kpi/base/json.hpp>

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

// The real binary in a world of its own: home, state, sandbox and working folder are temporary.
namespace kpi::test {

class World {
public:
  World();

  /// Environment of every command; tests add to it.
  std::map<std::string, std::string> environment;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder() / name; }

  [[nodiscard]] Command command(std::vector<std::string> arguments, std::string input = "") const;
  [[nodiscard]] Ended kpi(std::vector<std::string> arguments, std::string input = "") const;

  /// Serves the SQLite file that `sql` makes, instead of the sample shop.
  void serve_sqlite(const std::string& sql);
  /// Writes a file into the folder.
  void write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string read(const std::string& name) const;

private:
  TemporaryFolder folder_;
};

/// A small company of two tables with data, for tests that need a pipe and not a company.
[[nodiscard]] const std::string& small_company();

/// A validated report of `count` KPIs on the small company's database: half in the first of `categories`
/// ("Category 0"), the others spread over all.
[[nodiscard]] std::string validated_report(int count, int categories = 1);

/// `text` as JSON; fails the test where it is none.
[[nodiscard]] Json json_of(const std::string& text);

/// The line of standard error that begins with "kpi: "; fails the test where there is not exactly one.
[[nodiscard]] std::string error_line(const Ended& ended);

/// Checks a failed command: its code, its one line, which holds `part`, and an empty standard output.
void check_failed(const Ended& ended, int code, const std::string& part);

}  // namespace kpi::test
