#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/sql/analyzer.hpp>

#include <string>

namespace kpi::stages {

/// The statement of `kpi` as its card holds it: formatted to be read, where its dialect is known and the
/// guard has no more to say against the longer text; else as it is. The same statement gives the same text.
[[nodiscard]] std::string card_sql(const model::Kpi& kpi, const sql::Analyzer& analyzer);

/// The card that shows `kpi`, without its id and collection: name (`shown_name`), description with business
/// value, category, tables, score, result and marker, `sql` byte for byte, and how it is shown
/// (card_display.hpp; `currency` is the code of money that does not name its own, "" for no sign).
[[nodiscard]] metabase::Card card_of(const model::Kpi& kpi, const std::string& sql,
                                     const std::string& shown_name, const std::string& tenant,
                                     const std::string& collection_path, const std::string& currency = "");

}  // namespace kpi::stages
