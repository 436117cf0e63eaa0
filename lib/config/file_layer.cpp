// The configuration file: found, read, and its keys matched with the table.
#include <kpi/base/text.hpp>
#include <kpi/config/checks.hpp>
#include <kpi/config/layers.hpp>
#include <kpi/config/yaml.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace kpi::config {
namespace {

struct Found {
  std::filesystem::path path;
  std::string name;  ///< for messages and origins
};

std::string variable(const Sources& sources, const char* name) {
  const auto at = sources.environment.find(name);
  return at == sources.environment.end() ? std::string() : at->second;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;  // a folder that may not be searched holds no file of ours
  return std::filesystem::exists(path, ignored);
}

std::optional<Found> find_file(const Sources& sources, const std::string& named) {
  const auto there = [&](const std::filesystem::path& path) {
    return (sources.working_directory / path).lexically_normal();
  };
  if (sources.file) return Found{there(*sources.file), sources.file->string()};
  if (!named.empty()) return Found{there(named), named};
  if (const auto path = there("kpi.yaml"); is_there(path)) return Found{path, "kpi.yaml"};
  std::filesystem::path folder = variable(sources, "XDG_CONFIG_HOME");
  if (folder.empty()) {
    const std::string home = variable(sources, "HOME");
    if (home.empty()) return std::nullopt;
    folder = std::filesystem::path(home) / ".config";
  }
  const auto path = folder / "kpi" / "config.yaml";
  return is_there(path) ? std::optional(Found{path, path.string()}) : std::nullopt;
}

/// Where a path from a configuration file is: "~/" at home, relative ones beside the file.
std::string located(const std::string& path, const std::filesystem::path& folder, const std::string& home) {
  if (path.starts_with("~/") && !home.empty()) return (std::filesystem::path(home) / path.substr(2)).string();
  return (folder / path).string();
}

/// Takes one file's values for the keys of the table.
class FileReader {
public:
  FileReader(const Found& found, std::string home)
      : name_(found.name),
        folder_(found.path.parent_path()),
        home_(std::move(home)) {}

  std::optional<Error> read(const YamlNode& root) {
    if (root.kind == YamlKind::null) return std::nullopt;
    if (root.kind != YamlKind::map) {
      return yaml_error(name_, std::max<std::size_t>(root.line, 1), "must be a map of keys and values",
                        "kpi init writes an example");
    }
    for (const auto& [name, node] : root.fields) {
      if (auto wrong = name == "tenants" ? read_tenants(node) : read_member(name, node)) return wrong;
    }
    return std::nullopt;
  }

  FileLayer layer;

private:
  std::optional<Error> read_member(const std::string& name, const YamlNode& node) {
    return is_section(name) ? read_section(name, node) : read_key(name, node);
  }

  /// tenants: a map of names to what the rest of the file holds too, but for the tenant's name.
  std::optional<Error> read_tenants(const YamlNode& node) {
    const auto wrong = [&](std::size_t line, const std::string& what) {
      return yaml_error(name_, line, what, "write tenants: {acme: {metabase: {url: ...}}}");
    };
    if (node.kind == YamlKind::null) return std::nullopt;
    if (node.kind != YamlKind::map) return wrong(node.line, "tenants must be a map of names to settings");
    GivenByKey for_all = std::move(layer.given);
    for (const auto& [tenant, settings] : node.fields) {
      if (const auto complaint = check_tenant(tenant); !complaint.empty())
        return wrong(settings.line, "a tenant's name " + complaint);
      if (settings.kind != YamlKind::map && settings.kind != YamlKind::null)
        return wrong(settings.line, fmt::format("tenants.{} must hold keys", tenant));
      for (const auto& other : layer.tenant_names) {
        const auto variables = tenant_variable(tenant, "");
        if (tenant_variable(other, "") == variables) {
          return yaml_error(
              name_, settings.line,
              fmt::format("tenants {} and {} would share the variables {}*, and with them their "
                          "secrets",
                          other, tenant, variables),
              "give one of them another name");
        }
      }
      layer.given.clear();
      for (const auto& [name, member] : settings.fields) {
        if (name == "tenant" || name == "tenants")
          return wrong(member.line, "tenants." + tenant + " cannot hold " + name);
        if (auto failed = read_member(name, member)) return failed;
      }
      layer.tenant_names.push_back(tenant);
      layer.tenants[tenant] = std::move(layer.given);
    }
    layer.given = std::move(for_all);
    return std::nullopt;
  }

  static bool is_section(std::string_view name) {
    return std::any_of(keys().begin(), keys().end(),
                       [&](const Key& key) { return !key.section().empty() && key.section() == name; });
  }

  std::optional<Error> read_section(const std::string& section, const YamlNode& node) {
    if (node.kind == YamlKind::null) return std::nullopt;
    if (node.kind != YamlKind::map) {
      return yaml_error(name_, node.line, fmt::format("{} must hold keys", section),
                        fmt::format("the keys are {}", join(leaves(section), ", ")));
    }
    for (const auto& [leaf, value] : node.fields) {
      if (auto wrong = read_key(fmt::format("{}.{}", section, leaf), value)) return wrong;
    }
    return std::nullopt;
  }

  static std::vector<std::string> leaves(std::string_view section) {
    std::vector<std::string> names;
    for (const auto& key : keys()) {
      if (key.section() == section) names.emplace_back(key.leaf());
    }
    return names;
  }

  void unknown(const std::string& name, const YamlNode& node) {
    std::vector<std::string> names;
    for (const auto& key : keys()) {
      names.emplace_back(key.name);
      if (!key.section().empty()) names.emplace_back(key.section());
    }
    layer.warnings.push_back(fmt::format("{}:{}: {} is not a key and is ignored{}", name_, node.line,
                                         single_line(shorten(name, 80)), suggestion(name, names)));
  }

  std::optional<Error> read_key(const std::string& name, const YamlNode& node) {
    const Key* key = key_named(name);
    if (key == nullptr) {
      unknown(name, node);
      return std::nullopt;
    }
    if (node.kind == YamlKind::null) return std::nullopt;
    if (key->kind == KeyKind::secret) {
      return yaml_error(name_, node.line,
                        fmt::format("{} is a secret, and this file is no place for one", name),
                        fmt::format("set {} in the environment or in .env, and remove the line",
                                    key->environment_names().front()));
    }
    std::vector<std::string> values;
    if (node.kind == YamlKind::scalar) values = {node.scalar};
    const bool list = key->kind == KeyKind::list && node.kind == YamlKind::list;
    if (node.kind != YamlKind::scalar && !list) return wrong_kind(*key, node);
    for (const auto& item : node.items) {
      if (item.kind != YamlKind::scalar) return wrong_kind(*key, item);
      values.push_back(item.scalar);
    }
    if (values.empty() || (values.size() == 1 && values.front().empty())) return std::nullopt;
    for (auto& value : values) value = placed(*key, value);
    layer.given[key->name] = {Layer::file, fmt::format("{}:{}", name_, node.line), std::move(values)};
    return std::nullopt;
  }

  [[nodiscard]] Error wrong_kind(const Key& key, const YamlNode& node) const {
    const std::string_view wanted = key.kind == KeyKind::list     ? "a list of words"
                                    : key.kind == KeyKind::number ? "a number"
                                                                  : "text";
    const std::string_view found = node.kind == YamlKind::list  ? "a list"
                                   : node.kind == YamlKind::map ? "a map"
                                                                : "empty";
    return yaml_error(name_, node.line, fmt::format("{} must be {}, and is {}", key.name, wanted, found),
                      "kpi init writes an example");
  }

  /// A value that names a file, made relative to the configuration file's own folder.
  [[nodiscard]] std::string placed(const Key& key, const std::string& value) const {
    constexpr std::string_view sqlite = "sqlite:";
    if (key.kind == KeyKind::path) return located(value, folder_, home_);
    if (key.name == "sandbox.database" && value.starts_with(sqlite) && value.size() > sqlite.size()) {
      return std::string(sqlite) + located(value.substr(sqlite.size()), folder_, home_);
    }
    if (key.name == "generate.domain" && (value.ends_with(".yaml") || value.ends_with(".yml"))) {
      return located(value, folder_, home_);
    }
    return value;
  }

  std::string name_;
  std::filesystem::path folder_;
  std::string home_;
};

}  // namespace

Result<FileLayer> file_layer(const Sources& sources, const std::string& named) {
  const auto found = find_file(sources, named);
  if (!found) return FileLayer{};
  auto root = read_yaml(found->path, found->name);
  if (!root) return std::move(root).error();
  FileReader reader(*found, variable(sources, "HOME"));
  if (auto wrong = reader.read(*root)) return *wrong;
  reader.layer.file = found->path;
  return std::move(reader.layer);
}

}  // namespace kpi::config
