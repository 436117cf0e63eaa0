#include <kpi/base/text.hpp>
#include <kpi/render/format.hpp>

#include <array>

namespace kpi::render {
std::optional<Format> format_of_file(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Format>, 7> endings{{{".sarif.json", Format::sarif},
                                                                               {".sarif", Format::sarif},
                                                                               {".json", Format::json},
                                                                               {".md", Format::markdown},
                                                                               {".html", Format::html},
                                                                               {".htm", Format::html},
                                                                               {".xml", Format::junit}}};
  const auto small = lower(name);
  for (const auto& [ending, format] : endings) {
    if (small.ends_with(ending)) return format;
  }
  return std::nullopt;
}

}  // namespace kpi::render
