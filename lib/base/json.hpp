#pragma once

#include <kpi/base/result.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kpi {

/// JSON that keeps its keys in the order they were written: reports promise a fixed order.
using Json = nlohmann::ordered_json;

/// `text` as JSON. Fails (input, "json.invalid") with line and column; `name` says what was read
/// ("schema.json"). At most 200 levels deep, so that no input exhausts the stack.
Result<Json> parse_json(std::string_view text, std::string_view name);

/// `value` as text, `indent` spaces a level (-1: one line). Ill-formed UTF-8 becomes U+FFFD. Never fails.
[[nodiscard]] std::string dump_json(const Json& value, int indent = -1);

/// Reads the members of one JSON object and remembers the first thing that was wrong with its place, so that
/// a reader can take all fields in a row and ask once: `JsonReader r(json, "kpis[3]"); r.take("name",
/// kpi.name); r.error()`. A missing or null optional member leaves the target as it is. Numbers are taken for
/// integers only when whole.
class JsonReader {
public:
  JsonReader(const Json& object, std::string path);

  /// Required members: missing or of another type is an error. `name` is a key of the object.
  JsonReader& need(const char* name, std::string& target);
  JsonReader& need(const char* name, std::int64_t& target);

  /// Optional members: of another type is an error.
  JsonReader& take(const char* name, std::string& target);
  JsonReader& take(const char* name, std::int64_t& target);
  JsonReader& take(const char* name, double& target);
  JsonReader& take(const char* name, bool& target);
  JsonReader& take(const char* name, std::vector<std::string>& target);
  template <class T>
  JsonReader& take(const char* name, std::optional<T>& target) {
    if (find(name) == nullptr) return *this;
    T value{};
    take(name, value);
    target = std::move(value);
    return *this;
  }

  /// Calls `read(JsonReader&)` for each object of the optional array `name`, with its own path.
  template <class Read>
  JsonReader& each(const char* name, const Read& read) {
    const Json* list = array(name);
    if (list == nullptr) return *this;
    for (std::size_t i = 0; i < list->size(); ++i) {
      JsonReader item((*list)[i], path_of(name) + "[" + std::to_string(i) + "]");
      read(item);
      adopt(item);
    }
    return *this;
  }

  /// Calls `read(JsonReader&)` for the optional object `name`.
  template <class Read>
  JsonReader& inside(const char* name, const Read& read) {
    const Json* object = find(name);
    if (object == nullptr) return *this;
    JsonReader item(*object, path_of(name));
    read(item);
    adopt(item);
    return *this;
  }

  /// The member, or nullptr where it is missing or null.
  [[nodiscard]] const Json* find(const char* name) const;
  /// Notes that something is wrong at `name` ("" for the object itself); the first note stands.
  void fail(const char* name, std::string_view why);
  [[nodiscard]] const Json& json() const { return *object_; }
  /// "kpis[3].sql must be text"; empty while all is well.
  [[nodiscard]] const std::string& error() const { return error_; }

private:
  [[nodiscard]] const Json* array(const char* name);
  [[nodiscard]] std::string path_of(const char* name) const;
  void adopt(const JsonReader& inner);

  const Json* object_;
  std::string path_;
  std::string error_;
};

}  // namespace kpi
