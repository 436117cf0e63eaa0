#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/config/checks.hpp>
#include <kpi/config/dotenv.hpp>
#include <kpi/config/keys.hpp>
#include <kpi/config/layers.hpp>
#include <kpi/config/settings.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace kpi::config {
namespace {

constexpr std::size_t max_dotenv_bytes = std::size_t{1} << 20U;

/// The .env file of the working directory; empty where there is none. A folder of that name is another
/// program's and none of ours.
Result<Dotenv> read_dotenv(const std::filesystem::path& folder) {
  const auto path = folder / ".env";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) || std::filesystem::is_directory(path, ignored))
    return Dotenv{};
  auto bytes = read_file(path, max_dotenv_bytes);
  if (!bytes) {
    Error error = std::move(bytes).error();
    error.code = "config.unreadable";
    error.where = "config";
    return error;
  }
  return parse_dotenv(*bytes);
}

std::string text_of(const std::map<std::string, std::string>& variables, const std::string& name) {
  const auto at = variables.find(name);
  return at == variables.end() ? std::string() : at->second;
}

/// "flag --jobs: jobs must be ..., not "0"". The value is left out where it is, or may hold, a secret.
Error bad_value(const Key& key, const Given& given, const std::string& complaint) {
  std::string what = fmt::format("{}: {} {}", given.origin, key.name, complaint);
  const std::string value = join(given.values, ",");
  if (key.kind != KeyKind::secret && value.find('@') == std::string::npos) {
    what += fmt::format("; it is \"{}\"", single_line(shorten(mask_url_password(value), 60)));
  }
  return {Fault::input, "config.value", "config", std::move(what),
          "correct it, or leave it out for the default"};
}

/// Checks what holds for every key and then what its own row says.
std::optional<Error> apply(const Key& key, const Given& given, Settings& settings) {
  for (const auto& value : given.values) {
    if (const auto complaint = check_plain(value); !complaint.empty())
      return bad_value(key, given, complaint);
    const bool open = given.layer == Layer::flag || given.layer == Layer::file;
    if (open && mask_url_password(value) != value) {
      return Error{Fault::input, "config.value", "config",
                   fmt::format("{}: {} holds a password, which {} shows to others", given.origin, key.name,
                               given.layer == Layer::flag ? "a process list" : "a file like this"),
                   fmt::format("set {} in the environment or in .env, or use the database's password file",
                               key.environment_names().front())};
    }
  }
  const auto complaint = key.set(settings, given.values);
  if (!complaint.empty()) return bad_value(key, given, complaint);
  return std::nullopt;
}

/// The tenant that is asked for: its settings are laid over the others'.
std::string tenant_of(const GivenByKey& flags, const GivenByKey& environment, const GivenByKey& dotenv,
                      const FileLayer& file) {
  for (const auto* layer : {&flags, &environment, &dotenv, &file.given}) {
    if (const auto at = layer->find("tenant"); at != layer->end()) return at->second.values.front();
  }
  return Settings{}.tenant;
}

/// Refuses a tenant that the file's list does not hold: a misspelt one would begin a state of its own,
/// unseen.
std::optional<Error> check_known(const std::string& tenant, const std::vector<std::string>& names) {
  const bool known = names.empty() || tenant == Settings{}.tenant ||
                     std::find(names.begin(), names.end(), tenant) != names.end();
  if (known) return std::nullopt;
  return Error{Fault::input, "config.unknown_tenant", "config",
               fmt::format("there is no tenant \"{}\" in the configuration's tenants{}",
                           single_line(shorten(tenant, 80)), suggestion(tenant, names)),
               "they are " + join(names, ", ")};
}

Error shared_by_all(std::string what) {
  return {Fault::input, "config.shared", "config", std::move(what),
          "unset it: with --all-tenants every tenant would have it in place of its own"};
}

Shown shown(const Key& key, const Settings& settings, std::string origin) {
  auto values = key.get(settings);
  for (auto& value : values) value = mask_url_password(value);
  return {std::string(key.name), join(values, ", "), std::move(origin)};
}

}  // namespace

Result<Loaded> load(const Sources& sources) {
  auto dotenv = read_dotenv(sources.working_directory);
  if (!dotenv) return std::move(dotenv).error();
  std::string named = text_of(sources.environment, "KPI_CONFIG");
  if (named.empty()) named = text_of(dotenv->values, "KPI_CONFIG");

  auto flags = flag_layer(sources);
  if (!flags) return std::move(flags).error();
  auto file = file_layer(sources, named);
  if (!file) return std::move(file).error();
  const GivenByKey environment = environment_layer(sources.environment, Layer::environment);
  const GivenByKey from_dotenv = environment_layer(dotenv->values, Layer::dotenv);

  Loaded loaded;
  loaded.file = file->file;
  loaded.settings.state = state_directory() / "state.db";
  loaded.settings.sandbox.data = state_directory() / "sandbox";
  for (auto* lines : {&dotenv->warnings, &file->warnings}) {
    loaded.warnings.insert(loaded.warnings.end(), lines->begin(), lines->end());
  }
  for (auto& line : unknown_variables(sources.environment, "environment")) loaded.warnings.push_back(line);
  for (auto& line : unknown_variables(dotenv->values, ".env")) loaded.warnings.push_back(line);

  const auto tenant = tenant_of(*flags, environment, from_dotenv, *file);
  loaded.tenants = file->tenant_names;
  if (auto wrong = check_known(tenant, file->tenant_names)) return *wrong;
  const GivenByKey own_environment = tenant_layer(sources.environment, Layer::environment, tenant);
  const GivenByKey own_dotenv = tenant_layer(dotenv->values, Layer::dotenv, tenant);
  const GivenByKey& own_file = file->tenants[tenant];
  for (const auto* for_all : {&environment, &from_dotenv}) {
    for (const auto& [key, given] : *for_all) {
      const auto own = own_file.find(key);
      if (own == own_file.end() || own_environment.contains(key) || own_dotenv.contains(key)) continue;
      auto line = fmt::format("{} overrides tenants.{}.{} ({}); what is the tenant's own goes to {}",
                              given.origin, tenant, key, own->second.origin, tenant_variable(tenant, key));
      if (sources.all_tenants) return shared_by_all(std::move(line));
      loaded.warnings.push_back(std::move(line));
    }
  }

  const std::array<const GivenByKey*, 7> layers{&*flags,      &own_environment, &environment, &own_dotenv,
                                                &from_dotenv, &own_file,        &file->given};
  for (const auto& key : keys()) {
    std::string origin = "default";
    for (const GivenByKey* layer : layers) {
      const auto given = layer->find(key.name);
      if (given == layer->end()) continue;
      if (auto wrong = apply(key, given->second, loaded.settings)) return *wrong;
      origin = given->second.origin;
      break;
    }
    loaded.shown.push_back(shown(key, loaded.settings, std::move(origin)));
  }
  return loaded;
}

}  // namespace kpi::config
