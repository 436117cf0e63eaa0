#include <kpi/base/text.hpp>
#include <kpi/http/message.hpp>

#include <algorithm>

namespace kpi::http {

const std::string* Response::header(std::string_view name) const {
  const std::string wanted = lower(name);
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const Header& header) { return lower(header.name) == wanted; });
  return found == headers.end() ? nullptr : &found->value;
}

bool Response::is_json() const {
  const std::string* type = header("Content-Type");
  if (type == nullptr) return false;
  const std::string media = lower(trim(std::string_view(*type).substr(0, type->find(';'))));
  return media == "application/json" || media.ends_with("+json");
}

}  // namespace kpi::http
