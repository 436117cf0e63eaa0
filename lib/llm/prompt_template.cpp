#include <kpi/base/file.hpp>
#include <kpi/llm/prompt_template.hpp>

#include <utility>

namespace kpi::llm {

Result<std::string> load_template(const std::filesystem::path& folder, const char* name) {
  auto text = read_file(folder / name);
  if (!text)
    return Error{Fault::input, "prompt.unreadable", "prompts", std::move(text).error().what,
                 "restore the file, or point KPI_SHARE at a folder that has it"};
  const mustache::mustache shape(*text);
  if (!shape.is_valid())
    return Error{Fault::input, "prompt.invalid", "prompts",
                 (folder / name).string() + ": " + shape.error_message(), "correct the template"};
  return text;
}

std::string fill(const std::string& shape, const mustache::data& data) {
  mustache::mustache made(shape);
  // What goes in is data already; HTML entities would only confuse.
  made.set_custom_escape([](const std::string& value) { return value; });
  return made.render(data);
}

}  // namespace kpi::llm
