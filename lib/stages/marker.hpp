#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>

#include <optional>
#include <string>
#include <string_view>

// How a card is known again: the last line of its description, "kpi:TENANT:ID:HASH12". Source: contract,
// "Cards".
namespace kpi::stages {

struct Marker {
  std::string tenant;
  std::string kpi_id;
  std::string hash;  ///< the first 12 hex digits of content_hash()
};

[[nodiscard]] std::string to_string(const Marker& marker);

/// The marker on the last line of `description`, if there is one.
[[nodiscard]] std::optional<Marker> marker_of(std::string_view description);

/// The card's hash, 12 hex digits, over name, description without score line and marker, SQL, display and
/// collection path. A new score alone changes nothing.
[[nodiscard]] std::string content_hash(const metabase::Card& card, std::string_view collection_path);

}  // namespace kpi::stages
