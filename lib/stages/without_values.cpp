#include <kpi/base/text.hpp>
#include <kpi/stages/without_values.hpp>

#include <algorithm>

namespace kpi::stages {
namespace {

bool is_named(const std::string& text, const model::Database* schema) {
  if (schema == nullptr) return false;
  return std::any_of(schema->tables.begin(), schema->tables.end(), [&](const auto& table) {
    return lower(table.name) == text || std::any_of(table.fields.begin(), table.fields.end(),
                                                    [&](const auto& f) { return lower(f.name) == text; });
  });
}

/// The quote that closes the one at `open`: the same mark, not before a letter (an apostrophe).
std::size_t closing_quote(std::string_view message, std::size_t open) {
  const char mark = message[open];
  return message.find(mark, open + 1);
}

/// A mark that opens a quotation, and no apostrophe: nothing of a word stands before it.
bool opens(std::string_view message, std::size_t at) {
  if (message[at] != '"' && message[at] != '\'') return false;
  if (at == 0) return true;
  const auto before = static_cast<unsigned char>(message[at - 1]);
  const bool of_word =
      (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') || before >= 0x80U;
  return message[at] == '"' || !of_word;
}

}  // namespace

std::string without_values(std::string_view message, std::string_view sql, const model::Database* schema) {
  const auto folded = lower(sql);
  // PostgreSQL's DETAIL tells of rows; the statement itself follows CONTEXT and LINE.
  const auto detail = std::min(message.find("\nDETAIL:"), message.find("\n  Detail:"));
  message = message.substr(0, detail);
  std::string out;
  for (std::size_t at = 0; at < message.size();) {
    if (!opens(message, at)) {
      out += message[at++];
      continue;
    }
    const auto end = closing_quote(message, at);
    if (end == std::string_view::npos) {
      // Cut short: what follows may be half a value.
      const auto rest = lower(message.substr(at + 1));
      out += folded.find(rest) != std::string::npos ? std::string(message.substr(at)) : std::string("...");
      break;
    }
    const auto quoted = lower(message.substr(at + 1, end - at - 1));
    const bool known = quoted.empty() || folded.find(quoted) != std::string::npos || is_named(quoted, schema);
    out += message[at];
    out += known ? std::string(message.substr(at + 1, end - at - 1)) : std::string("...");
    out += message[end];
    at = end + 1;
  }
  return out;
}

}  // namespace kpi::stages
