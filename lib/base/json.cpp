#include <kpi/base/json.hpp>
#include <kpi/base/json_stream.hpp>
#include <kpi/base/text.hpp>

#include <cmath>
#include <limits>

namespace kpi {
namespace {

const Json& empty_object() {
  static const Json object = Json::object();
  return object;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view name) {
  return read_json(source_of(text), name, {});
}

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

JsonReader::JsonReader(const Json& object, std::string path) : object_(&object), path_(std::move(path)) {
  if (!object.is_object()) {
    fail("", "must be an object");
    object_ = &empty_object();
  }
}

const Json* JsonReader::find(const char* name) const {
  const auto at = object_->find(name);
  return at == object_->end() || at->is_null() ? nullptr : &*at;
}

std::string JsonReader::path_of(const char* name) const {
  if (*name == '\0') return path_.empty() ? "the top" : path_;
  return path_.empty() ? name : path_ + "." + name;
}

void JsonReader::fail(const char* name, std::string_view why) {
  if (error_.empty()) error_ = path_of(name) + " " + std::string(why);
}

void JsonReader::adopt(const JsonReader& inner) {
  if (error_.empty()) error_ = inner.error_;
}

const Json* JsonReader::array(const char* name) {
  const Json* value = find(name);
  if (value != nullptr && !value->is_array()) {
    fail(name, "must be a list");
    return nullptr;
  }
  return value;
}

JsonReader& JsonReader::need(const char* name, std::string& target) {
  if (find(name) == nullptr) fail(name, "is missing");
  return take(name, target);
}

JsonReader& JsonReader::need(const char* name, std::int64_t& target) {
  if (find(name) == nullptr) fail(name, "is missing");
  return take(name, target);
}

JsonReader& JsonReader::take(const char* name, std::string& target) {
  const Json* value = find(name);
  if (value == nullptr) return *this;
  if (value->is_string()) {
    target = value->get<std::string>();
  } else {
    fail(name, "must be text");
  }
  return *this;
}

JsonReader& JsonReader::take(const char* name, std::int64_t& target) {
  const Json* value = find(name);
  if (value == nullptr) return *this;
  constexpr double bound =
      9007199254740992.0;  // 2^53: beyond it a double is not a whole number one can trust
  if (value->is_number_unsigned() &&
      value->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    fail(name, "is too large");
  } else if (value->is_number_integer()) {
    target = value->get<std::int64_t>();
  } else if (value->is_number() && std::abs(value->get<double>()) <= bound &&
             std::trunc(value->get<double>()) == value->get<double>()) {
    target = static_cast<std::int64_t>(value->get<double>());
  } else {
    fail(name, "must be a whole number");
  }
  return *this;
}

JsonReader& JsonReader::take(const char* name, double& target) {
  const Json* value = find(name);
  if (value == nullptr) return *this;
  if (value->is_number()) {
    target = value->get<double>();
  } else {
    fail(name, "must be a number");
  }
  return *this;
}

JsonReader& JsonReader::take(const char* name, bool& target) {
  const Json* value = find(name);
  if (value == nullptr) return *this;
  if (value->is_boolean()) {
    target = value->get<bool>();
  } else {
    fail(name, "must be true or false");
  }
  return *this;
}

JsonReader& JsonReader::take(const char* name, std::vector<std::string>& target) {
  const Json* list = array(name);
  if (list == nullptr) return *this;
  target.clear();
  for (const auto& item : *list) {
    if (item.is_string()) {
      target.push_back(item.get<std::string>());
    } else {
      fail(name, "must be a list of texts");
    }
  }
  return *this;
}

}  // namespace kpi
