#pragma once

#include <kpi/base/result.hpp>

#include <kainjow/mustache.hpp>

#include <filesystem>
#include <string>

// The files under prompts/: reading one, and filling it in.
namespace kpi::llm {

namespace mustache = kainjow::mustache;

/// The template `name` of `folder`. Fails (input, "prompt.unreadable" or "prompt.invalid").
[[nodiscard]] Result<std::string> load_template(const std::filesystem::path& folder, const char* name);

/// `shape`, a template that load_template() gave, with `data` put in as it is: what comes from a database has
/// been through as_data() before.
[[nodiscard]] std::string fill(const std::string& shape, const mustache::data& data);

/// Puts `list` in as `name`, and says in `flag` that it is there; an empty one leaves no word.
template <class List>
void put_list(mustache::data& data, const char* flag, const char* name, const List& list) {
  if (list.empty()) return;
  mustache::data items{mustache::data::type::list};
  for (const auto& item : list) items << item;
  data.set(flag, true);
  data.set(name, items);
}

}  // namespace kpi::llm
