#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/config/checks.hpp>
#include <kpi/config/dotenv.hpp>
#include <kpi/config/keys.hpp>
#include <kpi/config/layers.hpp>
#include <kpi/config/settings.hpp>

#include <fmt/format.h>

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

  const std::array<const GivenByKey*, 4> layers{&*flags, &environment, &from_dotenv, &file->given};
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
