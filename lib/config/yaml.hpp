#pragma once

#include <kpi/base/result.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// YAML as a tree of our own, so that one file knows the library and every value knows its line.
namespace kpi::config {

enum class YamlKind { null, scalar, list, map };

struct YamlField;

/// One value and where it stands.
struct YamlNode {
  YamlKind kind = YamlKind::null;
  std::size_t line = 0;  ///< from 1
  bool quoted = false;   ///< a scalar in quotes, or a block: text whatever it looks like
  std::string scalar;
  std::vector<YamlNode> items;    ///< of a list
  std::vector<YamlField> fields;  ///< of a map, in the order written; names are unique

  /// The member called `name`; nullptr where there is none or this is no map.
  [[nodiscard]] const YamlNode* find(std::string_view name) const;
};

/// A member of a map.
struct YamlField {
  std::string name;
  YamlNode value;
};

/// The one document in `text`; an empty text is a null. `name` says what was read ("kpi.yaml"). Fails (input,
/// "config.invalid") with the line for what is not YAML, and for what no configuration needs and an attacker
/// would use: more than 1 MiB, 32 levels or 20,000 values, aliases (they can grow without bound), two values
/// under one key, several documents, text that is not UTF-8.
Result<YamlNode> parse_yaml(std::string_view text, std::string_view name);

/// parse_yaml() of a file. Fails (input, "config.unreadable") also where it cannot be read.
Result<YamlNode> read_yaml(const std::filesystem::path& file, std::string_view name);

/// The failure "NAME:LINE: WHAT; ADVICE".
[[nodiscard]] Error yaml_error(std::string_view name, std::size_t line, std::string what,
                               std::string advice = {});

}  // namespace kpi::config
