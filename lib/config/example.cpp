// The files that `kpi init` writes, from the table of keys.
#include <kpi/base/text.hpp>
#include <kpi/config/keys.hpp>
#include <kpi/config/settings.hpp>

#include <fmt/format.h>

namespace kpi::config {
namespace {

/// A default as YAML: always quoted but for numbers, since `*` alone would be an alias.
std::string yaml_default(const Key& key) {
  const Settings settings;
  std::vector<std::string> items;
  for (const auto& value : key.get(settings)) {
    if (!value.empty()) items.push_back(key.kind == KeyKind::number ? value : '"' + value + '"');
  }
  return key.kind == KeyKind::list ? "[" + join(items, ", ") + "]" : join(items, "");
}

std::string example_line(const Key& key) {
  const std::string indent = key.section().empty() ? "" : "  ";
  std::string text = fmt::format("{}# {}", indent, key.help);
  if (!key.shown_default.empty()) text += fmt::format(" (default: {})", key.shown_default);
  text += "\n";
  if (key.kind == KeyKind::secret) {
    return text + fmt::format("{}# is read from {} in the environment or .env, never from here\n", indent,
                              key.environment_names().front());
  }
  const auto value = yaml_default(key);
  return text + fmt::format("{}# {}:{}{}\n", indent, key.leaf(), value.empty() ? "" : " ", value);
}

}  // namespace

std::string example_config() {
  std::string text =
      "# Settings of kpi. Every line that is commented out shows its default; what is said here counts less "
      "than\n"
      "# .env, the environment and flags. `kpi config show` prints what is in force and where it came from.\n"
      "# Paths are relative to this file.\n\n";
  std::string_view section;
  for (const auto& key : keys()) {
    if (key.section() != section) {
      section = key.section();
      text += fmt::format("\n{}:\n", section);
    }
    text += example_line(key);
  }
  return text +
         "\n# Several tenants, each with keys of its own over those above; secrets of one stand in variables "
         "of its "
         "own,\n# KPI_TENANTS_ACME_METABASE_PASSWORD. kpi run --tenant acme, or --all-tenants.\n"
         "# tenants: {acme: {metabase: {url: \"https://bi.acme.example\"}, register: {collection: "
         "\"Acme/KPIs\"}}}\n";
}

std::string example_env() {
  std::string text =
      "# Credentials and other settings, read from the working directory. Copy to .env, mode 0600, and keep "
      "it out of\n"
      "# version control. The environment counts more; an empty value counts as not set.\n\n";
  std::string others;
  const Settings settings;
  for (const auto& key : keys()) {
    const auto name = key.environment_names().front();
    if (key.environment.empty()) {
      others += fmt::format("# {}={}\n", name, join(key.get(settings), ","));
    } else {
      text += fmt::format("# {}\n{}{}={}\n", key.help, key.kind == KeyKind::secret ? "" : "# ", name,
                          join(key.get(settings), ","));
    }
  }
  return text + "\n# Any other key of kpi.yaml as KPI_<SECTION>_<KEY>, lists comma separated:\n" + others;
}

}  // namespace kpi::config
