#pragma once

#include <kpi/config/keys.hpp>
#include <kpi/config/settings.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Where values come from: each layer gives what it has for the keys, without judging the values.
namespace kpi::config {

enum class Layer { flag, environment, dotenv, file };

/// The value that one layer has for one key.
struct Given {
  Layer layer = Layer::file;
  std::string origin;               ///< "flag --jobs", "environment METABASE_URL", ".env", "kpi.yaml:3"
  std::vector<std::string> values;  ///< never empty
};

/// What one layer has, by key.
using GivenByKey = std::map<std::string_view, Given>;

/// One configuration file, read.
struct FileLayer {
  GivenByKey given;
  std::map<std::string, GivenByKey> tenants;  ///< by name: what `tenants:` says for each
  std::vector<std::string> tenant_names;      ///< as written
  std::vector<std::string> warnings;
  std::optional<std::filesystem::path> file;
};

/// The flags. Fails (input, "config.value") for a secret, and for a key that does not exist.
Result<GivenByKey> flag_layer(const Sources& sources);

/// The values of `variables` that are not empty, under the names of the keys' environment variables.
[[nodiscard]] GivenByKey environment_layer(const std::map<std::string, std::string>& variables, Layer layer);

/// The same for the names of one tenant's own variables, KPI_TENANTS_<NAME>_<SECTION>_<KEY>.
[[nodiscard]] GivenByKey tenant_layer(const std::map<std::string, std::string>& variables, Layer layer,
                                      std::string_view tenant);

/// The name of a tenant's own variable for a key: KPI_TENANTS_ACME_METABASE_URL.
[[nodiscard]] std::string tenant_variable(std::string_view tenant, std::string_view key);

/// "; did you mean NAME?" with the name in `names` that `word` begins, else the nearest; "" where none is
/// near.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& names);

/// A line for each of `variables` that looks like ours and is not; `origin` is "environment" or ".env".
[[nodiscard]] std::vector<std::string> unknown_variables(const std::map<std::string, std::string>& variables,
                                                         std::string_view origin);

/// The configuration file: --config, else `named` ($KPI_CONFIG), else kpi.yaml in the working directory, else
/// $XDG_CONFIG_HOME/kpi/config.yaml; nothing where there is none. Fails (input) with "config.unreadable" for
/// a file that was named and cannot be read, "config.invalid" with file and line for what cannot be
/// understood.
Result<FileLayer> file_layer(const Sources& sources, const std::string& named);

}  // namespace kpi::config
