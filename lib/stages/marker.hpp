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

/// True if a marker can hold `id`: 16 hex digits, as model::kpi_id() makes them.
[[nodiscard]] bool is_marker_id(std::string_view id);

/// The marker in `description`: we write it as the last line, and a person may have added lines below; of
/// several the last. None where no line is one.
[[nodiscard]] std::optional<Marker> marker_of(std::string_view description);

/// `description` with a line that says that --prune archived the card: should its KPI come back, the card may
/// be restored, where one that a person archived is left alone.
[[nodiscard]] std::string retired(const std::string& description);
[[nodiscard]] bool is_retired(std::string_view description);

/// What a person reads in a description and may change: all but score, marker and the line of retired().
[[nodiscard]] std::string readable_part(std::string_view description);

/// The card's hash, 12 hex digits, over name, description without score line, marker and the line of
/// retired(), SQL, display and collection path. A new score alone changes nothing.
[[nodiscard]] std::string content_hash(const metabase::Card& card, std::string_view collection_path);

}  // namespace kpi::stages
