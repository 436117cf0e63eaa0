#include <kpi/base/text.hpp>
#include <kpi/config/number.hpp>
#include <kpi/config/yaml_reader.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::config {

YamlReader::YamlReader(const YamlNode& map, std::string_view file, std::string path)
    : map_(&map),
      file_(file),
      path_(std::move(path)) {
  if (map.kind != YamlKind::map) fail("", "must be a map of keys and values");
}

std::string YamlReader::path_of(std::string_view name) const {
  if (path_.empty() || name.empty()) return path_.empty() ? std::string(name) : path_;
  return path_ + "." + std::string(name);
}

void YamlReader::fail(std::string_view name, std::string_view why) {
  if (error_) return;
  const YamlNode* node = map_->find(name);
  const std::string path = path_of(name);
  error_ = yaml_error(file_, std::max<std::size_t>((node == nullptr ? map_ : node)->line, 1),
                      path.empty() ? std::string(why) : fmt::format("{} {}", path, why));
}

bool YamlReader::missing(std::string_view name) const {
  const YamlNode* node = map_->find(name);
  return node == nullptr || node->kind == YamlKind::null;
}

void YamlReader::adopt(const YamlReader& inner) {
  if (!error_) error_ = inner.error_;
}

const YamlNode* YamlReader::known(const char* name, YamlKind kind, std::string_view wanted) {
  asked_.emplace_back(name);
  const YamlNode* node = map_->find(name);
  if (node == nullptr || node->kind == YamlKind::null) return nullptr;
  if (node->kind != kind) {
    fail(name, fmt::format("must be {}", wanted));
    return nullptr;
  }
  return node;
}

YamlReader& YamlReader::need(const char* name, std::string& target) {
  take(name, target);
  if (missing(name) || trim(target).empty()) fail(name, "is missing");
  return *this;
}

YamlReader& YamlReader::take(const char* name, std::string& target) {
  if (const auto* node = known(name, YamlKind::scalar, "text")) target = node->scalar;
  return *this;
}

YamlReader& YamlReader::take(const char* name, std::int64_t& target) {
  const auto* node = known(name, YamlKind::scalar, "a whole number");
  if (node == nullptr) return *this;
  if (const auto number = whole_number(node->scalar)) {
    target = *number;
  } else {
    fail(name, "must be a whole number");
  }
  return *this;
}

YamlReader& YamlReader::take(const char* name, std::size_t& target) {
  auto number = static_cast<std::int64_t>(target);
  take(name, number);
  if (number < 0) {
    fail(name, "must be 0 or more");
  } else {
    target = static_cast<std::size_t>(number);
  }
  return *this;
}

YamlReader& YamlReader::take(const char* name, double& target) {
  const auto* node = known(name, YamlKind::scalar, "a number");
  if (node == nullptr) return *this;
  const auto number = decimal_number(node->scalar);
  if (number && *number >= 0) {
    target = *number;
  } else {
    fail(name, "must be a number, 0 or more");
  }
  return *this;
}

YamlReader& YamlReader::take(const char* name, bool& target) {
  const auto* node = known(name, YamlKind::scalar, "true or false");
  if (node == nullptr) return *this;
  if (node->scalar != "true" && node->scalar != "false") fail(name, "must be true or false");
  target = node->scalar == "true";
  return *this;
}

YamlReader& YamlReader::take(const char* name, std::vector<std::string>& target) {
  const auto* list = known(name, YamlKind::list, "a list");
  if (list == nullptr) return *this;
  target.clear();
  for (const auto& item : list->items) {
    if (item.kind == YamlKind::scalar && !trim(item.scalar).empty()) {
      target.push_back(item.scalar);
    } else {
      fail(name, fmt::format("must be a list of words; line {} is none", item.line));
    }
  }
  return *this;
}

void YamlReader::done() {
  for (const auto& [name, node] : map_->fields) {
    if (error_ || std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    const auto near = nearest(name, asked_);
    error_ = yaml_error(
        file_, node.line, fmt::format("{} is not a key here", path_of(shorten(name, 60))),
        near ? fmt::format("did you mean {}?", *near) : fmt::format("the keys are {}", join(asked_, ", ")));
  }
}

}  // namespace kpi::config
