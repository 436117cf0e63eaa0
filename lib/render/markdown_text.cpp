#include <kpi/base/text.hpp>
#include <kpi/render/html.hpp>
#include <kpi/render/markdown.hpp>

#include <algorithm>

namespace kpi::render {

std::string markdown_text(std::string_view text) {
  constexpr std::string_view markup = "\\`*_{}[]()#+!|~$";
  std::string out;
  for (const char c : single_line(text)) {
    // As entities, HTML cannot come back to life in a renderer that knows no backslash escape for it.
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (markup.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  // What would begin a list or a rule at the start of a line.
  if (out.starts_with("-") || out.starts_with("=")) out.insert(0, 1, '\\');
  const auto digits = out.find_first_not_of("0123456789");
  if (digits > 0 && digits != std::string::npos && out[digits] == '.') out.insert(digits, 1, '\\');
  // Bare addresses become links by themselves in GitHub's Markdown; nobody vouches for these.
  return replace_all(replace_all(out, "://", "\\://"), "www.", "www\\.");
}

std::string markdown_link(std::string_view text, std::string_view url) {
  const auto link = safe_link(url);
  if (link.empty()) return markdown_text(text);
  return "[" + markdown_text(text) + "](<" + replace_all(link, "|", "%7C") + ">)";
}

std::string markdown_code(std::string_view sql) {
  const std::string text = printable(sql);
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  constexpr std::size_t usual = 3;
  const std::string fence(std::max(usual, longest + 1), '`');
  return fence + "sql\n" + std::string(trim(text)) + "\n" + fence + "\n";
}

}  // namespace kpi::render
