#include <kpi/base/text.hpp>
#include <kpi/sandbox/native_text.hpp>

#include <charconv>

namespace kpi::sandbox {
namespace {

constexpr const char* unclosed = "Invalid query: found '[[' or '{{' with no matching ']]' or '}}'";
constexpr const char* no_variable = "[[...]] clauses must contain at least one '{{...}}' clause.";

class Filler {
public:
  Filler(std::string_view text, const Json& tags, const Json& parameters, const CardText& card)
      : text_(text),
        tags_(tags),
        parameters_(parameters),
        card_(card) {}

  NativeText fill() {
    while (place_ < text_.size() && filled_.error.empty()) {
      if (starts("[[")) {
        optional_clause();
      } else {
        step(filled_.sql, nullptr);
      }
    }
    if (!filled_.error.empty()) filled_.sql.clear();
    return std::move(filled_);
  }

private:
  struct Clause {
    bool has_variable = false;
    bool complete = true;  ///< every variable has a value
  };

  [[nodiscard]] bool starts(std::string_view token) const {
    return text_.substr(place_, token.size()) == token;
  }
  void fail(std::string why, const char* type = "invalid-query") {
    if (filled_.error.empty()) filled_ = {"", std::move(why), type};
  }

  /// One comment, variable or character.
  void step(std::string& out, Clause* clause) {
    if (starts("--")) {
      copy_to(out, text_.find('\n', place_));
    } else if (starts("/*")) {
      const auto end = text_.find("*/", place_ + 2);
      copy_to(out, end == std::string_view::npos ? end : end + 2);
    } else if (starts("{{")) {
      variable(out, clause);
    } else {
      out += text_[place_++];
    }
  }

  void copy_to(std::string& out, std::size_t end) {
    end = std::min(end, text_.size());
    out += text_.substr(place_, end - place_);
    place_ = end;
  }

  void optional_clause() {
    place_ += 2;
    std::string inside;
    Clause clause;
    while (filled_.error.empty()) {
      if (place_ >= text_.size()) return fail(unclosed);
      if (starts("]]")) break;
      step(inside, &clause);
    }
    place_ += 2;
    if (!filled_.error.empty()) return;
    if (!clause.has_variable) return fail(no_variable);
    if (clause.complete) filled_.sql += inside;
  }

  void variable(std::string& out, Clause* clause) {
    const auto end = text_.find("}}", place_ + 2);
    if (end == std::string_view::npos) return fail(unclosed);
    const std::string name(trim(text_.substr(place_ + 2, end - place_ - 2)));
    place_ = end + 2;
    if (name.empty()) return fail("'{{...}}' clauses cannot be empty.");
    if (clause != nullptr) clause->has_variable = true;
    if (name.starts_with('#')) return other_card(name, out);
    if (name.starts_with("snippet:")) return fail("Snippet " + shorten(name.substr(8), 100) + " not found.");
    const auto value = literal(name);
    if (value) {
      out += *value;
    } else if (clause != nullptr) {
      clause->complete = false;
    } else {
      fail("You'll need to pick a value for '" + shorten(name, 100) + "' before this query can run.",
           "missing-required-parameter");
    }
  }

  void other_card(const std::string& name, std::string& out) {
    std::int64_t id = 0;
    std::from_chars(name.data() + 1, name.data() + name.size(), id);
    const auto sql = card_(id);
    if (!sql) return fail("Card " + std::to_string(id) + " does not exist, or is not a native query.");
    out += '(' + *sql + ')';
  }

  /// The value of a variable as SQL: given with the query, else its default.
  [[nodiscard]] std::optional<std::string> literal(const std::string& name) const {
    for (const auto& parameter : parameters_) {
      if (!parameter.is_object() || !parameter.contains("target") || !parameter.contains("value")) continue;
      const auto& target = parameter["target"];
      if (target.is_array() && target.size() > 1 && target[1].is_array() && target[1].size() > 1 &&
          target[1][1] == name) {
        if (auto text = as_sql(parameter["value"])) return text;
      }
    }
    if (tags_.is_object() && tags_.contains(name) && tags_[name].is_object() &&
        tags_[name].contains("default")) {
      return as_sql(tags_[name]["default"]);
    }
    return std::nullopt;
  }

  static std::optional<std::string> as_sql(const Json& value) {
    if (value.is_array()) return value.empty() ? std::nullopt : as_sql(value[0]);
    if (value.is_number() || value.is_boolean()) return dump_json(value);
    if (value.is_string()) return '\'' + replace_all(value.get<std::string>(), "'", "''") + '\'';
    return std::nullopt;
  }

  std::string_view text_;
  const Json& tags_;
  const Json& parameters_;
  const CardText& card_;
  std::size_t place_ = 0;
  NativeText filled_;
};

}  // namespace

NativeText fill_in(std::string_view text, const Json& tags, const Json& parameters, const CardText& card) {
  return Filler(text, tags, parameters, card).fill();
}

}  // namespace kpi::sandbox
