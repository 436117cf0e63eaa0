#include <kpi/base/text.hpp>
#include <kpi/llm/lenient_json.hpp>

#include <cctype>
#include <cstdlib>

namespace kpi::llm {
namespace {

constexpr int deepest = 100;

/// A recursive-descent reader that goes on where a strict one stops.
class Reader {
public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Json> value(int depth) {
    space();
    if (done() || depth > deepest) return cut();
    switch (text_[at_]) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
      case '\'':
        return string();
      default:
        return word();
    }
  }

  [[nodiscard]] bool was_cut() const { return cut_; }
  [[nodiscard]] bool was_mended() const { return mended_; }

private:
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }

  std::optional<Json> cut() {
    cut_ = true;
    return std::nullopt;
  }

  void space() {
    while (!done()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        mended_ = true;
        while (!done() && text_[at_] != '\n') ++at_;
      } else if (text_.substr(at_, 2) == "/*") {
        mended_ = true;
        const auto end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  /// Past a comma or the closing bracket; false once the list has ended. Extra commas are skipped.
  bool next(char close) {
    bool comma = false;
    for (space(); !done() && text_[at_] == ','; space()) {
      mended_ = mended_ || comma;
      comma = true;
      ++at_;
    }
    if (done()) {
      cut_ = true;
      return false;
    }
    if (text_[at_] == close) {
      mended_ = mended_ || comma;
      ++at_;
      return false;
    }
    return true;
  }

  std::optional<Json> object(int depth) {
    Json result = Json::object();
    ++at_;
    while (next('}')) {
      if (text_[at_] != '"' && text_[at_] != '\'') return fail(std::move(result));
      auto name = string();
      if (!name) return result;
      space();
      if (done()) {
        cut_ = true;
        return result;
      }
      if (text_[at_] != ':') return fail(std::move(result));
      ++at_;
      auto member = value(depth + 1);
      // A member that was cut is dropped at the top of the tree; a cut list keeps what it has.
      if (!member) return result;
      result[name->get<std::string>()] = std::move(*member);
      if (cut_ || failed_) return result;
    }
    return result;
  }

  std::optional<Json> array(int depth) {
    Json result = Json::array();
    ++at_;
    while (next(']')) {
      const bool is_object = text_[at_] == '{';
      auto item = value(depth + 1);
      if (failed_ && is_object) {
        if (!next_object()) return result;
        continue;
      }
      // Only whole items are kept: the object under way when the text ended is not one.
      if (!item || (cut_ && !item->is_array())) return result;
      result.push_back(std::move(*item));
      if (cut_ || failed_) return result;
    }
    return result;
  }

  /// In single quotes too, as Python writes what holds no single quote of its own.
  std::optional<Json> string() {
    const char quote = text_[at_];
    mended_ = mended_ || quote != '"';
    std::string raw = "\"";
    for (++at_; !done(); ++at_) {
      const char c = text_[at_];
      if (c == quote) {
        ++at_;
        raw += '"';
        auto parsed = parse_json(raw, "text");
        if (parsed) return std::move(*parsed);
        mended_ = true;
        return Json(repair_utf8(raw.substr(1, raw.size() - 2)));
      }
      if (c == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        if (text_[at_] != '\'') raw += c;
        raw += text_[at_];
      } else if (c == '"') {
        raw += "\\\"";
      } else if (static_cast<unsigned char>(c) < 0x20U) {
        mended_ = true;
        raw += c == '\n' ? "\\n" : c == '\t' ? "\\t" : " ";
      } else {
        raw += c;
      }
    }
    return cut();
  }

  std::optional<Json> word() {
    const auto start = at_;
    while (!done() && std::string_view(",]}: \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
    const std::string text(text_.substr(start, at_ - start));
    if (text.empty()) return fail(std::nullopt);
    if (auto parsed = parse_json(text, "word")) return std::move(*parsed);
    mended_ = true;
    return Json(nullptr);
  }

  /// What follows is not understood, up to the next item of the list it stands in.
  std::optional<Json> fail(std::optional<Json> so_far) {
    failed_ = true;
    mended_ = true;
    return so_far;
  }

  /// On to the object after the one that was not understood; false where there is none.
  bool next_object() {
    for (auto end = text_.find('}', at_); end != std::string_view::npos; end = text_.find('}', end + 1)) {
      at_ = end + 1;
      space();
      if (done() || text_[at_] != ',') continue;
      ++at_;
      space();
      if (done() || text_[at_] != '{') continue;
      failed_ = false;
      return true;
    }
    at_ = text_.size();
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool cut_ = false;
  bool failed_ = false;  // within the value under way
  bool mended_ = false;
};

}  // namespace

std::optional<LenientJson> read_lenient(std::string_view text) {
  const auto trimmed = trim(text);
  if (trimmed.empty() || (trimmed[0] != '{' && trimmed[0] != '[')) return std::nullopt;
  Reader reader(trimmed);
  auto value = reader.value(0);
  if (!value) return std::nullopt;
  return LenientJson{std::move(*value), reader.was_mended(), reader.was_cut()};
}

std::size_t end_of_value(std::string_view text, std::size_t start) {
  std::size_t depth = 0;
  bool quoted = false;
  for (auto i = start; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return i + 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace kpi::llm
