#include <kpi/base/text.hpp>
#include <kpi/config/dotenv.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace kpi::config {
namespace {

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.';
  });
}

std::string without_comment(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '#' && (i == 0 || value[i - 1] == ' ' || value[i - 1] == '\t')) {
      value = value.substr(0, i);
      break;
    }
  }
  return std::string(trim(value));
}

char escaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

/// The text inside the quotes that `text` begins with, and where it ends (after the closing quote); none if
/// they are not closed.
struct Quoted {
  std::string value;
  std::size_t end = 0;
};

std::optional<Quoted> quoted(std::string_view text) {
  const char quote = text.front();
  Quoted result;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      result.end = i + 1;
      return result;
    }
    const bool escape = quote == '"' && text[i] == '\\' && i + 1 < text.size() &&
                        std::string_view("nrt\"\\$").find(text[i + 1]) != std::string_view::npos;
    result.value += escape ? escaped(text[++i]) : text[i];
  }
  return std::nullopt;
}

}  // namespace

Dotenv parse_dotenv(std::string_view text) {
  Dotenv result;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  std::size_t line = 0;
  while (!text.empty()) {
    ++line;
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view row = trim(text.substr(0, end));
    const auto next = [&](std::size_t used) { text.remove_prefix(std::min(used + 1, text.size())); };
    const auto skip = [&](std::string_view why) {
      result.warnings.push_back(fmt::format(".env:{}: {}; the line is ignored", line, why));
      next(end);
    };
    if (row.empty() || row.front() == '#') {
      next(end);
      continue;
    }
    if (row.substr(0, 7) == "export " || row.substr(0, 7) == "export\t") row = trim(row.substr(7));
    const auto equals = row.find('=');
    const auto name = trim(row.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(name)) {
      skip("not KEY=VALUE");
      continue;
    }
    const auto value = trim(row.substr(equals + 1));
    if (value.empty() || (value.front() != '"' && value.front() != '\'')) {
      result.values[std::string(name)] = without_comment(value);
      next(end);
      continue;
    }
    const auto begin = static_cast<std::size_t>(value.data() - text.data());
    const auto inside = quoted(text.substr(begin));
    if (!inside) {
      skip("the quote is not closed");
      continue;
    }
    const auto after = begin + inside->end;
    const auto last = std::min(text.find('\n', after), text.size());
    if (!without_comment(std::string(" ") + std::string(text.substr(after, last - after))).empty()) {
      skip("text after the closing quote");
      continue;
    }
    result.values[std::string(name)] = inside->value;
    line += static_cast<std::size_t>(
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(last), '\n'));
    next(last);
  }
  return result;
}

}  // namespace kpi::config
