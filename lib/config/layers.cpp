#include <kpi/base/text.hpp>
#include <kpi/config/layers.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::config {
namespace {

constexpr std::string_view tenant_prefix = "KPI_TENANTS_";

/// True for KPI_TENANTS_<NAME>_<SECTION>_<KEY> of any tenant and a known key.
bool is_tenant_variable(std::string_view name) {
  if (!name.starts_with(tenant_prefix)) return false;
  return std::any_of(keys().begin(), keys().end(), [&](const Key& key) {
    const auto own = key.environment_names().back();  // KPI_<SECTION>_<KEY>
    return name.ends_with(std::string_view(own).substr(3));
  });
}

std::vector<std::string> comma_separated(std::string_view text) {
  std::vector<std::string> items;
  for (const auto& part : split(text, ',')) {
    if (const auto item = trim(part); !item.empty()) items.emplace_back(item);
  }
  return items;
}

std::vector<std::string> known_variables() {
  std::vector<std::string> names{"KPI_CONFIG", "KPI_SHARE"};
  for (const auto& key : keys()) {
    for (auto& name : key.environment_names()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Result<GivenByKey> flag_layer(const Sources& sources) {
  GivenByKey given;
  for (const auto& [name, values] : sources.flags) {
    if (values.empty()) continue;
    const Key* key = key_named(name);
    const auto flag = sources.flag_names.find(name);
    const std::string origin =
        "flag " + (flag == sources.flag_names.end() ? "--" + replace_all(name, ".", "-") : flag->second);
    if (key == nullptr) {
      return Error{Fault::input, "config.value", "config",
                   fmt::format("{}: there is no key {}", origin, name), "see kpi config show"};
    }
    if (key->kind == KeyKind::secret) {
      return Error{
          Fault::input, "config.value", "config",
          fmt::format("{}: a secret is not accepted as a flag, which every process list shows", origin),
          fmt::format("set {}", key->environment_names().front())};
    }
    given[key->name] = {Layer::flag, origin, values};
  }
  return given;
}

GivenByKey environment_layer(const std::map<std::string, std::string>& variables, Layer layer) {
  GivenByKey given;
  for (const auto& key : keys()) {
    for (const auto& name : key.environment_names()) {
      const auto at = variables.find(name);
      if (at == variables.end() || trim(at->second).empty()) continue;
      auto values = key.kind == KeyKind::list ? comma_separated(at->second) : std::vector{at->second};
      if (values.empty()) continue;
      given[key.name] = {layer, layer == Layer::dotenv ? ".env" : "environment " + name, std::move(values)};
      break;
    }
  }
  return given;
}

std::string tenant_variable(std::string_view tenant, std::string_view key) {
  std::string name(tenant_prefix);
  for (const std::string_view part : {tenant, std::string_view("_"), key}) {
    for (const char c : part) {
      const bool is_lower = c >= 'a' && c <= 'z';
      const bool is_word = is_lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      name += is_lower ? static_cast<char>(c - 'a' + 'A') : is_word ? c : '_';
    }
  }
  return name;
}

GivenByKey tenant_layer(const std::map<std::string, std::string>& variables, Layer layer,
                        std::string_view tenant) {
  GivenByKey given;
  for (const auto& key : keys()) {
    const auto name = tenant_variable(tenant, key.name);
    const auto at = variables.find(name);
    if (at == variables.end() || trim(at->second).empty()) continue;
    auto values = key.kind == KeyKind::list ? comma_separated(at->second) : std::vector{at->second};
    if (values.empty()) continue;
    given[key.name] = {layer, (layer == Layer::dotenv ? ".env " : "environment ") + name, std::move(values)};
  }
  return given;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& names) {
  // What was cut short ("user" for "username") may be nearer to another name ("url").
  std::optional<std::string> near;
  for (const auto& name : names) {
    const bool longer = word.size() * 2 >= name.size() && name.starts_with(word);
    if (longer && (!near || name.size() < near->size())) near = name;
  }
  if (!near) near = nearest(word, names);
  return near ? fmt::format("; did you mean {}?", *near) : std::string();
}

std::vector<std::string> unknown_variables(const std::map<std::string, std::string>& variables,
                                           std::string_view origin) {
  static const std::vector<std::string> known = known_variables();
  std::vector<std::string> lines;
  for (const auto& [name, value] : variables) {
    const bool ours = name.starts_with("KPI_") && !name.starts_with("KPI_TEST_");
    if (value.empty() || (!ours && !name.starts_with("METABASE_"))) continue;
    if (std::find(known.begin(), known.end(), name) != known.end() || is_tenant_variable(name)) continue;
    const auto near = suggestion(name, known);
    if (!ours && near.empty()) continue;  // METABASE_ may be another program's prefix too
    lines.push_back(
        fmt::format("{}: {} is not known and is ignored{}", origin, single_line(shorten(name, 80)), near));
  }
  return lines;
}

}  // namespace kpi::config
