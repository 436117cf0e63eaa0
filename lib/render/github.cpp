#include <kpi/base/text.hpp>
#include <kpi/render/build_formats.hpp>

namespace kpi::render {
namespace {

/// A command's message. printable() has left no carriage return, yet the rule is kept whole.
std::string command_data(std::string_view text) {
  return replace_all(replace_all(replace_all(printable(text), "%", "%25"), "\r", "%0D"), "\n", "%0A");
}

/// A command's property, which a comma or a colon would end.
std::string command_property(std::string_view text) {
  return replace_all(replace_all(command_data(single_line(text)), ":", "%3A"), ",", "%2C");
}

std::string_view command_of(model::Severity severity) {
  return severity == model::Severity::error ? "error" : "warning";
}

std::string annotation(const Examined& item, const model::Finding& finding, const Source& source) {
  std::string text = "::" + std::string(command_of(finding.severity)) + " ";
  if (!source.file.empty()) {
    text += "file=" + command_property(source.file) + ",";
    if (const auto line = source.line_of(item); line > 0) text += "line=" + std::to_string(line) + ",";
  }
  const auto what = item.group.empty() ? item.name : item.name + " (" + item.group + ")";
  // Source: GitHub's checks API, whose titles end at 255 characters.
  constexpr std::size_t longest_title = 200;
  return text + "title=" + command_property(shorten(single_line(finding.code + ": " + what), longest_title)) +
         "::" + command_data(single_line(finding.message)) + "\n";
}

}  // namespace

std::string github(const Verdicts& verdicts, const Source& source) {
  std::string text;
  for (const auto severity : {model::Severity::error, model::Severity::warning}) {
    for (const auto& item : verdicts.items) {
      for (const auto& finding : item.findings) {
        if (finding.severity == severity) text += annotation(item, finding, source);
      }
    }
  }
  if (!verdicts.summary.empty())
    text += "::notice title=" + command_property("kpi " + std::string(model::to_string(verdicts.kind))) +
            "::" + command_data(verdicts.summary.front()) + "\n";
  return text;
}

}  // namespace kpi::render
