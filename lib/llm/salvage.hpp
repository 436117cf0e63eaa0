#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Reading an answer that is not what was asked for.
namespace kpi::llm {

/// One KPI as a model wrote it, trimmed; only name and sql are sure to hold something.
struct Item {
  std::string name;
  std::string description;
  std::string business_value;
  std::string sql;
  std::vector<std::string> tables;
  std::string shape;
  std::string unit;
  std::string display;
};

/// What kind of text an answer was, as far as KPIs go.
enum class Reading {
  items,       ///< at least one KPI
  unusable,    ///< items, and none of them a KPI
  empty_list,  ///< JSON, and no item in it
  no_json,     ///< words
  blank,       ///< nothing
};

struct Salvaged {
  Reading reading = Reading::items;
  std::vector<Item> items;  ///< at most `most`, in the answer's order
  /// What was odd and what was done about it, for a person: a handful of lines, whatever the answer.
  std::vector<std::string> notes;
};

/// The KPIs in `text`, whatever is around them: byte-order mark, thinking, fences, prose, JSON in a string,
/// trailing commas and comments, a cut end, other key names, SQL as lines. A wrong item never sinks its
/// neighbours: it is left out with a note. Never fails.
[[nodiscard]] Salvaged salvage(std::string_view text, std::size_t most);

/// `sql` without a fence of its own, HTML entities, typographic quotes and a trailing semicolon.
[[nodiscard]] std::string clean_sql(std::string_view sql);

}  // namespace kpi::llm
