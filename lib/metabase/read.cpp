#include <kpi/base/text.hpp>
#include <kpi/metabase/read.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace kpi::metabase {
namespace {

template <class T>
std::optional<T> from_text(const Json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr) return std::nullopt;
  T number{};
  const auto* end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || at != end) return std::nullopt;
  return number;
}

}  // namespace

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(name);
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

std::string text_of(const Json& object, const char* name) {
  const Json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::int64_t> whole_of(const Json& object, const char* name) {
  constexpr double bound = 9007199254740992.0;  // 2^53: beyond it a double need not be the number meant
  const Json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned() &&
      value->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  if (value->is_number_integer()) return value->get<std::int64_t>();
  if (value->is_number_float()) {
    const double number = value->get<double>();
    if (!(std::abs(number) <= bound) || std::trunc(number) != number) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  return from_text<std::int64_t>(*value);
}

std::optional<double> number_of(const Json& object, const char* name) {
  const Json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  const auto number = value->is_number() ? value->get<double>() : from_text<double>(*value);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<bool> truth_of(const Json& object, const char* name) {
  const Json* value = member(object, name);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

const Json* rows_of(const Json& answer) {
  if (answer.is_array()) return &answer;
  const Json* data = member(answer, "data");
  return data != nullptr && data->is_array() ? data : nullptr;
}

std::optional<Json> json_of(std::string_view body) {
  auto json = parse_json(body, "answer");
  if (!json && !is_utf8(body)) json = parse_json(repair_utf8(body), "answer");
  if (!json) return std::nullopt;
  return *std::move(json);
}

std::optional<int> release_of(std::string_view version) {
  if (version.substr(0, 1) == "v") version.remove_prefix(1);
  const auto dot = version.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto edition = version.substr(0, dot);
  if (edition != "0" && edition != "1") return std::nullopt;
  version.remove_prefix(dot + 1);
  int release = 0;
  const auto [at, error] = std::from_chars(version.data(), version.data() + version.size(), release);
  if (error != std::errc{} || at == version.data() || release < 0) return std::nullopt;
  return release;
}

}  // namespace kpi::metabase
