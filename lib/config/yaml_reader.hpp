#pragma once

#include <kpi/config/yaml.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::config {

/// Reads the members of one YAML map and remembers the first thing that was wrong with its line, so that a
/// reader takes all fields in a row and asks once, as base's JsonReader does. A missing or null optional
/// member leaves the target as it is; a member that nobody took is a mistake too: done() says so.
class YamlReader {
public:
  /// `path` is how messages name this map: "" for the file, "categories[2]".
  YamlReader(const YamlNode& map, std::string_view file, std::string path = {});

  YamlReader& need(const char* name, std::string& target);  ///< text that is there and not empty
  YamlReader& take(const char* name, std::string& target);
  YamlReader& take(const char* name, std::int64_t& target);
  YamlReader& take(const char* name, std::size_t& target);
  YamlReader& take(const char* name, double& target);  ///< a finite number, 0 or more
  YamlReader& take(const char* name, bool& target);
  YamlReader& take(const char* name, std::vector<std::string>& target);

  /// Calls `read(YamlReader&)` for each map of the optional list `name`.
  template <class Read>
  YamlReader& each(const char* name, const Read& read) {
    const YamlNode* list = known(name, YamlKind::list, "a list");
    if (list == nullptr) return *this;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      YamlReader item(list->items[i], file_, path_of(name) + "[" + std::to_string(i) + "]");
      read(item);
      item.done();
      adopt(item);
    }
    return *this;
  }

  /// True if the member is not there, or null.
  [[nodiscard]] bool missing(std::string_view name) const;
  /// Notes that something is wrong at `name` ("" for the map itself); the first note stands.
  void fail(std::string_view name, std::string_view why);
  /// Notes the first member that was not asked for, with the nearest name that was.
  void done();
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

private:
  const YamlNode* known(const char* name, YamlKind kind, std::string_view wanted);
  [[nodiscard]] std::string path_of(std::string_view name) const;
  void adopt(const YamlReader& inner);

  const YamlNode* map_;
  std::string file_;
  std::string path_;
  std::vector<std::string> asked_;
  std::optional<Error> error_;
};

}  // namespace kpi::config
