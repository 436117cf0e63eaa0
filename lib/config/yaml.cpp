#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/config/yaml.hpp>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace kpi::config {
namespace {

constexpr std::size_t max_bytes = std::size_t{1} << 20U;
constexpr std::size_t max_depth = 32;
constexpr std::size_t max_values = 20'000;

std::size_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 1 : static_cast<std::size_t>(mark.line) + 1;
}

bool is_null_word(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

constexpr const char* quote_it = "write the value out, and put text that begins with * in quotes: \"*\"";

/// What most probably has to be done about the line at `mark`: the two mistakes that people make.
std::string advice_on(std::string_view text, const YAML::Mark& mark) {
  const auto lines = split(text, '\n');
  const auto at = line_of(mark) - 1;
  const std::string_view row = at < lines.size() ? std::string_view(lines[at]) : std::string_view();
  const auto indent = row.substr(0, row.find_first_not_of(" \t"));
  if (indent.find('\t') != std::string_view::npos) return "indent with spaces: YAML takes no tabs";
  return row.find('*') != std::string_view::npos ? quote_it : "correct the line";
}

/// Builds the tree from the library's events. It notes the first thing that is refused and from then on
/// ignores what comes: nothing is thrown through the library.
class Builder final : public YAML::EventHandler {
public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(mark, YamlNode{}); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(line_of(mark), "aliases (*name) are not supported", quote_it);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    YamlNode node;
    node.quoted = tag == "!";  // the library's tag of every scalar that is not plain
    node.kind = !node.quoted && is_null_word(value) ? YamlKind::null : YamlKind::scalar;
    node.scalar = value;
    add(mark, std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, YamlKind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, YamlKind::map);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] bool refused() const { return line_ != 0; }
  [[nodiscard]] Error error(std::string_view name) const { return yaml_error(name, line_, what_, advice_); }
  YamlNode take() { return std::move(root_); }

private:
  /// A list or map that is still open, and the key its next value belongs to.
  struct Open {
    YamlNode node;
    std::string key;
    bool has_key = false;
  };

  void refuse(std::size_t line, std::string what, std::string advice) {
    if (refused()) return;
    line_ = line;
    what_ = std::move(what);
    advice_ = std::move(advice);
    open_.clear();
  }

  void open(const YAML::Mark& mark, YamlKind kind) {
    if (refused()) return;
    if (open_.size() >= max_depth) {
      return refuse(line_of(mark), fmt::format("nested deeper than {} levels", max_depth), "");
    }
    if (!open_.empty() && open_.back().node.kind == YamlKind::map && !open_.back().has_key) {
      return refuse(line_of(mark), "a key must be a word", "write KEY: VALUE, with a space after the colon");
    }
    Open inner;
    inner.node.kind = kind;
    inner.node.line = line_of(mark);
    open_.push_back(std::move(inner));
  }

  void close() {
    if (refused()) return;
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(node));
  }

  void add(const YAML::Mark& mark, YamlNode node) {
    if (refused()) return;
    if (++values_ > max_values) {
      return refuse(line_of(mark), fmt::format("more than {} values", max_values), "");
    }
    node.line = line_of(mark);
    place(std::move(node));
  }

  void place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& outer = open_.back();
    if (outer.node.kind == YamlKind::list) {
      outer.node.items.push_back(std::move(node));
    } else if (outer.has_key) {
      outer.has_key = false;
      outer.node.fields.push_back({std::move(outer.key), std::move(node)});
    } else if (outer.node.find(node.scalar) != nullptr) {
      refuse(node.line, fmt::format("{} is there twice", shorten(node.scalar, 60)), "remove one");
    } else {
      outer.key = std::move(node.scalar);
      outer.has_key = true;
    }
  }

  YamlNode root_;
  std::vector<Open> open_;
  std::size_t values_ = 0;
  std::size_t line_ = 0;
  std::string what_;
  std::string advice_;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
  const auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; });
  return at == fields.end() ? nullptr : &at->value;
}

Error yaml_error(std::string_view name, std::size_t line, std::string what, std::string advice) {
  return {Fault::input, "config.invalid", "config", fmt::format("{}:{}: {}", name, line, what),
          std::move(advice)};
}

Result<YamlNode> parse_yaml(std::string_view text, std::string_view name) {
  if (text.size() > max_bytes) {
    return yaml_error(name, 1, fmt::format("larger than {} bytes", max_bytes), "is this the right file?");
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    std::size_t line = 1;  // the first line that is wrong, found without the library: it is not asked at all
    for (const auto& row : split(text, '\n')) {
      if (!is_utf8(row) || row.find('\0') != std::string::npos) break;
      ++line;
    }
    return yaml_error(name, line, "is not UTF-8 text", "save it as UTF-8");
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder;
    const bool found = parser.HandleNextDocument(builder);
    if (builder.refused()) return builder.error(name);
    YamlNode root = found ? builder.take() : YamlNode{};
    if (found) {
      Builder rest;
      if (parser.HandleNextDocument(rest)) {
        return yaml_error(name, std::max<std::size_t>(rest.take().line, 1), "holds more than one document",
                          "keep one and remove the --- line");
      }
    }
    return root;
  } catch (const YAML::Exception& wrong) {  // all it throws; yaml-cpp is called nowhere else
    return yaml_error(name, line_of(wrong.mark), "is not YAML: " + wrong.msg, advice_on(text, wrong.mark));
  }
}

Result<YamlNode> read_yaml(const std::filesystem::path& file, std::string_view name) {
  auto bytes = read_file(file, max_bytes);
  if (!bytes) {
    Error error = std::move(bytes).error();
    error.code = "config.unreadable";
    error.where = "config";
    return error;
  }
  return parse_yaml(*bytes, name);
}

}  // namespace kpi::config
