#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>

#include <string>

namespace kpi::stages {

/// The card that shows `kpi`, without its id and collection: name (`shown_name`), description with business
/// value, tables, score and marker, SQL byte for byte as it was checked, display and the settings that
/// display needs (columns by their exact names in the result; percent and currency by unit).
[[nodiscard]] metabase::Card card_of(const model::Kpi& kpi, const std::string& shown_name,
                                     const std::string& tenant, const std::string& collection_path);

}  // namespace kpi::stages
