#pragma once

#include <kpi/base/json.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kpi::sandbox {

/// SQL after Metabase has read it for `{{variables}}` and `[[optional clauses]]`, or why it refuses.
struct NativeText {
  std::string sql;
  std::string error;       ///< empty: all is well
  std::string error_type;  ///< "invalid-query", "missing-required-parameter"
};

/// Gives the SQL of a card by its id, for `{{#12}}`.
using CardText = std::function<std::optional<std::string>(std::int64_t)>;

/// Reads `text` as Metabase 0.50 does: comments hide what they hold, string literals do not, nothing can be
/// escaped. `tags` is template-tags, `parameters` the values given with the query.
[[nodiscard]] NativeText fill_in(std::string_view text, const Json& tags, const Json& parameters,
                                 const CardText& card);

}  // namespace kpi::sandbox
